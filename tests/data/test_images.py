"""Images in the folders of a zip."""

import io

import numpy as np
import pytest
from PIL import Image
from sources import arrays, drawn, folders, picture, zipped

from ladder.data import images
from ladder.data.reading import read
from ladder.data.source import Reading
from ladder.problems import Problem


def refused(files: dict[str, bytes], **options) -> Problem:
    with pytest.raises(Problem) as caught:
        read(zipped(files), "pets.zip", Reading(**options))
    return caught.value


def test_the_folder_is_the_class_and_unlabelled_images_have_none():
    files = folders("cat/a.png", "dog/b.png", "unlabelled/c.png", "unlabelled/more/d.png", "dog/e.PNG")
    found = arrays(zipped(files), "pets.zip", side=28)
    order = ["unlabelled/c.png", "unlabelled/more/d.png", "cat/a.png", "dog/b.png", "dog/e.PNG"]
    assert found.y.tolist() == ["", "", "cat", "dog", "dog"] and found.class_names == ("cat", "dog")
    assert np.array_equal(found.x, [np.asarray(Image.open(io.BytesIO(files[path]))) for path in order])
    assert found.image and found.x_test is None
    assert found.found == {"format": "images", "file": "pets.zip", "side": 28}


@pytest.mark.parametrize("above", ["", "pets/", "my/pets/"])
def test_train_and_test_may_stand_above_the_classes(above):
    places = ["train/cat/a.png", "train/dog/b.png", "train/unlabeled/c.png", "Test/cat/d.png", "Test/dog/e.png"]
    found = arrays(zipped(folders(*(above + place for place in places))), "pets.zip")
    assert found.y.tolist() == ["", "cat", "dog"] and found.y_test.tolist() == ["cat", "dog"]


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "dev", "testing"])
def test_images_to_validate_by_are_test_images(name):
    places = ["training/cat/a.png", "training/dog/b.png", f"{name}/cat/c.png", "test/dog/d.png", "unlabelled/e.png"]
    found = arrays(zipped(folders(*places)), "pets.zip")
    assert found.y.tolist() == ["", "cat", "dog"] and sorted(found.y_test.tolist()) == ["cat", "dog"]


def test_a_class_may_be_called_as_a_part_of_data_is():
    found = arrays(zipped(folders("valid/a.png", "invalid/b.png", "unlabelled/c.png")), "coins.zip")
    assert found.class_names == ("invalid", "valid") and found.x_test is None


def test_one_class_and_a_folder_around_it():
    assert arrays(zipped(folders("pets/cat/a.png", "pets/cat/b.png")), "pets.zip").class_names == ("cat",)
    assert arrays(zipped(folders("cat/a.png", "unlabelled/b.png")), "pets.zip").class_names == ("cat",)


def test_what_systems_and_people_put_beside_images_is_left_aside():
    files = folders("cat/a.png", "dog/b.png")
    beside = {"__MACOSX/cat/._a.png": b"x", "cat/.hidden.png": b"x", ".git/x.png": b"x", "cat/Thumbs.db": b"x"}
    found = arrays(zipped({**files, **beside, "README.txt": b"My pets", "cat/": b""}), "pets.zip")
    assert found.y.tolist() == ["cat", "dog"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_each_kind_of_image_is_read(kind):
    values = drawn(3, 28, 3)
    found = arrays(zipped({f"cat/a.{kind.lower()}": picture(values, kind)}), "pets.zip", side=28)
    assert np.abs(found.x[0].astype(int) - values).mean() < 6


@pytest.mark.parametrize(
    "values, grey",
    [
        (np.full((9, 9, 3), (255, 0, 0), np.uint8), 76),
        (np.full((9, 9, 4), (0, 0, 0, 0), np.uint8), 255),  # transparent: white
        (np.full((9, 9, 4), (255, 255, 255, 255), np.uint8), 255),
        (np.full((9, 9), 100 * 257, np.uint16), 100),
        (np.full((9, 9), True), 255),
    ],
    ids=["colours", "transparent", "opaque", "16 bits", "1 bit"],
)
def test_each_image_becomes_grey(values, grey):
    found = arrays(zipped({"cat/a.png": picture(values)}), "pets.zip", side=8)
    assert set(found.x.ravel().tolist()) == {grey}


def test_an_image_keeps_its_proportions_amid_the_grey_of_its_edge():
    values = np.full((40, 20), 200, np.uint8)
    values[10:30, 5:15] = 0
    found = arrays(zipped({"cat/a.png": picture(values)}), "pets.zip", side=20).x[0]
    assert (found[:, :5] == 200).all() and (found[:, 15:] == 200).all() and found[10, 10] == 0
    long = arrays(zipped({"cat/a.png": picture(np.zeros((1, 900), np.uint8))}), "pets.zip", side=8)
    assert long.x.shape == (1, 8, 8)


def test_a_photo_stands_as_it_was_taken():
    values = np.zeros((16, 16), np.uint8)
    values[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    found = arrays(zipped({"cat/a.jpg": picture(values, "JPEG", exif=exif)}), "pets.zip", side=16)
    assert found.x[0, 2, 8] < 50 < 200 < found.x[0, 13, 8]


@pytest.mark.parametrize("coarse, shown, side", [(4, 64, 8), (9, 64, 16), (20, 28, 28), (64, 64, 32), (6, 6, 8)])
def test_the_side_is_the_smallest_that_loses_little(coarse, shown, side):
    files = {f"cat/{n}.png": picture(drawn(n, shown, coarse)) for n in range(5)}
    assert arrays(zipped(files), "pets.zip").found["side"] == side


@pytest.mark.parametrize(
    "paths, key, path",
    [
        (["cat/a.png", "b.png"], "images_place", "b.png"),
        (["cat/a.png", "dog/big/b.png"], "images_place", "dog/big/b.png"),
        (["train/cat/a.png", "train/b.png"], "images_place", "train/b.png"),
        (["train/cat/a.png", "test/unlabelled/b.png"], "images_place", "test/unlabelled/b.png"),
        (["train/cat/a.png", "test/1.png"], "images_place", "test/1.png"),
        (["train/a.png", "val/b.png"], "images_place", "train/a.png"),
        (["train/cat/a.png", "more/dog/b.png"], "images_place", "train/cat/a.png"),
        (["unlabelled/a.png"], "images_none", None),
        (["val/cat/a.png"], "images_none", None),
        (["test/cat/a.png"], "images_none", None),
        (["../cat/a.png"], "reading_path", "../cat/a.png"),
        (["/cat/a.png"], "reading_path", "/cat/a.png"),
        (["cat\\..\\..\\a.png"], "reading_path", "cat/../../a.png"),
    ],
)
def test_an_image_in_a_wrong_place_is_named(paths, key, path):
    problem = refused(folders(*paths))
    assert problem.key == key and problem.values.get("path") == path


@pytest.mark.parametrize("content", [b"", b"no image", picture(drawn(0))[:60], b"%PDF", b"GIF89a" + bytes(5)])
def test_a_damaged_image_is_named(content):
    problem = refused({**folders("cat/a.png"), "dog/b.png": content})
    assert problem.key == "images_unreadable" and problem.values["path"] == "dog/b.png"


@pytest.mark.parametrize("side", [6_000, 12_000, 20_000])
def test_an_image_of_too_many_pixels_is_named(side):
    stream = io.BytesIO()
    Image.new("1", (side, side)).save(stream, "PNG")
    problem = refused({"cat/a.png": stream.getvalue()})
    assert problem.key == "images_pixels" and problem.values["path"] == "cat/a.png"


def test_images_are_bounded(monkeypatch):
    monkeypatch.setattr(images, "MOST_VALUES", 1_000)
    assert refused(folders("cat/a.png", "cat/b.png"), side=28).key == "images_values"
    monkeypatch.setattr(images, "MOST_IMAGES", 1)
    assert refused(folders("cat/a.png", "cat/b.png")).values["found"] == 2


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_folders_keep_their_names_in_each_encoding(encoding):
    written = "猫咪".encode(encoding)  # by a program that does not say in which encoding
    content = zipped(folders(f"{'c' * len(written)}/a.png")).replace(b"c" * len(written), written)
    assert arrays(content, "pets.zip").class_names == ("猫咪",)
