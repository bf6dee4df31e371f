"""Messages of the channel, and the bounded curves on both of its ends."""

from dataclasses import replace

import numpy as np
import pytest

from ladder.live import history
from ladder.live.frames import decode, encode
from ladder.live.history import EVAL_EVERY, LIMIT, History
from ladder.settings import Live, Recipe


def test_a_message_is_read_as_it_was_written():
    arrays = {
        "a": np.array([[1.5, np.nan], [np.inf, -2.0]], np.float32),
        "b": np.arange(3),
        "c": np.array([True, False]),
        "empty": np.zeros((0, 4), np.float32),
    }
    header, found = decode(encode({"kind": "test", "words": "梯形"}, arrays))
    assert header == {"kind": "test", "words": "梯形"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape


def test_arrays_start_where_typed_arrays_may():
    message = encode({"kind": "x"}, {"a": np.zeros(3, np.uint8), "b": np.ones(1, np.float32)})
    length = int.from_bytes(message[:4], "little")
    assert (4 + length) % 8 == 0 and len(message) % 8 == 0


def test_a_header_never_holds_what_browsers_cannot_read():
    with pytest.raises(ValueError):
        encode({"kind": "x", "rate": float("nan")}, {})


def rows(first: int, n: int) -> dict:
    update = np.arange(first, first + n)
    one = update.astype(np.float32)
    return {
        "update": update,
        "supervised": one,
        "objective": one,
        "twin_supervised": one,
        "denoising": np.stack([one] * 3, 1),
    }


def test_a_history_is_bounded_however_its_rows_arrive():
    whole, pieces = History(3), History(3)
    n = 3 * LIMIT
    whole.add(rows(1, n))
    for first in range(1, n + 1, 37):
        pieces.add(rows(first, min(37, n + 1 - first)))
    assert len(whole.arrays["update"]) <= LIMIT
    assert set(whole.arrays["update"]) <= set(pieces.arrays["update"])
    for kept in (whole, pieces):
        np.testing.assert_array_equal(kept.arrays["supervised"], kept.arrays["update"])
        assert kept.arrays["update"][-1] > n - 8


def measured(at) -> dict:
    at = np.atleast_1d(at)
    return {"eval_update": at, "test_error": at, "twin_error": at, "gain": np.stack([at] * 3, 1)}


def test_the_last_row_is_kept_whatever_its_number():
    kept = History(3)
    kept.add(rows(1, LIMIT + 1))
    assert kept.arrays["update"][-1] == LIMIT + 1
    kept.add(measured(np.append(np.arange(0, EVAL_EVERY * (LIMIT + 1), EVAL_EVERY), EVAL_EVERY * LIMIT + 7)))
    assert kept.arrays["eval_update"][-1] == EVAL_EVERY * LIMIT + 7


def test_a_slow_run_that_is_measured_at_every_update_is_bounded_too():
    kept, n = History(3), 3 * LIMIT
    for update in range(n + 1):
        kept.add(measured(update))
    at = kept.arrays["eval_update"]
    assert LIMIT / 4 < len(at) <= LIMIT
    assert set(range(0, n + 1, EVAL_EVERY)) <= set(at) and at[-1] == n
    np.testing.assert_array_equal(kept.arrays["gain"][:, 2], at)


def test_a_cut_forgets_what_came_later():
    kept = History(3)
    kept.add(rows(1, 200))
    at = np.array([0, EVAL_EVERY, 2 * EVAL_EVERY])
    kept.add({"eval_update": at, "test_error": at, "twin_error": at, "gain": np.zeros((3, 3))})
    kept.cut(EVAL_EVERY)
    assert kept.arrays["update"][-1] == EVAL_EVERY and list(kept.arrays["eval_update"]) == [0, EVAL_EVERY]


def test_changes_are_told_in_short_words():
    live = Live()
    recipe = Recipe().changed(300, replace(live, noise_std=(0.5,) * 5))
    recipe = recipe.changed(400, replace(recipe.latest, lambdas=(1000.0, 10.0, 0.0, 0.1, 0.1), lateral=(False,) * 5))
    recipe = recipe.changed(500, replace(recipe.latest, lateral=(False, True, True, False, False)))
    assert history.changes_of(recipe) == (
        {"update": 300, "names": [["noise_std", None, "0.3", "0.5"]]},
        {"update": 400, "names": [["lambdas", 2, "0.1", "0"], ["lateral", None, "1", "0"]]},
        {"update": 500, "names": [["lateral", 1, "0", "1"], ["lateral", 2, "0", "1"]]},
    )
    assert history.changes_of(recipe, 1) == history.changes_of(recipe)[1:]
    assert [update for update, _ in history.lambdas_of(recipe)] == [0, 300, 400, 500]
