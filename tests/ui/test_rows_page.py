"""The choice of what the training may know, on the live page (in a comparison: test_compare_page.py)."""

import pytest
from widgets import control, current, opened_live

from ladder import i18n

N_WORKERS = 1


def test_a_task_of_some_classes_and_its_foreign_rows_begin_new_runs(lab):
    page = opened_live()
    assert not [one for one in page.slider if (one.key or "").startswith("structure.foreign_share")]
    assert 1 not in control(page.selectbox, "structure.known_classes").options
    control(page.selectbox, "structure.known_classes").set_value(6).run()
    assert not page.exception and current(page, lab).structure.known_classes == 6
    control(page.slider, "structure.foreign_share").set_value(0.5).run()
    control(page.number_input, "structure.n_unlabeled").set_value(200).run()
    control(page.slider, "structure.label_noise").set_value(0.2).run()
    control(page.toggle, "structure.shuffled_labels").set_value(True).run()
    found = current(page, lab).structure
    assert (found.foreign_share, found.n_unlabeled, found.label_noise, found.shuffled_labels) == (0.5, 200, 0.2, True)
    assert not page.exception and not page.warning


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_cannot_be_is_said_and_changes_nothing(lab, language):
    page = opened_live(known="6", foreign="0.5", lang=language)
    before = page.session_state["run"]
    control(page.selectbox, "structure.known_classes").set_value(0).run()
    assert [i18n.text("problem.foreign_alone", language)[:12] in one.value for one in page.warning] == [True]
    control(page.number_input, "structure.n_unlabeled").set_value(10).run()
    assert page.session_state["run"] == before and not page.exception
    assert "20" in page.warning[0].value and "10" in page.warning[0].value


def test_other_data_take_their_rows_and_classes_whole(lab):
    page = opened_live(known="6", foreign="0.5", unlabeled="200", wrong="0.2")
    control(page.button_group, "structure.dataset").set_value("iris").run()
    found = current(page, lab).structure
    assert not page.exception and found.dataset == "iris"
    assert (found.known_classes, found.foreign_share, found.n_unlabeled, found.label_noise) == (0, 0.0, 0, 0.2)
