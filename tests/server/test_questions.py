"""What a page asks of a run once: answers, and a sentence for every question that has none."""

import json

import numpy as np
import pytest
from sketches import text_of

from ladder.analysis.quantities import Trained, measure
from ladder.analysis.snapshot import probabilities
from ladder.data.datasets import load
from ladder.live import frames
from ladder.recipe.contestants import usual
from ladder.recipe.race import Race
from ladder.server.questions import QUESTIONS, answer
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.teaching import handin, replays
from ladder.training import contestants
from ladder.training.stages import STAGES
from ladder.training.train import State

N_WORKERS = 1
LIVE = fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)
RECIPE = Recipe(Structure(widths=(12,)), LIVE)


@pytest.fixture(scope="module")
def paused(lab) -> str:
    """A run that rests after its tenth update, and that the tab "mine" steers."""
    run_id = lab.create(RECIPE, 10)
    assert lab.wait(run_id, lambda told: told.update == 10 and told.status == "paused", 25)
    return lab.take(run_id, "mine")


def asked(lab, run_id: str, name: str, value, **words) -> tuple[dict, dict]:
    header, arrays = frames.decode(
        answer(name, lab, run_id, {name: value, "tab": "mine", "language": "en"} | words, lambda names: None)
    )
    assert header["kind"] == name
    return header, arrays


def test_a_cell_of_the_confusion_matrix_is_answered_by_its_samples(lab, paused):
    header, arrays = asked(lab, paused, "cases", [3, 3, 0])
    assert header["refusal"] == "" and header["n"] >= len(arrays["row"])
    assert arrays["clean"].shape == arrays["noisy"].shape == arrays["restored"].shape == (len(arrays["row"]), 64)


def test_a_point_of_the_projection_is_answered_by_its_training_sample(lab, paused):
    header, arrays = asked(lab, paused, "point", [7])
    assert header["refusal"] == "" and header["true"] == load("digits").y[7] and arrays["row"].tolist() == [7]
    assert np.array_equal(arrays["clean"], load("digits").x[[7]])


def test_drawn_samples_are_answered_by_what_ladder_and_twin_take_them_for(lab, paused):
    data = load("digits")
    samples = [[text_of(x), int(y)] for x, y in zip(data.x_test[:40], data.y_test[:40], strict=True)]
    header, arrays = asked(lab, paused, "tested", samples, at=3)
    assert (header["refusal"], header["at"], header["update"]) == ("", 3, lab.status(paused).update)
    saved = lab.store.read(paused)
    for name, model in (("predicted", "ladder"), ("twin_predicted", "twin")):
        state = State(**saved.states[model])
        shares = probabilities(state, RECIPE.structure, saved.recipe.latest, data, data.x_test[:40])
        assert (arrays[name] == shares.argmax(1)).mean() > 0.95  # a byte for a pixel
    assert arrays["true"].tolist() == data.y_test[:40].tolist()


def test_the_test_samples_of_other_data_of_the_same_images_are_answered_too(lab, paused):
    header, arrays = asked(lab, paused, "tested", "digits")
    error = (arrays["true"] != arrays["predicted"]).mean()
    assert header["refusal"] == "" and len(arrays["true"]) == 500
    assert error == pytest.approx(lab.curves(paused)["test_error"][-1])


@pytest.mark.parametrize(
    "value, said",
    [
        ("moons", "other images or classes"),
        ("nothing", "other images or classes"),
        ("own-0123456789abcdef", "does not have the data"),
        ([["AAA=", 0]], "64 values"),
        ([[text_of([0.0] * 64), 10]], "not a whole number from 0 to 9"),
        ([[text_of([0.0] * 64), -1]], "tested"),
        ([["?", 0]], "tested"),
        ([[3, 0]], "tested"),
        ([["AAAA"]], "tested"),
        ([3], "tested"),
        ([["AAAA", 0], ["AAA=", 0]], "tested"),
        ([], "tested"),
        ("", "tested"),
        (None, "tested"),
    ],
)
def test_other_samples_that_cannot_be_tested_are_refused_in_a_sentence(lab, paused, value, said):
    header, arrays = asked(lab, paused, "tested", value)
    assert said in header["refusal"] and not arrays


def test_the_next_update_in_stages_trains_nothing_until_it_is_made(lab, paused):
    before = lab.status(paused).update
    header, arrays = asked(lab, paused, "stages", "look")
    assert [one["name"] for one in header["stages"]] == list(STAGES) and header["update"] == before
    assert {name for one in header["stages"] for name in one["arrays"]} == arrays.keys()
    assert lab.status(paused).update == before
    after, made = asked(lab, paused, "stages", "step")
    assert after["update"] == lab.status(paused).update == before + 1
    assert not np.array_equal(arrays["noise/0"], made["noise/0"])


def test_every_combinator_is_fitted_by_a_process_that_trains_nobody(lab, paused):
    header, arrays = asked(lab, paused, "combinators", [1, 5])
    assert len(header["combinators"]) == len(arrays["errors"]) == 14 and header["unit"] == 5


def test_numbers_that_no_curve_has_are_measured(lab, paused):
    names = ["error_of_batches_20", "error_of_batches_500", "cost_by_definition1", "cost_by_variance1"]
    values = asked(lab, paused, "quantities", names)[0]["values"]
    assert list(values) == names and 0 <= values["error_of_batches_20"] <= 1 and values["cost_by_definition1"] > 0


def test_numbers_of_a_comparison_s_codes_are_measured_as_those_of_a_promise(lab):
    race = Race(RECIPE.structure, RECIPE.live, (usual("plain"), usual("contractive"), usual("knn")))
    run_id = lab.create(race, 20)
    assert lab.wait(run_id, lambda told: told.update == 20 and told.status == "paused", 60)
    names = [
        f"{name}_{model}" for name in ("contraction", "saturated", "weight_size") for model in ("plain", "contractive")
    ]
    values = asked(lab, run_id, "quantities", names)[0]["values"]
    data = load("digits")
    for one in race.contestants[:2]:
        live, state = race.live_of(one), contestants.initial(one, race.structure, data)
        state, metrics = contestants.train_one(one, state, race.structure, live, data, 20)
        trained = Trained(one, state, race.structure, live, data, metrics)
        for name in ("contraction", "saturated", "weight_size"):
            assert values[f"{name}_{one.model}"] == measure(trained, name)
    for wrong in ("contraction_knn", "contraction_denoising", "noisy_error"):
        assert asked(lab, run_id, "quantities", [wrong])[0]["refusal"]


def test_a_hand_in_repeats_to_the_same_bits(lab, paused):
    answers = [["prediction 1", 30], ["prediction 2", [1, 0.25]], ["question", 2]]
    words = {"lesson": "noise", "nickname": "Ada", "answers": answers}
    header, _ = asked(lab, paused, "handin", words)
    (found,) = handin.read(header["text"])
    assert handin.read(header["file"]) == [found] and found.nickname == "Ada"
    assert dict(found.answers) == {"prediction 1": 30.0, "prediction 2": (1.0, 0.25), "question": 2.0}
    assert replays.judge(found, replays.repeat(found)).kind == "same"


def test_a_comparison_is_handed_in_and_repeats_to_the_same_bits(lab):
    race = Race(RECIPE.structure, RECIPE.live, (usual("ladder"), usual("plain"), usual("knn")))
    run_id = lab.take(lab.create(race, 60), "mine")
    assert lab.wait(run_id, lambda told: told.update == 60 and told.status == "paused", 60)
    words = {"lesson": "is_it_a_ladder", "nickname": "Ada", "answers": [["question", 1]]}
    (found,) = handin.read(asked(lab, run_id, "handin", words)[0]["text"])
    assert (found.page, found.lesson, dict(found.numbers)["update"]) == ("compare", "is_it_a_ladder", 60)
    assert replays.judge(found, replays.repeat(found)).kind == "same"


BAD = {
    "cases": [None, 5, [1, 2], [1, 2, "0"], [10, 0, 0], [0, 0, -1], [True, 0, 0]],
    "point": [None, 7, [1, 2], ["7"], [-1], [10**6]],
    "stages": [None, "back", 1],
    "combinators": [None, [1], [9, 0], [1, 12], [1.5, 0]],
    "quantities": [None, "costs", ["nothing"], ["cost_by_variance9"], [5]],
    "handin": [None, {}, {"answers": 3}, {"answers": [5]}, {"answers": [], "nickname": " "}]
    + [{"answers": [["a", {}]], "nickname": "Ada"}, {"answers": [[5, 1.0]], "nickname": "Ada"}]
    + [{"answers": [["a", one]], "nickname": "Ada"} for one in ([], [0.5] * 21, [[0.5]], ["x"], True, None)],
}


@pytest.mark.parametrize("name, value", [(name, value) for name, values in BAD.items() for value in values])
def test_a_question_that_cannot_be_answered_is_refused_in_a_sentence(lab, paused, name, value):
    for language in ("en", "zh", "xx"):
        header, arrays = asked(lab, paused, name, value, language=language)
        assert len(header["refusal"]) > 8 and not arrays, json.dumps(value)


@pytest.mark.parametrize("name, value", [("stages", "look"), ("handin", {"answers": [], "nickname": "Ada"})])
def test_what_pauses_a_run_is_for_the_tab_that_steers_it(lab, paused, name, value):
    assert asked(lab, paused, name, value, tab="another")[0]["refusal"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_run_that_is_not_there_has_no_answer_and_a_comparison_a_hand_in_alone(lab, name):
    value = {
        "cases": [0, 0, 0],
        "point": [0],
        "stages": "look",
        "combinators": [1, 0],
        "quantities": ["noisy_error"],
    }.get(name, {"answers": [], "nickname": "Ada"})
    race = lab.create(Race(RECIPE.structure, RECIPE.live, (usual("ladder"), usual("supervised"))))
    lab.take(race, "mine")
    assert asked(lab, "nosuch_run", name, value)[0]["refusal"]
    assert bool(asked(lab, race, name, value)[0]["refusal"]) == (name != "handin")
