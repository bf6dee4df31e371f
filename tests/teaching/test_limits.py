"""What one student may have a machine do, by its processors."""

import pytest

from ladder import i18n
from ladder.data.datasets import DATASETS
from ladder.experiments import tournament
from ladder.experiments.design import Design, Quest
from ladder.experiments.sizes import Size, size_of, size_of_search
from ladder.problems import Problem
from ladder.recipe.defaults import OPENING
from ladder.recipe.race import Race
from ladder.settings import Structure
from ladder.teaching.classes import Browser, Classes
from ladder.teaching.limits import Limits, of_machine

LARGE = Size(updates=10**9)
PAPER = Structure("mnist", widths=(1000, 500, 250, 250, 250))


@pytest.mark.parametrize("name", DATASETS)
def test_the_usual_network_of_every_dataset_fits_one_processor(name):
    of_machine(1).check_network(Structure(name))


def test_larger_machines_let_a_student_do_more():
    of_machine(8).check_network(PAPER)
    with pytest.raises(Problem, match="limit_weights"):
        of_machine(7).check_network(PAPER)
    with pytest.raises(Problem, match="limit_weights"):
        of_machine(8).check_network(PAPER, n_networks=2)
    for name in ("n_training", "n_weights", "n_updates", "n_jobs", "n_job_updates"):
        assert getattr(of_machine(2), name) <= getattr(of_machine(64), name)
    assert of_machine(64).n_training > of_machine(2).n_training


def test_only_a_student_s_own_runs_that_train_count():
    limits = Limits(2, 1, 1)
    limits.check_training(["a", "b", "c"], lambda run: run == "a")
    with pytest.raises(Problem, match="limit_training"):
        limits.check_training(["a", "b", "c"], lambda run: run != "c")


def test_the_usual_sweep_search_and_comparison_fit_one_processor():
    quest, race = Quest(), Race(OPENING.structure)
    points = tournament.points_of(race, [10, 20, 50, 100], 5)
    for work in (
        size_of(point.cell for point in Design().points),
        size_of(point.cell for point in points),
        size_of_search(quest.setup.space, quest.setup.base, quest.n_trials * quest.setup.n_seeds),
    ):
        of_machine(1).check_size(work)


@pytest.mark.parametrize(
    ("size", "key"),
    [
        (Size(frozenset([Structure(widths=(900, 900))]), 10, 10), "limit_weights"),
        (Size(frozenset([Structure()]), 4001, 4001), "limit_updates"),
        (Size(frozenset([Structure()]), 4000, 9001), "limit_job_updates"),
    ],
)
def test_a_sweep_that_is_too_large_is_refused_in_a_sentence(size, key):
    limits = Limits(1, 40_000, 4000, 1, 9000)
    limits.check_size(Size(frozenset([Structure()]), 4000, 9000))
    with pytest.raises(Problem) as caught:
        limits.check_size(size)
    assert caught.value.key == key
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)


def test_a_teacher_and_who_is_in_no_class_have_no_limits(tmp_path):
    classes = Classes(tmp_path)
    classes.limits = Limits(0, 0, 0)
    room = classes.make("3b")
    student = Browser(classes.join(classes.code_of(room.id), "Ada")[2])
    teacher = Browser(student.student, classes.admit_teacher(classes.teacher_code))
    for who in (Browser(), teacher):
        classes.check_network(who, PAPER)
        classes.check_updates(who, 10**6)
        classes.check_training(who, lambda run: True)
        classes.check_change(who, "a", {"n_updates": 10**6})
        classes.check_jobs(who, 9)
        classes.check_size(who, lambda: LARGE)
    for check in (
        lambda: classes.check_network(student, PAPER),
        lambda: classes.check_updates(student, 1),
        lambda: classes.check_training(student, lambda run: True),
        lambda: classes.check_change(student, "a", {"n_updates": 1}),
        lambda: classes.check_jobs(student, 1),
        lambda: classes.check_size(student, lambda: LARGE),
    ):
        with pytest.raises(Problem, match="limit_"):
            check()
