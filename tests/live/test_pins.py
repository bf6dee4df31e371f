"""A tab's pinned comparisons: their bounds, their file, and what damages it."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from ladder.live import pins, tab_files
from ladder.live.history import RaceHistory
from ladder.live.lists import Entry, Lists
from ladder.live.pins import PinFiles, pin_of, with_pin
from ladder.live.store import TEMPORARY_SECONDS, Store
from ladder.recipe.contestants import Contestant, usual
from ladder.recipe.race import Race
from ladder.settings import Live, Structure, fitted

RACE = Race(
    Structure("moons", widths=(6, 4), weight_seed=3),
    fitted(Live(noise_std=(0.1, 0.2, 0.3, 0.4), lambdas=(10.0, 1.0, 0.1, 0.1), n_labeled=10), 3),
    (usual("ladder"), Contestant("denoising", corruption="masking"), usual("knn")),
)


def curves(n: int) -> RaceHistory:
    """n measurements of RACE, in which the ladder's clean error is known at every second one."""
    found = RaceHistory(3)
    found.arrays["eval_update"] = np.arange(0, 50 * n, 50, dtype=np.int32)
    for name in ("error", "clean_error"):
        found.arrays[name] = np.linspace(0, 1, 3 * n, dtype=np.float32).reshape(n, 3)
    found.arrays["clean_error"] *= 3  # a reconstruction error is no fraction
    found.arrays["clean_error"][::2, 0] = np.nan
    for name in ("noisy_error", "seconds", "parts"):
        found.arrays[name] = np.zeros((n, found.arrays[name].shape[1]), np.float32)
    return found


PIN = pin_of(RACE, curves(5))


def test_a_pin_has_the_race_and_its_curves_without_values_that_are_not_there():
    assert PIN.race == RACE and PIN.update == (0, 50, 100, 150, 200)
    assert PIN.error[0] == pytest.approx((0, 3 / 14, 6 / 14, 9 / 14, 12 / 14), abs=1e-6)
    assert [value is None for value in PIN.clean_error[0]] == [True, False, True, False, True]
    assert None not in PIN.clean_error[1]


def test_a_long_race_is_pinned_with_few_points_among_them_the_last():
    found = pin_of(RACE, curves(3000))
    assert len(found.update) <= pins.POINTS + 2 and found.update[-1] == 50 * 2999
    assert {len(curve) for curve in (*found.error, *found.clean_error)} == {len(found.update)}


def test_of_many_pins_the_newest_stay():
    found: pins.Pins = ()
    for seed in range(pins.MOST_PINS + 2):
        found = with_pin(found, replace(PIN, race=replace(RACE, structure=replace(RACE.structure, weight_seed=seed))))
    assert [one.race.structure.weight_seed for one in found] == list(range(2, pins.MOST_PINS + 2))


# --- its file


def test_pins_come_back_as_they_were(tmp_path):
    kept = PinFiles(tmp_path / "new")
    other = pin_of(Race(), curves(2))
    kept.write("my_pins", (PIN, other))
    assert PinFiles(tmp_path / "new").read("my_pins") == (PIN, other)
    assert kept.read("another") == kept.read("../my_pins") == kept.read("") == ()
    kept.write("my_pins", ())
    assert kept.read("my_pins") == ()


def test_the_longest_pins_make_a_file_that_is_read(tmp_path):
    race = replace(RACE, contestants=tuple(map(usual, ("ladder", "bottom", "gamma", "twin", "supervised", "plain"))))
    long = curves(4000)
    for name in ("error", "clean_error"):
        long.arrays[name] = np.full((4000, 6), 0.123456, np.float32)
    kept = PinFiles(tmp_path)
    kept.write("my_pins", (pin_of(race, long),) * pins.MOST_PINS)
    assert (tmp_path / "my_pins.pins.json").stat().st_size < tab_files.MOST_BYTES / 8
    assert len(kept.read("my_pins")) == pins.MOST_PINS


def damaged(**values) -> str:
    """The text of a file with one good pin but for `values`; None takes a value away."""
    one = {"race": {"v": "1", "at": "0", "with": "ladder,knn"}, "update": [0, 50]}
    one |= {"error": [[0.5, 0.25]] * 2, "clean_error": [[None, 0.25]] * 2}
    one = {name: value for name, value in (one | values).items() if value is not None}
    return json.dumps({"format": "ladder-lab pins", "version": 1, "pins": [one]})


def test_the_good_file_of_the_tests_below_is_read(tmp_path):
    (tmp_path / "my_pins.pins.json").write_text(damaged())
    assert len(PinFiles(tmp_path).read("my_pins")) == 1


@pytest.mark.parametrize(
    "content",
    [
        *(
            "",
            "{",
            "[]",
            "[" * 100_000,
            '{"format": "another", "pins": []}',
            '{"format": "ladder-lab pins", "pins": 5}',
        ),
        *('{"format": "ladder-lab pins"}', '{"format": "ladder-lab pins", "pins": [5]}', damaged() + " " * 5_000_000),
        *(damaged(**{name: wrong}) for name in ("race", "update", "error", "clean_error") for wrong in (None, 5, [5])),
        *(damaged(update=wrong) for wrong in ([], [50, 0], [-50, 0], [0.0, 50.0], [0, 50, 100])),
        *(damaged(error=[wrong] * 2) for wrong in ([0.5], [0.5, "x"], [0.5, float("nan")], [0.5, True])),
        damaged(error=[[0.5, 0.25]] * 3),
        damaged(race={"v": "1", "with": "ladder,nobody"}),
        damaged(race={"v": "1", "with": 5}),
    ],
)
def test_a_file_that_holds_no_pins_is_logged_and_is_none(tmp_path, caplog, content):
    (tmp_path / "my_pins.pins.json").write_text(content)
    assert PinFiles(tmp_path).read("my_pins") == ()
    assert "my_pins.pins.json cannot be read" in caplog.text


def test_a_full_disk_costs_pins_their_file_alone_and_is_logged(tmp_path, monkeypatch, caplog):
    PinFiles(tmp_path).write("my_pins", (PIN,))

    def refused(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tab_files, "write_whole", refused)
    PinFiles(tmp_path).write("my_pins", (PIN, PIN))
    assert PinFiles(tmp_path).read("my_pins") == (PIN,)
    assert "my_pins.pins.json cannot be written" in caplog.text


def test_the_newest_files_of_pins_stay_and_other_people_s_files_too(tmp_path, monkeypatch):
    monkeypatch.setattr(pins, "KEPT_FILES", 1)
    kept = PinFiles(tmp_path)
    foreign = {"my notes.pins.json": "x", "my_notes.pins.json": "x", "other.json": "{}"}
    for name, text in foreign.items():
        (tmp_path / name).write_text(text)
    Lists(tmp_path).write("my_list", (Entry("run_a", 1.0),))
    for age, name in enumerate(("new", "old", "older")):
        kept.write(f"{name}_pins", (PIN,))
        path = tmp_path / f"{name}_pins.pins.json"
        then = path.stat().st_mtime - 100 * (1 + age)
        os.utime(path, (then, then))
    kept.tidy()
    assert {path.name for path in tmp_path.iterdir()} == {*foreign, "my_list.list.json", "new_pins.pins.json"}


def test_what_a_lost_process_left_half_written_is_tidied_away(tmp_path):
    for name in ("my_pins.pins.json.7.ladder-lab", "my_list.list.json.7.ladder-lab", "mine.json.7.ladder-lab"):
        path = tmp_path / name
        path.write_text("{")
        then = path.stat().st_mtime - TEMPORARY_SECONDS - 1
        os.utime(path, (then, then))
    Store(tmp_path).tidy()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json.7.ladder-lab"]
