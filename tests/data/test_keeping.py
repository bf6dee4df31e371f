"""A person's data as they are kept, found again, and deleted."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tables import arrays, flowers, table, usual

from ladder.data import datasets, keeping, own
from ladder.data.choices import Choices
from ladder.data.datasets import DATASETS
from ladder.live.session import Session
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.defaults import default_live
from ladder.recipe.view import View
from ladder.settings import Recipe, Structure, is_own

SOURCES = {"a table": (flowers(90, 50), None), "images": (arrays(60, 30, unlabelled=20), Choices())}


@pytest.fixture(autouse=True)
def folder(home):
    """The folder of the runs."""
    return home


def kept(source=None, title="my flowers", choices=None):
    source = source if source is not None else flowers(90, unlabelled=50)
    return keeping.keep(source, choices or usual(source), title, "flowers.csv")


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_kept_is_what_was_prepared(name):
    source, choices = SOURCES[name]
    choices = choices or usual(source)
    one = keeping.keep(source, choices, name)
    wanted, data, info = keeping.prepare(source, choices).data, datasets.load(one.name), DATASETS[one.name]
    for part in ("x", "y", "x_test", "y_test", "given"):
        assert np.array_equal(getattr(data, part), getattr(wanted, part)), part
    told = (info.n_features, info.n_train, info.n_test, info.class_names, info.image_shape, info.feature_names)
    names = data.class_names, data.image_shape, data.feature_names
    assert told == (data.n_features, len(data.y), len(data.y_test), *names)
    assert datasets.n_labels(one.name) == len(data.given) < len(data.y) and is_own(one.name)


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_comes_back_and_makes_the_same_data(name):
    source, choices = SOURCES[name]
    one = keeping.keep(source, choices or usual(source), name)
    again = keeping.source_of(one.name)
    assert keeping.digest(again) == keeping.digest(source) and keeping.name_of(again, one.choices) == one.name


def test_a_name_says_what_is_in_the_data_and_not_where_they_came_from():
    source = flowers()
    elsewhere = replace(source, found={**source.found, "file": "other.tsv", "separator": "\t"})
    assert keeping.name_of(source, usual(source)) == keeping.name_of(elsewhere, usual(elsewhere))
    others = [
        keeping.name_of(source, usual(source, colour="ignored")),
        keeping.name_of(source, replace(usual(source), split_seed=1)),
        keeping.name_of(flowers(61), usual(source)),
        keeping.name_of(replace(source, found={**source.found, "decimal": ","}), usual(source)),
    ]
    assert len({keeping.name_of(source, usual(source)), *others}) == 5


def test_data_are_listed_renamed_and_deleted():
    first, second = kept(), kept(flowers(30), "few flowers")
    assert [one.title for one in own.listed()] == ["few flowers", "my flowers"]
    kept(title="roses")
    assert {one.title for one in own.listed()} == {"few flowers", "roses"} and own.named("roses") == first.name
    own.remove(second.name)
    assert [one.name for one in own.listed()] == [first.name]
    for broken in (lambda: own.found(second.name), lambda: DATASETS[second.name], lambda: own.named("few flowers")):
        with pytest.raises(Problem) as caught:
            broken()
        assert caught.value.key in ("own_missing", "own_unknown")


@pytest.mark.parametrize("title", ["", "  ", "x" * 61, "a\0b", "a\u202eb"])
def test_a_title_is_one_line_of_letters(title):
    with pytest.raises(Problem) as caught:
        kept(title=title)
    assert caught.value.key == "own_title"


def test_two_data_do_not_share_a_title():
    kept()
    with pytest.raises(Problem) as caught:
        kept(flowers(30), " my  flowers ")
    assert caught.value.key == "own_taken"


def test_there_is_an_end_to_what_is_kept(monkeypatch):
    kept()
    monkeypatch.setattr(keeping, "MOST_KEPT", 1)
    with pytest.raises(Problem) as caught:
        kept(flowers(30), "more")
    assert caught.value.key == "own_full"
    kept(title="renamed")  # the same data again take no room


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": 1}', "null", '{"a": NaN}'])
def test_a_damaged_folder_is_missing_and_hides_no_other(folder, content):
    one, other = kept(), kept(flowers(30), "few")
    (folder / "data" / one.name / own.META).write_text(content)
    with pytest.raises(Problem) as caught:
        own.found(one.name)
    assert caught.value.key == "own_missing" and [each.name for each in own.listed()] == [other.name]


def test_damaged_rows_are_a_sentence(folder):
    one = kept()
    (folder / "data" / one.name / own.ROWS).write_bytes(b"no rows")
    with pytest.raises(Problem) as caught:
        own.rows(one.name)
    assert caught.value.key == "own_missing"


def test_a_sentence_of_another_version_falls_out(folder):
    one = kept()
    path = own.folder(one.name) / own.META
    path.write_text(path.read_text().replace("own.done.medians", "own.done.of_old"))
    found = own.found(one.name)
    assert len(found.done) == len(one.done) - 1 and found.warnings == one.warnings


def test_a_full_disk_leaves_nothing_behind(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(Problem) as caught:
        kept()
    assert caught.value.key == "own_disk" and not own.listed() and not any((folder / "data").iterdir())


def test_meta_is_plain_json(folder):
    one = kept()
    values = json.loads((folder / "data" / one.name / own.META).read_text())
    assert values["title"] == "my flowers" and values["choices"]["roles"]["kind"] == "target"


def test_a_ladder_and_its_twin_train_on_own_data_and_show_the_rows_of_no_known_class():
    structure = Structure(dataset=kept().name, widths=(20, 10))
    session = Session(Recipe(structure, default_live(structure).having({"n_updates": 40})))
    session.replay(40, then_play=False)
    while session.active:
        session.advance(1.0)
    _, arrays_shown = session.snapshot()
    assert session.update == 40
    assert (arrays_shown["projection_class"] == 255).sum() == 50
    header, _ = session.point(int(np.flatnonzero(datasets.load(structure.dataset).y < 0)[0]))
    assert header["true"] == -1 and not header["labeled"]


def test_a_link_names_the_hash_and_a_server_without_the_data_says_so():
    one = kept()
    structure = Structure(dataset=one.name)
    words = links.query(Recipe(structure, default_live(structure)), View(), 0)
    assert words["data"] == one.name and links.read(words).recipe.structure.dataset == one.name
    own.remove(one.name)
    found = links.read(words)
    assert found.recipe.structure.dataset == "digits" and "own_missing" in str([one.values for one in found.warnings])


def test_a_table_without_unlabelled_rows_has_no_given_rows():
    one = kept(table(x=range(0, 180, 3), y=["a", "b", "c"] * 20), "plain")
    assert datasets.load(one.name).given is None and one.n_given == one.n_train == datasets.n_labels(one.name)
