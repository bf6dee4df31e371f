"""`python -m ladder data add`, `list` and `remove`, and own data in the other commands."""

import json
import re

import pytest
from farming import ROOT
from sources import folders, xlsx, zipped

from ladder import __main__
from ladder.data import own

ROWS = "u;v;kind\n" + "".join(f"{k * 7 % 11},5;{k % 5};{['a', 'b', ''][k % 3]}\n" for k in range(90))


def add(capsys, path, *words: str) -> str:
    """Adds a file; returns what is printed."""
    assert __main__.main(["data", "add", str(path), *words]) == 0
    return capsys.readouterr().out


def test_a_file_is_added_trained_on_listed_and_removed(home, tmp_path, capsys):
    file = tmp_path / "table.csv"
    file.write_text(ROWS, encoding="utf-8")
    said = add(capsys, file, "--name", "My table", "--target", "kind")
    assert "Read as: csv --separator ; --decimal , --encoding utf-8 --header\n" in said
    assert "Rows with a label: 60, without: 30." in said and 'train --dataset "My table"' in said
    assert __main__.main(["train", "--dataset", "My table", "--widths", "8", "--labels", "10", "--updates", "20"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["updates"] == 20
    assert __main__.main(["data", "list"]) == 0
    (kept,) = own.listed()
    assert capsys.readouterr().out.startswith(f"My table\t{kept.name}\t")
    assert __main__.main(["data", "remove", "My table"]) == 0
    assert not own.listed()
    assert __main__.main(["train", "--dataset", "My table"]) == 2
    assert "My table" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--separator", ","], "--separator ,"),
        (["--decimal", "."], "--decimal ."),
        (["--encoding", "latin-1"], "--encoding latin-1"),
        (["--no-header"], "--no-header"),
    ],
)
def test_how_it_is_read_is_corrected(home, tmp_path, capsys, words, found):
    file = tmp_path / "table.csv"
    rows = [f"{k * 7 % 11}, {k % 5}, {'ab'[k % 2]}" for k in range(60)]
    file.write_text("\n".join(["x, y, kind", *rows]), encoding="utf-8")
    assert found in add(capsys, file, "--name", "T", *words)


def test_a_sheet_and_the_side_of_images_are_chosen(home, tmp_path, capsys):
    book, pets = tmp_path / "book.xlsx", tmp_path / "pets.zip"
    table = [["x", "kind"], *([k * k % 13, "ab"[k % 2]] for k in range(30))]
    book.write_bytes(xlsx({"One": [["x", "y"], ["1", "2"]], "Two": table}))
    assert "--sheet Two" in add(capsys, book, "--name", "Book", "--sheet", "Two")
    pets.write_bytes(zipped(folders(*(f"{kind}/{k}.png" for kind in ("cat", "dog") for k in range(5)))))
    assert "images --side 10\n" in add(capsys, pets, "--name", "Pets", "--side", "10")
    assert own.found(own.named("Pets")).image_shape == (10, 10)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "sort"], "has no column “sort”. Its columns: u, v, kind."),
        (["--side", "7"], "side: “7” cannot be chosen"),
        (["--role", "kind=ignored"], "One column has to be the target"),
        (["--separator", "|"], "One column has to be the target"),
    ],
)
def test_what_hinders_is_a_sentence(home, tmp_path, capsys, words, said):
    file = tmp_path / "table.csv"
    file.write_text(ROWS, encoding="utf-8")
    assert __main__.main(["data", "add", str(file), "--name", "T", *words]) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told and not own.listed()


def test_the_document_s_examples_run(home, tmp_path, monkeypatch, capsys):
    rows = [f"{k * 7 % 11}.5,{k % 5},{['red', 'white'][k % 2]},{['rose', 'lily', ''][k % 3]}" for k in range(90)]
    (tmp_path / "flowers.csv").write_text("\n".join(["length,width,colour,kind", *rows]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    document = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    adding = next(line for line in document.splitlines() if line.startswith("python -m ladder data add"))
    assert __main__.main(adding.split()[3:]) == 0
    programs = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    for program in programs:
        exec(compile(program, "docs/data.md", "exec"), {})
    assert len(programs) == 2 and "'lily'" in capsys.readouterr().out
