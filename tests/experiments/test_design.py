"""A sweep as a value and a link, and its results as the page draws them."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest

from ladder import i18n
from ladder.experiments import axes, design, maps, plans
from ladder.experiments.cells import Result
from ladder.experiments.design import Design
from ladder.experiments.trials import Setup
from ladder.problems import Problem
from ladder.recipe import contestants, links

AXES = (axes.axis("noise_std", ["0", "0.3"]), axes.axis("labels", ["10", "20"]))
LAYERED = Design((axes.axis("lambdas", ["1000,10,0.1", "0"]), axes.axis("widths", ["20-12", "30-20-10"])), (), 4)


@pytest.mark.parametrize("described", [Design(), Design(AXES, (("updates", "50"), ("model", "gamma")), 5), LAYERED])
def test_a_link_comes_back_as_the_design(described):
    assert design.read(design.query(described)) == (described, [])


@pytest.mark.parametrize("name", plans.PLANS)
def test_every_plan_is_a_design_and_survives_its_link(name):
    planned = Design(axes.plan_axes(name))
    assert design.read(design.query(planned)) == (planned, [])
    assert len(planned.points) == 3 * len({point.axes for point in planned.points})


@pytest.mark.parametrize(
    "params, key",
    [
        ({"axes": "nosuch=1"}, "link_value"),
        ({"axes": "noise_std"}, "link_value"),
        ({"axes": "noise_std=0,0"}, "link_value"),
        ({"axes": "noise_std=0..1"}, "link_value"),
        ({"axes": "noise_std=0;labels=10;depth=1"}, "link_value"),
        ({"seeds": "2"}, "link_value"),
        ({"seeds": "many"}, "link_value"),
        ({"fix": "updates"}, "link_value"),
        ({"fix": "nosuch=3"}, "link_value"),
        ({"fix": "updates=0"}, "link_whole"),
        ({"fix": "dataset=iris;labels=1000"}, "link_whole"),
        ({"v": "99"}, "link_version"),
    ],
)
def test_what_a_link_cannot_mean_is_a_warning_and_the_usual(params, key):
    found, (warning,) = design.read(params)
    assert warning.key == key
    found.points  # noqa: B018 – whatever came of it can be run
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(warning, language)


@pytest.mark.parametrize(
    "fix, kept, said",
    [
        ("updates=abc;dataset=moons", (("dataset", "moons"),), "“abc” is not a whole number"),
        ("updates=10;nosuch=3;dataset=moons", (("updates", "10"), ("dataset", "moons")), "“nosuch”"),
        ("updates=10;widths=10-x", (("updates", "10"),), "as in 100-50-25"),
        ("updates=10;labels=", (("updates", "10"),), "“” cannot be understood"),
        ("updates=10;widths=2000-2000-2000", (("updates", "10"),), "Take smaller widths"),
    ],
)
def test_a_bad_word_is_named_and_the_others_stay(fix, kept, said):
    for read, base_of in ((design.read, lambda one: one.base), (design.read_search, lambda one: one.setup.base)):
        found, (warning,) = read({"fix": fix, "seeds": "4"})
        assert base_of(found) == kept and warning.key == "link_value"
        words = i18n.problem(warning, "en")
        assert said in words and f"Used instead: {';'.join(map('='.join, kept))}." in words


def test_a_bad_word_of_an_axis_is_named_and_the_others_stay():
    found, (warning,) = design.read({"axes": "noise_std=0,7,0.3;labels=10,20", "fix": "updates=50"})
    assert found == Design(AXES, (("updates", "50"),), 3)
    assert "“7” is not a number" in i18n.problem(warning, "en")
    found, (warning,) = design.read_search({"space": "noise_std=2..1;combinator=gauss,vanilla"})
    assert [one.name for one in found.setup.space] == ["combinator"]
    assert "lower number first" in i18n.problem(warning, "en")


@pytest.mark.parametrize(
    "axis, word", [("labels", "50000"), ("lambdas", "1,2,3,4,5,6,7"), ("lambdas.scale", "100"), ("updates", "0")]
)
def test_a_word_that_other_choices_may_allow_is_no_bad_word(axis, word):
    axes.check_word(axis, word)


def test_a_link_with_many_mistakes_tells_some_of_them():
    _, warnings = design.read({"fix": "nosuch=1;" * 50})
    assert len(warnings) == 5


def test_settings_that_cannot_be_run_together_say_that_the_usual_ones_are_used():
    for read in (design.read, design.read_search):
        _, (warning,) = read({"fix": "dataset=iris;labels=1000"})
        said = i18n.problem(warning, "en")
        assert "labels are more than" in said and "The usual ones are used instead." in said


def test_layers_are_counted_however_widths_are_written():
    assert design.level_names({"widths": "20,10"}) == design.level_names({"widths": "20-10"})


def test_an_axis_is_not_fixed_too():
    described = Design(AXES, (("labels", "50"), ("updates", "50")), 3)
    assert {point.cell.live.n_labeled for point in described.points} == {10, 20}


@pytest.mark.parametrize("dataset", ["digits", "moons", "iris"])
@pytest.mark.parametrize("name", [*axes.NAMES, *design.level_names({})])
def test_the_suggested_values_of_every_axis_can_be_run(name, dataset):
    model = next((m for m, options in contestants.OPTIONS.items() if name in options), "ladder")
    words = [word for word in design.suggested(name, dataset) if word not in ("mnist", "fashion-mnist")]
    base = {"dataset": dataset, "labels": "10", "model": model, "classify": "joint"}
    base |= {"activation": "tanh"} if name == "code_activation" else {}
    base |= dict(design.with_task([("dataset", dataset)], name))
    if dataset == "moons" and name in ("known_classes", "foreign_share"):
        assert design.suggested("known_classes", dataset) == ("0",)  # of two classes none can be left out
        return
    refused = []
    for word in words:
        try:
            axes.cell_of({**base, "updates": "10"} | {name: word}, 0)
        except Problem as problem:
            refused.append(problem.key)
    assert len(words) > 1 and len(refused) < len(words)
    assert set(refused) <= {
        "cross_entropy_range",
        "sigmoid_range",
        "salt_pepper_range",
        "stale_depth",
        "validation_labels",
    }


def result(point, error) -> Result:
    curve = {"update": [5, 10], "validation_error": [None, error], "supervised": [1.0, 0.5]}
    return Result(point.cell, error, None if error is None else error + 0.1, 10, 1.5, 99, curve=curve)


def test_cells_have_their_errors_and_a_curve_of_the_seeds_mean_and_extremes():
    points = Design(AXES, (("updates", "10"),), 3).points
    found = {p.cell.key: result(p, 0.1 * (i + 1)) for i, p in enumerate(points[:3])}
    (cell,) = maps.cells_of(points, found)
    assert cell["words"] == ["0", "10"]
    assert cell["test_error"]["mean"] == pytest.approx(0.3)
    assert cell["curve"] == {"update": [10], "mean": [0.2], "low": [0.1], "high": [0.3]}


def test_the_best_is_asked_for_each_label_budget():
    points = Design(AXES, (("updates", "10"),), 8).points
    errors = {("0", "10"): 0.5, ("0.3", "10"): 0.3, ("0", "20"): 0.1, ("0.3", "20"): 0.2}
    found = {p.cell.key: result(p, errors[tuple(word for _, word in p.axes)] * (1 + 0.01 * p.seed)) for p in points}
    chosen = {tuple(cell["words"]): cell["choice"] for cell in maps.cells_of(points, found)}
    assert chosen == {("0", "10"): "worse", ("0.3", "10"): "best", ("0", "20"): "best", ("0.3", "20"): "worse"}
    alone = Design(AXES[1:], (("updates", "10"),), 3).points
    found = {p.cell.key: result(p, 0.2) for p in alone}
    assert {cell["choice"] for cell in maps.cells_of(alone, found)} == {"only"}


def test_while_runs_are_to_come_the_best_is_asked_for_over_the_seeds_that_all_have():
    points = Design(AXES[:1], (("updates", "10"),), 4).points
    errors = {("0", 0): 0.1, ("0", 1): 0.1, ("0.3", 0): 0.2, ("0.3", 1): 0.2, ("0.3", 2): 0.0, ("0.3", 3): 0.0}
    found = {p.cell.key: result(p, errors[p.axes[0][1], p.seed]) for p in points if (p.axes[0][1], p.seed) in errors}
    assert [cell["choice"] for cell in maps.cells_of(points, found)] == ["best", "as good"]
    del found[points[0].cell.key], found[points[1].cell.key]
    found[points[2].cell.key] = result(points[2], 0.5)
    del found[points[6].cell.key]
    assert [cell["choice"] for cell in maps.cells_of(points, found)] == ["only", "only"]


@pytest.mark.parametrize(
    "words, scale",
    [
        (("0", "0.1", "0.5"), "linear"),
        (("0.001", "0.1"), "log"),
        (("0", "0.01", "1", "10"), "even"),
        (("relu", "tanh"), "category"),
        (("5",), "linear"),
    ],
)
def test_the_scale_of_an_axis(words, scale):
    points = [axes.Point((("x", word),), 0, None) for word in words]
    assert maps.axes_of(points) == [{"name": "x", "words": list(words), "scale": scale}]


def test_an_axis_that_changes_no_run_is_found():
    described = Design((axes.axis("beta", ["0.1", "1"]), AXES[0]), (("updates", "10"),), 3)
    assert maps.idle(described.points) == ["beta"]
    variational = replace(described, base=(("updates", "10"), ("model", "variational")))
    assert maps.idle(variational.points) == ["noise_std"]


def test_a_design_fits_into_a_link_or_is_refused_in_a_sentence():
    words = [f"0.{i:07d}1" for i in range(1, 500)]
    with pytest.raises(Problem) as refused:
        Design((axes.axis("noise_std", words),), (("updates", "10"),), 3)
    assert refused.value.key == "design_long" and refused.value.values["n"] > links.MAX_LETTERS
    longest = Design((axes.axis("noise_std", words[:420]),), (("updates", "10"),), 3)
    assert 5000 < len(urlencode(design.query(longest))) < 6000
    assert design.read(design.query(longest)) == (longest, [])


def test_a_search_s_link_of_another_version_says_so():
    assert [one.key for one in design.read_search({"v": "99"})[1]] == ["link_version"]


@pytest.mark.parametrize("dataset", ["digits", "moons", "iris"])
def test_the_suggested_range_of_labels_is_one_that_the_data_can_have(dataset):
    found = design.suggested_range("labels", dataset)
    Setup((found,), (("dataset", dataset), ("updates", "10"))).check()
    assert found.low < found.high


@pytest.mark.parametrize("damage", ["&amp;", "%26", "＆"])
def test_the_links_of_sweeps_and_searches_are_mended_on_arrival(damage):
    for read, whole in (
        (design.read, "v=1&axes=noise_std=0,0.1;labels=10,20&fix=updates=10;dataset=moons&seeds=5&lang=zh"),
        (design.read_search, "v=1&space=noise_std=0..0.5&fix=updates=10&trials=7&sampler=random&lang=zh"),
    ):
        expected = read(dict(parse_qsl(whole)))
        assert expected[1] == []
        assert read(dict(parse_qsl(whole.replace("&", damage) + "&utm_source=mail"))) == expected
        assert [one.key for one in read(dict(parse_qsl(whole + "&colour=1")))[1]] == ["link_unknown"]
