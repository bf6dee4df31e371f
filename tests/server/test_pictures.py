"""The small pictures of datasets, read back from their SVG."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from ladder.data import datasets
from ladder.problems import Problem
from ladder.server import pictures
from ladder.theme import PALETTES

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(pictures.picture(name))


def test_the_picture_of_images_has_the_first_of_each_class(digits):
    groups = drawn("digits").findall(f"{SVG}g")
    assert len(groups) == 9
    for k, group in enumerate(groups):
        image = np.zeros((8, 8))
        for pixel in group:
            image[int(pixel.get("y")), int(pixel.get("x"))] = float(pixel.get("opacity"))
        assert np.abs(image - digits.x[digits.y == k][0].reshape(8, 8)).max() <= pictures.FAINT
        x, y = map(float, re.match(r"translate\((\S+) (\S+)\)", group.get("transform")).groups())
        assert (round(x), round(y)) == (32 * (k % 3), 32 * (k // 3))


@pytest.mark.parametrize("name", [name for name, info in datasets.DATASETS.items() if info.image_shape is None])
def test_points_lie_as_in_the_plane_or_by_their_first_two_principal_components(name):
    data, circles = datasets.load(name), drawn(name).findall(f"{SVG}circle")
    n = min(len(data.y), pictures.MOST_POINTS)
    found = np.array([(float(one.get("cx")), -float(one.get("cy"))) for one in circles])
    assert len(found) == n and np.abs(found[:, 1]).max() < pictures.SIDE and found.min(0)[0] > 0
    colors = PALETTES["light"].classes
    assert [one.get("fill") for one in circles] == [colors[k] for k in data.y[:n]]
    flat = data.x.astype(np.float64)
    if flat.shape[1] > 2:
        flat = (flat - flat.mean(0)) @ np.linalg.svd(flat - flat.mean(0), full_matrices=False)[2][:2].T
    flat = flat[:n] - flat[:n].mean(0)
    found -= found.mean(0)
    scale = np.sqrt((found**2).sum() / (flat**2).sum())
    for axis in range(2):  # a component's sign means nothing
        assert np.abs(np.abs(found[:, axis]) - np.abs(scale * flat[:, axis])).max() < 0.1


def test_missing_files_are_said(monkeypatch, tmp_path):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    with pytest.raises(Problem, match="data_missing"):
        pictures.picture("fashion-mnist")
