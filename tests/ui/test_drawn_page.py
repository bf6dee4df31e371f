"""Drawn samples on the page Data, as Streamlit runs it: kept as data, given out as a file, refused in a sentence."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sketches import words
from streamlit.testing.v1 import AppTest
from tables import arrays
from widgets import MAIN

from ladder import i18n
from ladder.data import datasets, keeping, own
from ladder.data.choices import Choices
from ladder.data.reading import read
from ladder.data.source import Reading
from ladder.live.lab import Lab
from ladder.recipe import links
from ladder.teaching.classes import Browser, Classes
from ladder.ui import component, drawn_data, membership, own_file, service


@pytest.fixture(autouse=True)
def school(home, monkeypatch):
    """The classes of a server whose runs lie in a folder of the test's own."""
    lab, found = Lab(home, 1), Classes(home)
    service.use(lab, found)
    monkeypatch.setattr(component, "_mount_drawn", lambda **options: None)
    for module in (drawn_data, own_file):  # in this process: what another one does is another test's
        monkeypatch.setattr(module, "apart", lambda title, question, *given: question(*given))
    yield found
    found.journal.close()


def opened(*sets, **query) -> AppTest:
    """The page Data of a browser that keeps these sets."""
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params.update(query)
    page.session_state["drawn.sets"] = [*sets]
    page.switch_page("../../pages/data.py").run()
    assert not page.exception
    return page


def pressed(page, key) -> AppTest:
    page = page.button(key=key).click().run()
    assert not page.exception
    return page


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_drawn_samples_become_data_that_a_link_trains_on_with_all_their_labels(language):
    page = pressed(opened(words(12, 15), lang=language, v="1"), "drawn.keep")
    (one,) = own.listed()
    assert (one.n_train, one.n_given, one.n_test) == (1312, 35, 12)
    assert one.title == i18n.text(
        "drawn.page.usual_title", language, dataset=i18n.text("dataset.digits.label", language)
    )
    (address,) = [element.proto.url for element in page.get("link_button")]
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    recipe = links.read(query).recipe
    assert (recipe.structure.dataset, recipe.live.n_labeled) == (one.name, 35)
    assert not page.warning


def test_the_file_has_what_would_be_kept():
    page = opened(words(12, 15))
    pressed(page, "drawn.keep")
    (one,) = own.listed()
    made = drawn_data.samples.parsed(words(12, 15))
    source = read(drawn_data.desk.drawn_file(made, "digits", 20, drawn_data.LABEL_SEED), "x.npz", Reading())
    assert keeping.name_of(source, Choices()) == one.name
    assert "drawn.file" in [element.key for element in page.get("download_button")]


def test_how_many_labels_stay_is_a_choice_and_only_where_some_are_drawn_for_training():
    page = opened(words(12, 15))
    page.selectbox(key="drawn.labels.digits").set_value(0).run()
    pressed(page, "drawn.keep")
    assert own.listed()[0].n_given == 15
    assert "drawn.labels.digits" not in [one.key for one in opened(words(12)).selectbox]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_too_few_samples_are_told_and_nothing_can_be_kept(language):
    page = opened(words(3), lang=language, v="1")
    assert i18n.text("problem.drawn_few", language, n=3, low=10) in page.warning[0].value
    assert "drawn.keep" not in [one.key for one in page.button]


def test_a_title_that_is_taken_is_told():
    keeping.keep(arrays(60, 30), Choices(), "Handwritten digits + drawn")
    page = opened(words(12))
    page.text_input(key="drawn.title.digits").set_value("Handwritten digits + drawn").run()
    pressed(page, "drawn.keep")
    assert len(own.listed()) == 1 and "Handwritten digits + drawn" in page.warning[0].value


def test_without_samples_the_page_says_where_they_are_drawn():
    said = i18n.text("drawn.page.none", "en")
    assert said in [one.value for one in opened().caption]
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.switch_page("../../pages/data.py").run()  # the browser has not told its samples yet
    assert not page.exception and said not in [one.value for one in page.caption]


def test_samples_that_cannot_be_read_are_told_and_those_of_no_data_here_too():
    page = opened({"shape": "x"}, {**words(3), "names": ["a", "b", *"cdefghij"]})
    assert page.warning[0].value == i18n.text("problem.drawn_word", "en")
    assert i18n.text("drawn.page.no_base", "en") in [one.value for one in page.info]


def test_one_of_several_sets_is_chosen():
    base = keeping.keep(arrays(90, 30), Choices(), "letters").name
    letters = {**words(12, classes=(0, 1, 2)), "names": [*"abc"]}
    page = opened(words(12), letters)
    page.selectbox(key="drawn.which").set_value(1).run()
    pressed(page, "drawn.keep")
    assert own.listed()[0].class_names == (*"abc",) and datasets.load(own.listed()[0].name).class_names == (*"abc",)
    assert base in [one.name for one in own.listed()]


def test_a_student_hands_samples_over_and_the_teacher_keeps_those_of_the_class(school, monkeypatch):
    room, teacher = school.make("3 *b*"), school.admit_teacher(school.teacher_code)
    secrets = [school.join(school.code_of(room.id), name)[2] for name in ("Ada", "Ben", "Cyd")]
    for secret, n in zip(secrets, (6, 7), strict=False):
        monkeypatch.setattr(membership, "browser", lambda secret=secret: Browser(secret))
        page = pressed(opened(words(2)), "drawn.hand_over")
        page = pressed(opened(words(n)), "drawn.hand_over")  # in place of those before
        assert i18n.text("drawn.page.handed_over", "en", n=n) in [one.value for one in page.caption]
        assert "drawn.keep" not in [one.key for one in page.button]
    monkeypatch.setattr(membership, "browser", lambda: Browser(teacher=teacher))
    look = i18n.text("drawn.page.look", "en")
    assert look in [one.value for one in opened().caption]
    page = opened(words(3))
    said = i18n.text("drawn.page.of_class", "en", room="3 *b*", n=13, students=2, rows=8, columns=8)
    assert page.selectbox(key="drawn.which").options[1] == said and look not in [one.value for one in page.caption]
    page.selectbox(key="drawn.which").set_value(1).run()
    pressed(page, "drawn.keep")
    assert own.listed()[0].n_test == 13
    school.act(room.id, "remove", {"member": next(iter(school.room(room.id).drawn))})
    left = i18n.text("drawn.page.of_class", "en", room="3 *b*", n=7, students=1, rows=8, columns=8)
    assert opened(words(3)).selectbox(key="drawn.which").options[1] == left


def test_a_student_takes_a_file_away_and_keeps_nothing(school, monkeypatch):
    school.make("3b")
    page = opened(words(12))
    assert "drawn.keep" not in [one.key for one in page.button]
    assert "drawn.file" in [element.key for element in page.get("download_button")]
    monkeypatch.setattr(membership, "may_change_data", lambda: True)
    page = opened(words(12))
    assert "drawn.keep" in [one.key for one in page.button]
