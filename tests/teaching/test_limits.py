"""What one student may have a machine do, by its processors."""

import pytest

from ladder.data.datasets import DATASETS
from ladder.problems import Problem
from ladder.settings import Structure
from ladder.teaching.classes import Browser, Classes
from ladder.teaching.limits import Limits, of_machine

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
    for name in ("n_training", "n_weights", "n_updates"):
        assert getattr(of_machine(2), name) <= getattr(of_machine(64), name)
    assert of_machine(64).n_training > of_machine(2).n_training


def test_only_a_student_s_own_runs_that_train_count():
    limits = Limits(2, 1, 1)
    limits.check_training(["a", "b", "c"], lambda run: run == "a")
    with pytest.raises(Problem, match="limit_training"):
        limits.check_training(["a", "b", "c"], lambda run: run != "c")


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
    for check in (
        lambda: classes.check_network(student, PAPER),
        lambda: classes.check_updates(student, 1),
        lambda: classes.check_training(student, lambda run: True),
        lambda: classes.check_change(student, "a", {"n_updates": 1}),
    ):
        with pytest.raises(Problem, match="limit_"):
            check()
