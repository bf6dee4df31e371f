"""The part of the page Data in which a trained ladder says what rows of a file are."""

import pytest
from streamlit.testing.v1 import AppTest
from widgets import MAIN

from ladder import i18n
from ladder.data import datasets
from ladder.recipe.defaults import default_live
from ladder.settings import Recipe, Structure
from ladder.ui import service

N_WORKERS = 1


@pytest.fixture
def run(lab):
    """A run on iris, trained a little."""
    structure = Structure(dataset="iris")
    found = service.lab().create(Recipe(structure, default_live(structure)), until=40)
    assert service.lab().wait(found, lambda told: told.update >= 40, 60)
    return found


def opened(**query) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params.update(query)
    page.switch_page("../../pages/data.py").run()
    assert not page.exception
    return page


def rows() -> str:
    """Rows of iris as somebody pastes them, with their classes."""
    data = datasets.load("iris")
    mean, std = data.scale
    lines = ["\t".join([*data.feature_names, "species"])]
    for k in range(4):
        values = data.x_test[k] * std + mean
        lines.append("\t".join([*(f"{one:.2f}" for one in values), data.class_names[data.y_test[k]]]))
    return "\n".join(lines)


def said(page: AppTest) -> str:
    return " ".join(one.value for kind in (page.markdown, page.info, page.warning, page.caption) for one in kind)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_run_it_says_where_to_get_one(lab, language):
    assert i18n.text("predict.no_run", language) in said(opened(lang=language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pasted_rows_are_predicted_and_can_be_saved(run, language):
    page = opened(lang=language, run=run)
    page.text_area(key="predict.typed").set_value(rows()).run()
    assert not page.exception
    heading = i18n.text("predict.column.predicted", language)
    (table,) = [one.value for one in page.dataframe if heading in one.value]
    assert set(table[heading]) <= set(datasets.load("iris").class_names) and len(table) == 4
    assert i18n.text("predict.column.known", language) in table
    assert i18n.text("predict.known", language).partition("{")[0] in said(page)
    assert page.get("download_button")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_rows_that_lack_a_column_are_a_sentence(run, language):
    page = opened(lang=language, run=run)
    page.text_area(key="predict.typed").set_value("a\tb\n1\t2\n3\t4").run()
    assert not page.exception and not page.get("download_button")
    assert "sepal_length" in " ".join(one.value for kind in (page.error, page.warning) for one in kind)


def test_a_run_that_is_not_here_is_a_sentence(lab):
    page = opened(run="no_such_run_1")
    assert not page.exception
    assert "no_such_run_1" in " ".join(one.value for kind in (page.error, page.warning) for one in kind)
