"""`python -m ladder predict`."""

import io

import numpy as np
import pandas as pd
import pytest

from ladder.__main__ import main
from ladder.data import datasets


@pytest.fixture
def run(tmp_path):
    """The file of a short run on digits."""
    path = tmp_path / "run.npz"
    assert main(["train", "--dataset", "digits", "--widths", "12,8", "--updates", "30", "--save", str(path)]) == 0
    return path


def test_a_run_s_file_and_rows_make_a_table(run, tmp_path, capfdbinary):
    capfdbinary.readouterr()
    rows = (datasets.load("digits").x_test[:5].reshape(-1, 8, 8) * 255).round().astype(np.uint8)
    np.save(tmp_path / "rows.npy", rows)
    assert main(["predict", str(run), str(tmp_path / "rows.npy"), "--sure", "0.5"]) == 0
    out, said = capfdbinary.readouterr()
    table = pd.read_csv(io.BytesIO(out))
    assert len(table) == 5 and list(table)[:4] == ["row", "predicted", "probability", "sure"]
    assert ((table["probability"] >= 0.5) == (table["sure"] == "yes")).all()
    assert b"test samples" in said


@pytest.mark.parametrize(
    ("content", "word"), [(b"a,b\n1,2\n3,4\n", "images"), (b"", "empty"), (b"\x89PNG broken", "image")]
)
def test_rows_that_do_not_fit_are_a_sentence(run, tmp_path, capsys, content, word):
    capsys.readouterr()
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    assert main(["predict", str(run), str(path)]) == 2
    out, said = capsys.readouterr()
    assert not out and word in said and "Traceback" not in said


def test_what_is_no_run_is_a_sentence(tmp_path, capsys):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert main(["predict", str(path), str(path)]) == 2
    assert "Traceback" not in capsys.readouterr().err
