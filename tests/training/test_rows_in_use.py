"""What a run may not know never reaches it: rows out of use, and labels that it is not told."""

from dataclasses import replace

import numpy as np
import pytest

from ladder.analysis import readers, snapshot
from ladder.data import protocol
from ladder.data.protocol import load, seen
from ladder.models import references
from ladder.recipe import defaults
from ladder.recipe.contestants import CONTESTANTS, usual
from ladder.settings import Structure
from ladder.training import contestants, stages, train

STRUCTURE = Structure(
    dataset="iris", widths=(6,), n_unlabeled=40, known_classes=2, foreign_share=0.3, label_noise=0.25, label_seed=3
)


def errors(model: str, data, structure=STRUCTURE):
    """The errors of a model after some updates."""
    contestant, live = usual(model), replace(defaults.default_live(structure), n_labeled=12)
    if contestant.family == "reference":
        found = references.fit(model, structure, 12, data)
    else:
        state = contestants.initial(contestant, structure, data)
        state, _ = contestants.train_one(contestant, state, structure, live, data, 5)
        found = readers.reader(contestant, state, structure, live, data)
    return found.probabilities(data.x_test)


@pytest.mark.parametrize("model", [name for name in CONTESTANTS if name != "stale_contractive"])
def test_no_contestant_sees_what_is_out_of_use(model, monkeypatch):
    data = load(STRUCTURE)
    pool = seen(data, STRUCTURE, 12)
    out = np.setdiff1d(np.arange(len(data.y)), pool.used)
    x, lies = data.x.copy(), np.where(data.y < 0, -1, (data.y + 1) % 2)
    x[out] = 1e6
    lies[pool.labeled] = data.y[pool.labeled]
    expected = errors(model, data)
    monkeypatch.setattr(protocol, "labeled_rows", lambda *_: pool.labeled)
    np.testing.assert_array_equal(errors(model, replace(data, x=x, y=lies)), expected)


@pytest.mark.parametrize("model", ["ladder", "supervised_noise", "denoising", "label_spreading", "pca"])
@pytest.mark.parametrize("change", [{"n_unlabeled": 45}, {"foreign_share": 0.0}, {"label_noise": 0.0}])
def test_each_choice_of_the_rows_and_labels_changes_a_run(model, change):
    structure = replace(STRUCTURE, **change)
    assert (errors(model, load(structure), structure) != errors(model, load(STRUCTURE))).any()


def test_a_run_is_told_the_wrong_labels_and_pictures_show_them():
    data, live = load(STRUCTURE), replace(defaults.default_live(STRUCTURE), n_labeled=12)
    pool, state = seen(data, STRUCTURE, 12), train.initial(STRUCTURE, data)
    assert (pool.told != data.y[pool.labeled]).sum() == 3
    batch = train.draw_batch(state, 0, live, data, pool, 12, True)
    assert np.array_equal(batch.y, pool.told)
    told = snapshot.labeled_samples(STRUCTURE, live, data)["labeled_class"]
    assert np.array_equal(told, pool.told)
    _, arrays = snapshot.inspect(state, STRUCTURE, live, data, snapshot.View())
    rows = arrays["projection_row"]
    assert set(rows) == set(pool.used)
    assert np.array_equal(arrays["projection_class"][:12], pool.told)
    assert np.array_equal(arrays["projection_class"] == 255, np.isin(rows, data.foreign))
    first = stages.update_stages(state, STRUCTURE, live, data)
    one, _ = train.train([state], [STRUCTURE], [live], data, 1)
    np.testing.assert_allclose(first.after.theta, one[0].theta, atol=1e-4)


def test_lanes_with_other_rows_train_as_they_do_alone():
    structures = [replace(STRUCTURE, **change) for change in ({}, {"label_noise": 0.0}, {"n_unlabeled": 30})]
    data, live = load(STRUCTURE), replace(defaults.default_live(STRUCTURE), n_labeled=12)
    states = [train.initial(one, data) for one in structures]
    together, _ = train.train(states, structures, [live] * 3, data, 8)
    for state, structure, found in zip(states, structures, together, strict=True):
        (alone,), _ = train.train([state], [structure], [live], data, 8)
        np.testing.assert_allclose(found.theta, alone.theta, atol=1e-5)
    assert (together[0].theta != together[1].theta).any()
