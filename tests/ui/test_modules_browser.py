"""The pure parts of the panels' JavaScript, as modules in the browser that the other tests use."""

import itertools
import re

import numpy as np
import pytest
from modules import blank, run

from ladder import i18n
from ladder.live import frames
from ladder.ui import scripts


@pytest.fixture(scope="module")
def page(browser):
    yield blank(browser)


# --- for those who do not see the page, or type on another keyboard


@pytest.mark.parametrize(
    "key, code, letter",
    [("p", "KeyP", "P"), ("P", "KeyP", "P"), ("з", "KeyP", "P"), ("Process", "KeyP", "P"), ("z", "KeyY", "Z")]
    + [("1", "Digit1", ""), ("Enter", "Enter", ""), ("ArrowUp", "ArrowUp", "")],
)
def test_a_key_stands_for_the_letter_that_it_types_else_for_the_one_at_its_place(page, key, code, letter):
    assert run(page, "keys", "m.letterOf(x)", {"key": key, "code": code}) == letter


def test_what_pictures_show_is_put_into_words(page):
    texts = i18n.texts("live", "en")
    off = run(page, "spoken", "m.offText(x, [1, 2, 3], [1, 0, 1])", texts)
    assert off == "1.63 away from the clean values (root mean square)"
    clean = run(page, "spoken", "((z) => [m.offText(x, z, z), m.offText(x, [], z)])([-1, 0, 2.5])", texts)
    assert clean == ["values from -1.00 to 2.50", None]
    arrays = "{'z/0': [0, 0, 1, 1], 'z_tilde/0': [3, 4, 1, 2], 'z_hat/0': [0, 1, 1, 1], sample_class: [0, 1]}"
    moved = run(page, "spoken", f"m.movedText(x, {arrays})", texts)
    assert moved == "noise moves the points by 3.00 on average; the ladder leaves them 0.500 from where they were"
    points = "{projection: [0, 0, 1, 0, 9, 9, 1, 1], projection_class: [0, 0, 1, 1], projection_labeled: [1, 0, 1, 0]}"
    told = run(page, "spoken", f"m.projectionText(x, {points}, 'en')", texts)
    assert told == "4 samples, 2 of them labelled; 75.0 % lie nearest to the centre of their own class"
    panel = "{data: {texts: x, data: {class_names: ['a', 'b']}}}"
    regions = run(page, "spoken", f"m.regionText({panel}, [0, 0, 0, 1], [1, 1, 0.5, 0.5])", texts)
    assert regions == "a 75.0 % · b 25.0 % of the area; the prediction is 75.0 % certain on average"


def test_a_table_has_evenly_spread_updates_with_both_ends(page):
    assert run(page, "numbers", "m.spread([[1, 2], [...Array(100).keys()]], 4)") == [0, 33, 66, 99]
    assert run(page, "numbers", "[m.spread([[5, 6]], 20), m.spread([[7]], 20), m.spread([], 20)]") == [[5, 6], [7], []]


@pytest.mark.parametrize(
    "key, at", [("ArrowRight", 1), ("ArrowLeft", 3), ("ArrowUp", 2), ("ArrowDown", 0), ("a", None)]
)
def test_an_arrow_leads_from_a_point_to_the_nearest_one_in_its_direction(page, key, at):
    places = [[0, 0], [30, 10], [5, -20], [-9, 0], [400, 390]]
    assert run(page, "points", "m.pointAfter(x[0], 0, x[1]) ?? null", [key, places]) == at


def test_a_press_means_the_nearest_point_within_reach(page):
    found = run(page, "points", "[[1, 1], [18, 0], [70, 70]].map((at) => m.nearest([[0, 0], [20, 0]], at, 24))")
    assert found == [0, 1, -1]


def test_plotly_is_fetched_when_the_first_numbers_stand_and_again_after_a_failure(page):
    script = """(() => {
      const figures = { element: document.body, drawn: -Infinity, dirty: false };
      const drawer = new m.Drawer([], [], figures);
      const asked = () => document.querySelectorAll("script[src*=plotly]").length;
      const found = [];
      for (const [drawn, now] of [[-Infinity, 1e6], [5, 1e6], [5, 1e6 + 100], [5, 1e6 + 2500]]) {
        figures.drawn = drawn;
        drawer.fetchPlotly(now);
        found.push(asked());
        if (found.length > 1) {
          document.querySelector("script[src*=plotly]")?.remove();
          window.ladderPlotly = null;
        }
      }
      drawer.close();
      return found; })()"""
    assert run(page, "drawer", script) == [0, 1, 0, 1]


# --- numbers


@pytest.mark.parametrize(
    "value, text",
    [("0", "0.00"), ("0.0001234", "1.2e-4"), ("0.01234", "0.0123"), ("12.345", "12.3"), ("12345", "1.2e+4")]
    + [("NaN", "–"), ("undefined", "–"), ("null", "–"), ("Infinity", "∞"), ("-0.5", "-0.500")],
)
def test_numbers_as_people_read_them(page, value, text):
    assert run(page, "words", f"m.format({value})") == text


def test_measured_values_have_no_exponent_no_idle_zero_and_no_negative_zero(page):
    found = run(page, "words", "[14.2300005, 1065, 0.0063994, -0.6, -0.00001, 0].map((one) => m.digits(one, 4))")
    assert found == ["14.23", "1065", "0.006399", "−0.6", "−0.00001", "0"]
    assert run(page, "words", "m.digits(-0, 3)") == "0"
    assert run(page, "words", "[1.5, -0.0804, -0.001].map((one) => m.fixed(one, 2))") == ["1.50", "−0.08", "0.00"]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_weights_that_are_spoilt_are_said_with_their_error(page, language):
    texts = i18n.texts("live", language)
    told = {"ruined": {"loss": 76.2, "error": 0.9, "rate": 1}}
    said = run(
        page,
        "panel",
        "m.Panel.prototype.spoilt.call({ data: { texts: x.texts } }, x.told)",
        {"texts": texts, "told": told},
    )
    percent = i18n.text("live.percent", language, n="90.0")
    assert said == i18n.text("live.ruined_rate", language, loss="76.2", error=percent, rate=1)


def test_percent_gain_difference_and_time(page):
    for language, text in (("en", "12.3 %"), ("zh", "12.3%")):
        words = f"{{ percent: '{i18n.text('live.percent', language)}' }}"
        assert run(page, "words", f"[0.1234, NaN, undefined].map((one) => m.formatPercent(one, {words}))") == [
            text,
            "–",
            "–",
        ]
    assert run(page, "words", "[m.formatGain(-0.125), m.formatGain(0.5), m.formatGain(Infinity)]") == [
        "−0.13",
        "0.50",
        "–",
    ]
    assert run(page, "words", "[m.signed(1.25), m.signed(-3), m.signed(0)]") == ["+1.3", "−3.0", "+0.0"]
    assert run(page, "words", "[0, 59.9, 65, 3600].map(m.clock)") == ["0:00", "0:59", "1:05", "60:00"]


def test_a_sentence_takes_values_by_name_and_leaves_out_what_it_has_not(page):
    assert run(page, "words", "m.fill('{a} of {b}, {c}.', {a: 0, b: 'two'})") == "0 of two, ."
    assert run(page, "words", "m.fill(undefined, {})") == ""


@pytest.mark.parametrize("locale", ["en-US", "de-DE", "fr-FR", "ar-EG"])
def test_counts_follow_the_page_s_language_and_not_the_browser_s(browser, locale):
    page = blank(browser, locale=locale)
    assert page.evaluate("navigator.language") == locale
    assert [run(page, "words", f"m.count(3000.4, '{language}')") for language in ("en", "zh")] == ["3,000", "3,000"]
    page.context.close()


def test_no_script_formats_a_number_by_the_browser_s_language():
    text = "\n".join(path.read_text(encoding="utf-8") for path in scripts.FOLDER.glob("*.js"))
    assert "toLocale" not in text
    languages = re.findall(r"Intl\.\w+\(([^,]*),", text)
    assert set(languages) == {"language", '"en"'} and len(languages) == text.count("Intl.")


# --- frames and curves


def test_a_message_of_the_server_is_read_as_it_was_written(page):
    arrays = {
        "update": np.array([1, 2, 70_000], dtype=np.int32),
        "denoising": np.array([[0.5, 1.5], [2.5, np.nan], [4.0, 5.0]], dtype=np.float32),
        "labeled": np.array([1, 0, 1], dtype=np.uint8),
        "none": np.zeros((0, 2), dtype=np.float32),
    }
    message = frames.encode({"kind": "increment", "note": "σ 0.3→0.5"}, arrays)
    found = run(
        page,
        "frames",
        """(() => { const { header, arrays } = m.decodeFrame(new Uint8Array(x).buffer);
        const of = (what) => Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, what(array)]));
        return { note: header.note, types: of((array) => array.constructor.name), shapes: of((array) => array.shape),
                 values: of((array) => [...array]) }; })()""",
        list(message),
    )
    assert found["note"] == "σ 0.3→0.5"
    assert found["types"] == {
        "update": "Int32Array",
        "denoising": "Float32Array",
        "labeled": "Uint8Array",
        "none": "Float32Array",
    }
    for name, array in arrays.items():
        assert found["shapes"][name] == list(array.shape)
        np.testing.assert_array_equal(np.array(found["values"][name], dtype=float), array.ravel().astype(float))


def test_columns_of_a_matrix_become_curves_and_later_rows_follow(page):
    found = run(
        page,
        "curves",
        """(() => { const curves = new m.Curves();
        const matrix = (values, shape) => Object.assign(Float32Array.from(values), { shape });
        curves.add({ a: matrix([1, 2, 3, 4], [2, 2]), b: matrix([7, 8], [2]) }, ["a", "b", "absent"]);
        curves.add({ a: matrix([5, 6], [1, 2]), b: matrix([9], [1]) }, ["a", "b"]);
        return [curves.get("a/0"), curves.get("a/1"), curves.get("b"), curves.get("c"), m.latest(curves, "b")]; })()""",
    )
    assert found == [[1, 3, 5], [2, 4, 6], [7, 8, 9], [], 9]


def test_a_long_curve_loses_every_other_point_of_all_columns_and_never_the_last(page):
    n, kept = run(
        page,
        "curves",
        """(() => { const curves = new m.Curves();
        const column = (n, of) => Object.assign(Float32Array.from({ length: n }, (_, i) => of(i)), { shape: [n] });
        curves.add({ x: column(m.KEPT + 1, (i) => i), y: column(m.KEPT + 1, (i) => 2 * i) }, ["x", "y"]);
        return [m.KEPT, [curves.get("x"), curves.get("y")]]; })()""",
    )
    x, y = kept
    assert x == list(range(0, n + 1, 2)) and x[-1] == n
    assert y == [2 * one for one in x]


def test_drawn_points_stay_the_same_while_new_ones_arrive(page):
    drawn, points = run(
        page,
        "curves",
        """[m.DRAWN, [1000, 1001, 1010].map((n) => { const x = Array.from({ length: n }, (_, i) => i);
        return m.thin([x, x.map((i) => -i)], null); })]""",
    )
    for x, y in points:
        assert len(x) <= drawn + 2 and y == [-one for one in x]
        assert x[0] == 0 and set(np.diff(x[:-1])) == {8}
    assert [x[-1] for x, _ in points] == [999, 1000, 1009]
    assert points[1][0][:-1] == points[0][0][:-1]


def test_only_what_is_zoomed_into_is_drawn_with_a_point_on_each_side(page):
    x = [0, 10, 20, 30, 40, 50]
    assert run(page, "curves", "m.thin([x, x], [12, 33])", x)[0] == [10, 20, 30, 40]
    assert run(page, "curves", "m.thin([[], []], null)") == [[], []]
    assert run(page, "curves", "m.thin([[5], [6]], [0, 1])") == [[5], [6]]


def test_a_weight_counts_from_the_update_after_its_change(page):
    lambdas = [[0, [1, 10]], [5, [2, 20]], [8, [3, 30]]]
    assert run(page, "curves", "m.weightsAt(x, [1, 5, 6, 8, 9], 1)", lambdas) == [10, 10, 20, 20, 30]


def test_of_changes_an_increment_tells_the_new_ones(page):
    of = "({ kind: x, changes: c, lambdas: c && [0, ...c], kept: k })"
    found = run(
        page,
        "feed",
        f"""(() => {{ const word = (x, c, k) => {of};
        const words = [word("history", [1, 2]), word("increment")];
        words.push(word("increment", [3], 2), word("increment", [9], 1));
        words[2].lambdas = [3], words[3].lambdas = [9];
        let told = null;
        return words.map((header) => (told = m.toldBy(told, header), [told.changes, told.lambdas])); }})()""",
    )
    assert found == [[[1, 2], [0, 1, 2]], [[1, 2], [0, 1, 2]], [[1, 2, 3], [0, 1, 3]], [[1, 9], [0, 9]]]


# --- colours


def test_colours_mix_and_scales_pass_through_all_of_theirs(page):
    assert run(page, "colors", "[m.rgb('#0a10ff'), m.mix([0, 0, 0], [10, 20, 40], 0.5)]") == [
        [10, 16, 255],
        [5, 10, 20],
    ]
    scale = run(page, "colors", "[...m.scale([0, 0, 0], [255, 0, 0], [255, 255, 255])]")
    assert [scale[0], scale[-1]] == [0xFF000000, 0xFFFFFFFF] and len(scale) == 256
    assert scale[127] == 0xFF0000FE  # alpha, blue, green, red


def test_luminance_is_that_of_wcag(page):
    colors = "[[255, 255, 255], [0, 0, 0], [119, 119, 119], [10, 10, 10]]"
    white, black, grey, dark = run(page, "colors", f"{colors}.map(m.luminance)")
    assert white == pytest.approx(1) and black == 0 and dark == pytest.approx(10 / 255 / 12.92)
    assert (white + 0.05) / (grey + 0.05) == pytest.approx(4.48, abs=0.01)  # the contrast of #777777 on white


# --- traces


def test_a_curve_is_grey_only_where_its_cost_was_not_minimised(page):
    on, off = run(page, "traces", "m.parts([1, 2, 3, 4, 5], [1, 1, 0, 0, 2])")
    assert on == [1, 2, 3, None, 5] and off == [None, None, 3, 4, 5]


# --- markers


@pytest.mark.parametrize(
    "values, named",
    [
        (["1000", "0", "1000"], ["1000", "0", "1000"]),
        (["20", "10", "50"], ["20", "10", "50"]),
        (["0.3", "0.4", "0.6"], ["0.3", "0.6"]),
        (["0.3", "0.5", "0.9", "0.2"], ["0.3", "0.9", "0.2"]),
        (["1", "0", "1"], ["1", "0", "1"]),
        (["0.3", "0.3"], ["0.3", "0.3"]),
    ],
)
def test_a_mark_says_where_a_control_went_between(page, values, named):
    steps = [[["lambdas", 0, *pair]] for pair in itertools.pairwise(values)]
    (one,) = run(page, "markers", "x.reduce((all, step) => m.together(all, step))", steps)
    assert run(page, "markers", "m.way(x[2], x[3], x[4])", one) == named


def test_a_control_that_was_dragged_is_one_change_from_the_first_value_to_the_last(page):
    later = [["noise_std", None, "0.4", "0.6"], ["lambdas", 0, "1000", "500"]]
    found = run(page, "markers", "m.together([['noise_std', null, '0.3', '0.4']], x)", later)
    assert found == [["noise_std", None, "0.3", "0.6", ["0.4"]], ["lambdas", 0, "1000", "500", []]]
    assert run(page, "markers", "m.markerText(['σ 0.3→0.6', 'λ₀ 1000→500'], 3)") == "σ 0.3→0.6 +1 (3×)"


PANEL = """{ zoom: x.zoom, color: () => "#000000", textWidth: (text) => 8 * text.length,
  data: { texts: { "axis.update": "updates", "marker.noise_std": "σ", named: "{name}: {value}", comma: ", " } },
  feed: { told: { changes: x.changes } } }"""


def marks(page, changes, zoom=None, last=100):
    return run(page, "markers", f"m.markers({PANEL}, {last}, 500, 14)", {"changes": changes, "zoom": zoom})


def change(update, before, after):
    return {"update": update, "names": [["noise_std", None, before, after]]}


def test_marks_that_would_overlap_become_one_and_all_lines_are_one_shape(page):
    found = marks(page, [change(10, "0.1", "0.2"), change(12, "0.2", "0.3"), change(60, "0.3", "0.4")])
    assert [shape["path"] for shape in found["shapes"]] == ["M10,0V1M12,0V1M60,0V1"]
    assert [one["text"] for one in found["annotations"]] == ["σ 0.1→0.3 (2×)", "σ 0.3→0.4"]
    assert found["annotations"][0]["hovertext"] == "updates 10: σ 0.1→0.2<br>updates 12: σ 0.2→0.3"


def test_a_mark_near_the_chart_s_end_stands_left_of_its_line(page):
    (end,) = marks(page, [change(99, "0.1", "0.2")])["annotations"]
    assert end["xanchor"] == "right"


def test_marks_outside_the_zoom_are_not_drawn(page):
    found = marks(page, [change(10, "0.1", "0.2"), change(60, "0.2", "0.3")], zoom=[50, 90])
    assert [one["x"] for one in found["annotations"]] == [60]
    assert marks(page, [])["shapes"] == []


# --- earlier runs, the crosshair, smoothing

CURVE = "{ columns: { eval_update: x.updates, test_error: x.errors }, get(name) { return this.columns[name] || []; } }"


@pytest.mark.parametrize(
    "update, value", [(0, 1.0), (24, 1.0), (26, 2.0), (50, 2.0), (100, 3.0), (100.4, 3.0), (110, None), (-5, None)]
)
def test_a_curve_s_value_at_an_update_is_that_of_the_nearest_point(page, update, value):
    curve = {"x": [0, 50, 100], "y": [1, 2, 3]}
    assert run(page, "crosshair", "m.valueAt(x[0], x[1]) ?? null", [curve, update]) == value


def test_a_part_of_a_curve_is_read_from_the_whole_and_an_empty_one_has_no_value(page):
    part = {"x": [0, 1], "y": [None, 2], "whole": [7, 2]}
    assert run(page, "crosshair", "m.valueAt(x, 0)", part) == 7
    assert run(page, "crosshair", "m.valueAt({ x: [], y: [] }, 0) ?? null") is None


def test_an_earlier_run_has_no_value_beyond_its_end(page):
    found = run(
        page,
        "ghosts",
        f"m.valuesAt([{{ measured: {CURVE} }}], 'measured', x.at, 'test_error')[0].map((y) => y ?? null)",
        {"updates": [0, 50, 100], "errors": [0.9, 0.5, 0.3], "at": [0, 40, 50, 99, 100, 101]},
    )
    assert found == [0.9, 0.9, 0.5, 0.5, 0.3, None]


def test_mean_and_standard_deviation_are_numpy_s(page):
    values = [0.2, 0.25, 0.15, 0.3]
    assert run(page, "statistics", "[m.mean(x), m.deviation(x)]", values) == pytest.approx(
        [np.mean(values), np.std(values, ddof=1)]
    )
    assert run(page, "statistics", "Number.isNaN(m.deviation([1]))")


def test_a_smoothed_curve_weighs_values_by_their_distance_in_updates(page):
    x, y, half = [1, 2, 4, 10], [8.0, 0.0, 4.0, 1.0], 2.0
    weights = 0.5 ** ((np.array(x)[:, None] - np.array(x)) / half) * (np.array(x)[:, None] >= np.array(x))
    expected = (weights @ y) / weights.sum(1)
    assert run(page, "statistics", "m.smoothed(x.x, x.y, x.half)", {"x": x, "y": y, "half": half}) == pytest.approx(
        list(expected)
    )
    found = run(page, "statistics", "m.smoothed([1, 2, 3], [1, Infinity, 1], 5).map(String)")
    assert found == ["1", "Infinity", "1"]


ROWS = """x.map(([run, more]) => ({ run, gone: false, hidden: false, pinned: false, until: 0, update: 0, ...more }))"""


def test_the_last_five_runs_and_pinned_ones_are_drawn_and_hidden_ones_are_not(page):
    rows = [["a", {"pinned": True}], ["b", {}], ["c", {"hidden": True}], *([k, {}] for k in "defg")]
    rows += [["view", {}], ["away", {"gone": True}]]
    script = f"""(() => {{ const behind = new m.Behind(() => {{}}); behind.ask = () => {{}};
      behind.follow({ROWS}, "view"); return behind.drawn().map((row) => row.run); }})()"""
    assert run(page, "behind", script, rows) == ["a", "d", "e", "f", "g"]


# --- addresses


@pytest.mark.parametrize(
    "place, beside", [("/", "/"), ("/compare", "/"), ("/lab/", "/lab/"), ("/lab/explore", "/lab/")]
)
def test_the_server_s_routes_lie_beside_the_page(page, place, beside):
    page.evaluate("(place) => history.replaceState(null, '', place)", place)
    assert run(page, "addresses", "m.address('plotly.min.js')") == f"{beside}plotly.min.js"
    assert run(page, "addresses", "m.socketAddress('live/abc')") == f"ws://modules.test{beside}live/abc"


# --- leaving a page

BOARD = """async (page) => {
  const { Board } = await import('/board.js');
  window.told = [];
  window.board = Object.assign(new Board(document.body), {
    data: { page, pages: ['live', 'explore', 'compare'] }, trigger: (name, value) => window.told.push(value) });
  document.body.innerHTML = '<a href="/compare">Compare</a><a href="/elsewhere" target="_blank">Out</a>';
  document.querySelectorAll('a').forEach((a) => a.addEventListener('click', (event) => event.preventDefault())); }"""


@pytest.mark.parametrize("name, here, there", [("live", "/", "/compare"), ("compare", "/lab/compare", "/lab/")])
def test_a_word_to_the_script_waits_while_back_has_led_to_another_page(browser, name, here, there):
    page = blank(browser)
    page.evaluate("(place) => history.replaceState(null, '', place)", here)
    page.evaluate(BOARD, name)
    page.evaluate("(place) => { board.tell('status', 1); history.replaceState(null, '', place); }", there)
    page.evaluate("() => { board.tell('status', 2); board.tell('status', 3); board.tell('runs', 'undo'); }")
    assert page.evaluate("told") == [1]
    page.evaluate("(place) => history.replaceState(null, '', place)", here)
    page.wait_for_function("() => told.length === 3")
    assert page.evaluate("told") == [1, 3, "undo"]  # the newest word of each name, once
    page.context.close()


def test_a_word_to_the_script_waits_after_a_link_was_pressed_and_ends_with_the_panel(browser):
    page = blank(browser)
    page.evaluate(BOARD, "live")
    page.get_by_text("Out").click()
    page.evaluate("board.tell('status', 1)")
    assert page.evaluate("told") == [1]  # that link opens elsewhere
    page.get_by_text("Compare").click()
    page.evaluate("board.tell('status', 2)")
    assert page.evaluate("told") == [1]
    page.wait_for_function("() => told.length === 2")  # nothing came of the link
    page.get_by_text("Compare").click()
    page.evaluate("() => { board.tell('status', 3); board.close(); board.followed = -Infinity; }")
    page.evaluate("() => new Promise((done) => setTimeout(done, 500))")
    assert page.evaluate("told") == [1, 2]
    page.context.close()


def test_only_another_page_is_another_entry_of_the_history(browser):
    page = blank(browser)
    grown = """async () => {
      const { keepHistoryShort } = await import('/mounting.js');
      keepHistoryShort(), keepHistoryShort();
      const first = history.length, lengths = [];
      for (const url of ['/?noise=1', '/?noise=2', '/compare?a=1', '/compare?a=2', '/']) {
        history.pushState(null, '', url);
        lengths.push(history.length - first);
      }
      return [lengths, location.pathname]; }"""
    assert page.evaluate(grown) == [[0, 0, 1, 1, 2], "/"]
    page.context.close()


# --- the whole scripts


@pytest.mark.parametrize("entry", ["live", "inside", "race", "sweep"])
def test_a_joined_script_begins_without_an_address_and_gives_a_component(page, entry):
    program = """async (text) => {
      const blob = new Blob([text], { type: 'text/javascript' });
      return typeof (await import(URL.createObjectURL(blob))).default; }"""
    assert page.evaluate(program, scripts.joined(entry)) == "function"
