"""Looks inside the contestants of a race: every study of every kind of contestant, drawn in both languages."""

from dataclasses import replace

import numpy as np
import pytest
from farming import rested

from ladder import i18n
from ladder.analysis import figures
from ladder.analysis.studies import STUDIES, study
from ladder.data.datasets import load
from ladder.live import analyst_process
from ladder.live.race_session import RaceSession
from ladder.models.references import fit
from ladder.recipe.contestants import usual
from ladder.recipe.defaults import default_live
from ladder.recipe.race import Race
from ladder.settings import Structure


@pytest.fixture(scope="module")
def sessions():
    """A race of every kind of contestant, on images and in the plane."""
    made = {}
    for name in ("digits", "moons"):
        structure = Structure(dataset=name, widths=(12, 8))
        contestants = tuple(map(usual, ("ladder", "contractive", "supervised_noise", "pca", "svm")))
        race = Race(structure, default_live(structure), contestants)
        made[name] = RaceSession(race, analyst_process.portraits(race))
        made[name].step(20)
        rested(made[name])
    return made


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("dataset", ["digits", "moons"])
def test_every_study_of_every_kind_of_contestant_can_be_drawn(sessions, name, dataset):
    session = sessions[dataset]
    task = session.study(name)
    assert (task.name, task.update) == (name, 20)
    arrays = analyst_process.look_inside(task)
    assert all(np.isfinite(array).all() for array in arrays.values())
    if not arrays:
        assert (name, dataset) == ("outsiders", "moons")
        return
    info = session.data
    for language in i18n.LANGUAGES:
        texts = i18n.texts(f"study.{name}", language)
        labels = tuple(one.model for one in session.recipe.contestants)
        for theme in ("light", "dark"):
            frame = figures.Frame(labels, info.class_names, info.image_shape, theme, texts)
            assert figures.portrait(name, arrays, frame).data


def test_studies_and_portraits_have_the_same_names():
    assert set(STUDIES) == set(figures.STUDY_NAMES)


def test_references_answer_only_what_they_can():
    structure, data = Structure(dataset="iris", widths=(4, 2)), load("iris")
    knn = fit("knn", structure, 9, data)
    assert study("spectrum", [knn], ["linear"], structure, default_live(structure), data) == {}


def test_a_contestant_that_diverges_is_named_and_all_rest_where_they_were_finite():
    structure = Structure("moons", widths=(6,))
    race = Race(structure, default_live(structure), tuple(map(usual, ("ladder", "denoising", "svm"))))
    session = RaceSession(race, analyst_process.portraits(race))
    session.replay(20, False)
    rested(session)
    states = [runner.state for runner in session.runners[:2]]
    broken = replace(states[1], theta=np.full_like(states[1].theta, 1e30))
    session.runners[1].state = broken
    session.step(5)
    rested(session)
    assert session.status == "diverged" and session.reason["contestant"] == 1 and session.reason["update"] == 21
    assert session.update == 20 and session.runners[0].state is states[0] and session.runners[1].state is broken
