"""Hand-ins: a file, a text that survives platforms, and a run that is repeated."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from ladder import __main__ as command
from ladder import arithmetic, i18n
from ladder.live import analyst_process
from ladder.live.race_session import RaceSession
from ladder.live.session import Session
from ladder.live.store import from_bytes
from ladder.problems import Problem
from ladder.recipe import race as races
from ladder.settings import Live, Recipe, Structure
from ladder.teaching import handin, replays
from ladder.teaching.handin import HandIn, copies, read, to_json, to_text
from ladder.training.digest import digest

ANSWERS = (("1", 2.0), ("2", "because z̃ = z，照抄"), ("3", (0.5, 0.25, 0.125)))


@pytest.fixture(scope="module")
def saved():
    """A run of 40 updates with a change at 20."""
    live = Live(n_updates=0)
    quiet = replace(live, noise_std=(0.1,) * 5)
    session = Session(Recipe(Structure(weight_seed=3, label_seed=4), live, ((20, quiet),)))
    session.replay(40, then_play=False)
    while session.active:
        session.advance(0.5)
    return from_bytes(session.saved())


@pytest.fixture(scope="module")
def good(saved) -> HandIn:
    return handin.of_run(saved, "noise", " Ada 小明 ", ANSWERS)


def test_a_hand_in_says_what_was_done(good, saved):
    assert (good.lesson, good.nickname, good.answers, good.page) == ("noise", "Ada 小明", ANSWERS, "live")
    assert good.seeds == (3, 4) and good.computed == arithmetic.ours().key
    numbers = dict(good.numbers)
    assert numbers["update"] == 40 and {"test_error", "twin_error", "supervised", "cost0", "cost4"} <= numbers.keys()
    link, race = handin.link_of(good)
    assert race is None and link.recipe == saved.recipe and link.at == 40


def test_file_and_text_give_it_back(good):
    assert read(to_json(good)) == read(to_text(good)) == [good]
    assert len(to_text(good)) < 2000 and set(to_text(good)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )


def test_a_text_survives_line_breaks_blanks_and_a_table_around_it(good):
    text = to_text(good)
    broken = "\r\n  ".join(text[i : i + 60] for i in range(0, len(text), 60))
    other = replace(good, nickname="Bob")
    table = f"\ufeffname;work\nAda;{broken}\nBob;\u200b{to_text(other)}\n"
    assert read(table) == [good, other]


@pytest.mark.parametrize("harm", ["cut", "swapped", "lower", "checksum", "middle"])
def test_a_text_that_was_damaged_is_refused_with_a_sentence(good, harm):
    text = to_text(good)
    harmed = {
        "cut": text[:-20],
        "swapped": text[:40] + text[41] + text[40] + text[42:],
        "lower": text.lower().replace("ll1.", "LL1."),
        "checksum": text[:-1] + ("0" if text[-1] != "0" else "1"),
        "middle": text[:50] + text[60:],
    }[harm]
    assert harmed != text
    with pytest.raises(Problem) as caught:
        read(harmed)
    assert caught.value.key == "handin_damaged"
    assert "LL1" in i18n.problem(caught.value, "en") and "LL1" in i18n.problem(caught.value, "zh")


def test_every_changed_letter_of_a_text_is_found(good):
    text = to_text(good)
    for place in range(len(handin.MARK), len(text), 7):
        letter = "A" if text[place] != "A" else "B"
        with pytest.raises(Problem):
            read(text[:place] + letter + text[place + 1 :])


@pytest.mark.parametrize(
    "content, key",
    [
        ("", "handin_foreign"),
        ("Dear teacher, I forgot it.", "handin_foreign"),
        ("{}", "handin_version"),
        ('{"format": "something else", "version": 1}', "handin_foreign"),
        ("{", "handin_foreign"),
        ("[1]", "handin_foreign"),
    ],
)
def test_what_is_none_is_refused(content, key):
    with pytest.raises(Problem) as caught:
        read(content)
    assert caught.value.key == key


BAD = [
    ("nickname", "", "handin_name"),
    ("nickname", "x" * 61, "handin_name"),
    ("nickname", 7, "handin_name"),
    ("lesson", None, "handin_field"),
    ("answers", "none", "handin_field"),
    ("answers", [["1"]], "handin_field"),
    ("answers", [["1", {"a": 1}]], "handin_field"),
    ("answers", [["1", "x" * 2001]], "handin_field"),
    ("answers", [["1", True]], "handin_field"),
    ("answers", [["1", [0.5] * 21]], "handin_field"),
    ("answers", [["1", []]], "handin_field"),
    ("answers", [["1", [0.5, "low"]]], "handin_field"),
    ("answers", [["1", [[0.5]]]], "handin_field"),
    ("answers", [["1", 1]] * 101, "handin_field"),
    ("page", "sweep", "handin_field"),
    ("link", 3, "handin_field"),
    ("link", "v=1&labels=none&seed=3&lseed=4&at=40", "handin_link"),
    ("link", "v=1&labels=20&at=40", "handin_seeds"),
    ("seeds", [3], "handin_field"),
    ("seeds", [3, "4"], "handin_field"),
    ("seeds", [3, 5], "handin_seeds"),
    ("numbers", [["test_error", "low"]], "handin_field"),
    ("numbers", {"a": 1}, "handin_field"),
    ("computed", "An Intel", "handin_field"),
    ("digest", "abc", "handin_field"),
    ("version", 2, "handin_version"),
]


@pytest.mark.parametrize("field, value, key", BAD)
def test_an_impossible_field_is_named(good, field, value, key):
    values = json.loads(to_json(good))
    values[field] = value
    with pytest.raises(Problem) as caught:
        read(json.dumps(values))
    assert caught.value.key == key
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)


@pytest.mark.parametrize("field", ["nickname", "answers", "link", "digest"])
def test_a_missing_field_is_named(good, field):
    values = json.loads(to_json(good))
    del values[field]
    with pytest.raises(Problem) as caught:
        read(json.dumps(values))
    assert caught.value.key == "handin_field" and caught.value.values["field"] == field


def test_a_small_text_cannot_fill_the_memory(good, monkeypatch):
    huge = to_text(replace(good, answers=(("1", "x" * 2000),) * 100))
    assert len(huge) < 3000
    monkeypatch.setattr(handin, "MOST_BYTES", 10_000)
    with pytest.raises(Problem) as caught:
        read(huge)
    assert caught.value.key == "handin_damaged"


def test_the_digest_is_of_every_bit(saved):
    states = {model: dict(state) for model, state in saved.states.items()}
    whole = digest(states)
    for part in ("theta", "adam_m", "adam_v"):
        changed = states["twin"][part].copy()
        changed[-1] = np.nextafter(changed[-1], np.float32(9))
        assert digest({**states, "twin": {**states["twin"], part: changed}}) != whole
    assert digest({**states, "twin": {**states["twin"], "update": 41}}) != whole
    assert digest({"ladder": states["twin"], "twin": states["ladder"]}) != whole


@pytest.fixture(scope="module")
def repeated(good):
    return replays.repeat(good)


def test_the_run_is_repeated_bit_by_bit(good, repeated):
    verdict = replays.judge(good, repeated)
    assert verdict.kind == "same" and verdict.reached
    assert repeated.digest == good.digest and dict(good.numbers) == dict(repeated.numbers)


def told(good, **numbers):
    return replace(good, numbers=tuple({**dict(good.numbers), **numbers}.items()))


def test_edited_numbers_and_other_runs_are_found(good, repeated):
    assert replays.judge(told(good, test_error=0.01), repeated).kind == "numbers"
    assert replays.judge(replace(good, digest="0" * 64), repeated).kind == "bits"
    assert replays.judge(told(good, update=41.0), repeated).kind == "numbers"
    more = replace(good, numbers=(*good.numbers, ("beauty", 1.0)))
    assert replays.judge(more, repeated).kind == "numbers"


def test_another_processor_s_numbers_are_judged_by_the_tolerance(good, repeated):
    elsewhere = replace(good, digest="0" * 64, computed="arm64-1a2b.abcdef")
    error = dict(good.numbers)["test_error"]
    _, of_error, _ = replays.TOLERANCES[0]
    assert replays.judge(elsewhere, repeated).kind == "close"  # the same numbers, other bits
    near = replays.judge(told(elsewhere, test_error=error + 0.9 * of_error), repeated)
    assert near.kind == "close" and near.reached and near.values["number"] == "test_error"
    far = replays.judge(told(elsewhere, test_error=error + 1.1 * of_error), repeated)
    assert far.kind == "far" and not far.reached
    cost = dict(good.numbers)["cost1"]
    assert replays.judge(told(elsewhere, cost1=10 * cost), repeated).kind == "far"
    assert replays.judge(told(elsewhere, update=41.0), repeated).kind == "far"
    unknown = replace(elsewhere, computed="")
    assert replays.judge(unknown, repeated).kind == "close"
    for language in i18n.LANGUAGES:
        for kind in ("same", "close", "far", "bits", "numbers"):
            assert "{" not in i18n.text(f"handin.verdict.{kind}", language, **far.values)


def test_the_tolerance_holds_what_the_benchmark_measured():
    kept = Path(__file__).parents[2] / "benchmarks" / "handins.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert {line["updates"] for line in lines} == {300, 1000, 3000} and any(line["cost"] > 0 for line in lines)
    for line in lines:
        _, error, cost = next(one for one in replays.TOLERANCES if line["updates"] <= one[0])
        assert 1.5 * line["error"] <= error and 1.5 * line["cost"] <= cost


def test_a_run_that_a_link_cannot_hold_is_refused(saved):
    long = tuple((i, replace(Live(), learning_rate=1e-3 + i * 1e-6)) for i in range(1, 300))
    with pytest.raises(Problem) as caught:
        handin.of_run(replace(saved, recipe=replace(saved.recipe, changes=long)), "", "Ada", ())
    assert caught.value.key == "link_short"


def test_copies_have_the_same_run_and_answers_under_another_name(good):
    copied = replace(good, nickname="Bob")
    viewed = replace(good, nickname="Cy", link=good.link + "&lang=zh&layer=2")
    thought = replace(good, nickname="Di", answers=(("1", 0.0),))
    longer = replace(good, nickname="Ed", link=good.link.replace("at=40", "at=41"))
    silent = [replace(good, nickname=name, answers=()) for name in ("Fo", "Gu")]
    again = replace(good)  # handed in twice by one student
    assert copies([good, thought, copied, longer, viewed, *silent]) == [(0, 2, 4)]
    assert copies([good, again]) == []


def test_a_comparison_is_handed_in_and_repeated():
    words = {"v": "1", "labels": "20", "seed": "5", "lseed": "5", "with": "twin,plain,knn"}
    _, race = races.read(words)
    session = RaceSession(race, analyst_process.portraits(race))
    session.replay(15, then_play=False)
    while session.active:
        session.advance(0.5)
        session.collect()
    hashed, numbers = session.result()
    made = handin.of_race(race, 15, numbers, session.computed[0].key, hashed, "overcomplete", "Ada", (("1", 1.0),))
    assert read(to_text(made)) == [made]
    assert made.page == "compare" and made.seeds == (5, 5)
    assert dict(made.numbers).keys() == {"update", "objective_0", "objective_1"}
    assert replays.judge(made, replays.repeat(made)).kind == "same"
    other = urlencode({**words, "at": "15", "labels": "30"})
    assert replays.judge(replace(made, link=other), replays.repeat(replace(made, link=other))).kind == "bits"


def test_the_command_checks_files_and_texts(good, tmp_path, capsys):
    (tmp_path / "ada.json").write_text(to_json(good), encoding="utf-8")
    (tmp_path / "bob.txt").write_text(to_text(replace(good, nickname="Bob")), encoding="utf-8")
    (tmp_path / "cheat.txt").write_text(to_text(told(replace(good, nickname="Cy"), test_error=0.0)))
    (tmp_path / "none.txt").write_bytes(b"\xff\xfe\x00")
    names = [str(tmp_path / name) for name in ("ada.json", "bob.txt", "cheat.txt", "none.txt")]
    assert command.main(["handin", "check", *names]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    verdicts = {line.get("nickname"): line["verdict"] for line in lines if "verdict" in line}
    assert verdicts == {"Ada 小明": "same", "Bob": "same", "Cy": "numbers", None: "unreadable"}
    assert lines[-1]["copies"] == ["Ada 小明", "Bob", "Cy"]
    assert command.main(["handin", "check", names[0]]) == 0
    assert command.main(["handin", "check", str(tmp_path / "nowhere.json")]) == 2
