"""A newcomer's journey in a real browser: open, train, move controls, share, reload; it leaves screenshots."""

import re
import zipfile

import pytest
from browsing import SHOTS, marks, open_sidebar, press, settled, slide, status, updates, visit, wait_for_updates
from playwright.sync_api import expect

from ladder.data.datasets import load
from ladder.data.rows import labeled_rows

LINES = "() => document.querySelector('.ll-costs .shapelayer path').getAttribute('d').match(/V/g).length"


def test_the_journey(browser, address):
    SHOTS.mkdir(exist_ok=True)
    page = visit(browser, address)
    assert updates(page) == 300  # the bare address shows a partly trained ladder
    for card in ("strip", "costs", "error", "gain", "layers", "projection", "confusion", "labeled"):
        assert page.locator(f".ll-card.ll-{card}").count() == 1
    page.screenshot(path=SHOTS / "1_opened.png")

    press(page, "Play")
    wait_for_updates(page, 330)
    chart = page.locator(".ll-costs .js-plotly-plot").element_handle()
    slide(page, "Noise std", "ArrowRight", 8)
    page.wait_for_function(
        "() => (document.querySelector('.ll-costs .js-plotly-plot').layout.annotations || [])"
        ".some((one) => /σ/.test(one.text + (one.hovertext || '')))"
    )
    slide(page, "λ · input", "ArrowLeft", 2)
    slide(page, "Labelled samples", "ArrowRight", 2)
    page.wait_for_function("() => /50/.test(document.querySelector('.ll-n-supervised .ll-note').textContent)")
    page.wait_for_function(
        "() => { const words = (document.querySelector('.ll-costs .js-plotly-plot').layout.annotations || [])"
        ".map((one) => one.text + (one.hovertext || '')).join(); return /λ/.test(words) && /labels/.test(words); }"
    )
    assert page.evaluate(LINES) == marks(page).count("updates ") > 3
    same = page.locator(".ll-costs .js-plotly-plot").element_handle()
    assert page.evaluate("([a, b]) => a === b", [chart, same])  # the chart was kept through all reruns
    page.screenshot(path=SHOTS / "2_training.png")

    page.keyboard.press("p")  # while a slider has the focus
    status(page, "Paused")
    frozen = updates(page)
    page.keyboard.press("s")
    wait_for_updates(page, frozen)
    assert updates(page) == frozen + 1
    page.locator(".ll-labeled").scroll_into_view_if_needed()
    expect(page.locator(".ll-tile img")).to_have_count(50)
    tiles = "(all) => all.map((one) => [one.naturalWidth, one.width, one.height])"
    assert page.locator(".ll-tile img").evaluate_all(tiles) == [[8, 54, 54]] * 50  # within their borders

    run = re.search(r"run=([\w-]+)", page.url)[1]
    loss = page.locator(".ll-n-supervised .ll-value").inner_text()
    press(page, "Share")
    link = page.locator("[data-testid=stCode]").inner_text().strip()
    assert "run=" not in link and f"at={frozen + 1}" in link and "h=" in link
    page.keyboard.press("Escape")

    other = visit(browser, link)
    wait_for_updates(other, frozen)
    status(other, "Paused")
    assert updates(other) == frozen + 1
    assert other.locator(".ll-n-supervised .ll-value").inner_text() == loss
    assert run not in other.url
    other.context.close()

    page.reload()
    page.wait_for_selector(".ll-costs .js-plotly-plot .cartesianlayer")
    wait_for_updates(page, frozen)
    assert updates(page) == frozen + 1 and f"run={run}" in page.url

    press(page, "Reset")
    page.wait_for_function("() => document.querySelector('.ll-n-update .ll-value').textContent === '0'")
    assert page.faults == []
    page.context.close()


def test_a_finished_run_goes_on_without_its_target_and_nothing_else_changes(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=150&at=100")
    wait_for_updates(page, 99)
    press(page, "Play")
    status(page, "Finished")
    assert updates(page) == 150
    press(page, "Go on")
    wait_for_updates(page, 300)
    press(page, "Pause")
    status(page, "Paused")
    expect(page).to_have_url(re.compile(r"&h=150%21target%3D0&"))
    open_sidebar(page)
    page.get_by_text("Optimiser and stop rules").first.click()
    expect(page.get_by_role("spinbutton", name=re.compile("Target"))).to_have_value("0")
    page.screenshot(path=SHOTS / "1_went_on.png")
    assert page.faults == []
    page.context.close()


def test_a_run_is_slow_until_it_is_told_otherwise(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=50&pace=10")
    wait_for_updates(page, 49)
    status(page, "Paused")
    press(page, "Play")
    wait_for_updates(page, 56)
    expect(page.locator(".ll-n-rate .ll-note")).to_have_text("slowed to 10/s")
    page.locator(".ll-error").scroll_into_view_if_needed()
    page.wait_for_function(  # measured in between too
        "() => document.querySelector('.ll-error .js-plotly-plot')?.data?.[0].x.some((update) => update > 52)"
    )
    page.get_by_role("radio", name="Full").or_(page.get_by_role("button", name="Full")).first.click()
    wait_for_updates(page, 400)
    expect(page.locator(".ll-n-rate .ll-note")).to_have_text("")
    assert "pace" not in page.url and page.faults == []
    page.context.close()


def test_the_buttons_letters_work_after_a_list_or_a_number_field_was_used(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=50")
    wait_for_updates(page, 49)
    status(page, "Paused")
    open_sidebar(page)
    preset = page.get_by_role("combobox", name=re.compile("Preset"))
    preset.click()
    page.get_by_role("option", name=re.compile("Bottom")).click()
    expect(page).to_have_url(re.compile("lam%3D5000"))
    page.keyboard.press("p")
    status(page, "Training")
    preset = page.get_by_role("combobox", name=re.compile("Preset"))
    preset.click()
    page.keyboard.type("sp")  # it searches in the open list
    expect(preset).to_have_value("sp")
    page.keyboard.press("Escape")
    status(page, "Training")
    press(page, "View")
    page.get_by_role("spinbutton", name=re.compile("Test samples")).click()
    page.keyboard.press("p")
    status(page, "Paused")
    page.keyboard.press("Escape")
    page.locator(".ll-labeled").scroll_into_view_if_needed()
    expect(page.locator(".ll-samples th[scope=col]")).to_have_text(["class", "x", "y"])
    point = re.compile(r"^−?\d\.\d\d$")
    expect(page.locator(".ll-samples tr").nth(1).locator("td")).to_have_text([point, point])
    assert page.faults == []
    page.context.close()


def test_a_table_s_labelled_samples_have_names_units_and_the_measured_values(browser, address):
    page = visit(browser, f"{address}/?data=iris&labels=6&at=0")
    page.locator(".ll-labeled").scroll_into_view_if_needed()
    heads = ["class", "sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
    expect(page.locator(".ll-samples th[scope=col]")).to_have_text(heads)
    data = load("iris")
    rows = labeled_rows(data, 6, 0)
    mean, std = data.scale
    cells = page.locator(".ll-samples td")
    assert cells.all_inner_texts() == [f"{value:.3g}" for value in (data.x[rows] * std + mean).ravel()]
    expect(cells.first).to_have_attribute("title", re.compile(f"{data.x[rows[0], 0]:.2f}".replace("-", "−")))
    assert page.faults == []
    page.context.close()


def test_a_typed_decimal_comma_is_a_decimal_point_where_fractions_are_asked_for(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=50")
    wait_for_updates(page, 49)
    open_sidebar(page)
    page.get_by_text("Optimiser and stop rules").first.click()
    for label, typed, value in (
        ("Decay of the rate", "0,25", "0.250"),
        ("Stop at test error", "0,1", "0.100"),
        ("Target", "1,200", "1200"),  # whole numbers: the comma of thousands
    ):
        field = page.get_by_role("spinbutton", name=re.compile(label))
        field.click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(field).to_have_value(value)
    expect(page).to_have_url(re.compile(r"decay%3D0\.25"))
    assert page.faults == []
    page.context.close()


def test_back_leads_to_the_page_before_and_not_through_every_move_of_a_slider(browser, address):
    page = visit(browser, address)
    before = page.evaluate("() => history.length")
    slide(page, "Noise std", "ArrowRight", 1)
    expect(page).to_have_url(re.compile("noise%3D0.31"))
    slide(page, "λ · input", "ArrowLeft", 1)
    expect(page).to_have_url(re.compile("lam%3D500"))
    assert page.evaluate("() => history.length") == before
    moved = page.url
    page.get_by_role("link", name=re.compile("Explore")).first.click()
    expect(page).to_have_url(re.compile(r"/explore\?.*axes="))
    page.go_back()
    expect(page).to_have_url(moved)
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("300")
    assert page.faults == []
    page.context.close()


def test_zoom_survives_training(browser, address):
    page = visit(browser, address)
    press(page, "Play")
    wait_for_updates(page, 330)
    page.evaluate(
        "() => window.Plotly.relayout(document.querySelector('.ll-costs .js-plotly-plot'), {'xaxis.range': [50, 150]})"
    )
    before = updates(page)
    page.evaluate(
        "() => { window.plots = 0;"
        " document.querySelector('.ll-costs .js-plotly-plot').on('plotly_afterplot', () => window.plots++); }"
    )
    wait_for_updates(page, before + 200)
    page.wait_for_function("() => window.plots > 2")
    kept = page.evaluate("() => document.querySelector('.ll-costs .js-plotly-plot').layout.xaxis.range")
    assert kept == [50, 150]
    page.context.close()


def test_a_rerun_of_the_script_redraws_and_fades_nothing(browser, address):
    """Both would cost the training, on the machine that it shares with the browser, a third of its speed."""
    page = visit(browser, f"{address}/?data=moons&phi=tanh&at=50")
    wait_for_updates(page, 49)
    status(page, "Paused")
    settled(page, "document.querySelector('.ll-costs').textContent")
    page.evaluate("""() => {
      [window.drawn, window.faded] = [0, 0];
      const react = window.Plotly.react;
      window.Plotly.react = (...all) => { window.drawn++; return react(...all); };
      const fades = (event) => event.propertyName === 'opacity' && event.target.matches('[data-stale], summary');
      document.addEventListener('transitionrun', (event) => (window.faded += fades(event)));
    }""")
    settled(page, "window.drawn")  # a resized card may be drawn once more
    page.evaluate("() => { window.drawn = 0; }")
    press(page, "Share")
    expect(page.get_by_test_id("stCode")).to_be_visible()
    settled(page, "window.drawn")
    assert page.evaluate("() => window.drawn") == 0
    slide(page, "λ · input", "ArrowLeft", 2)
    page.wait_for_function("() => window.drawn > 0")
    assert page.evaluate("() => window.faded") == 0
    page.context.close()


@pytest.mark.parametrize("data", ["moons", "wine"])
def test_data_that_are_no_images_are_exported_with_their_pictures(browser, address, tmp_path, data):
    page = visit(browser, f"{address}/?data={data}&phi=tanh&widths=8-6&at=10")
    wait_for_updates(page, 9)
    status(page, "Paused")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download everything").click()
    waiting.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert {"charts/strip.png", "charts/projection.png", "charts/labeled.png"} <= set(archive.namelist())
    page.context.close()


def test_the_export_is_a_zip_with_charts(browser, address, tmp_path):
    page = visit(browser, address)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download everything").click()
    waiting.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        names = archive.namelist()
        assert {"metrics.csv", "settings.json", "checkpoint.npz", "charts/costs.png", "charts/error.png"} <= set(names)
        (tmp_path / "checkpoint.npz").write_bytes(archive.read("checkpoint.npz"))
    before = page.url
    press(page, "Share")
    (tmp_path / "foreign.npz").write_bytes(b"hello")
    field = page.locator("[data-testid=stFileUploader] input[type=file]")
    field.set_input_files(tmp_path / "foreign.npz")
    refused = page.get_by_text("This file is not a checkpoint of Ladder Lab")
    expect(refused).to_be_visible()
    field.set_input_files(tmp_path / "checkpoint.npz")
    page.wait_for_function(
        "(url) => location.href.match(/run=([\\w-]+)/)[1] !== url.match(/run=([\\w-]+)/)[1]", arg=before
    )
    wait_for_updates(page, 299)
    expect(refused).to_have_count(0)  # it was said of another file
    page.context.close()


@pytest.mark.parametrize("language, scheme, width, height", [("zh", "dark", 1440, 900), ("en", "light", 390, 844)])
def test_other_languages_themes_and_widths(browser, address, language, scheme, width, height):
    SHOTS.mkdir(exist_ok=True)
    url = f"{address}/?data=moons&labels=10&lang={language}"
    page = visit(browser, url, width, height, color_scheme=scheme)
    page.keyboard.press("p")
    wait_for_updates(page, 60)
    settled(page, "document.querySelector('.ll-grid').getBoundingClientRect().height")
    page.screenshot(path=SHOTS / f"3_{language}_{width}_below.png")
    page.locator(".ll-counters").scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / f"3_{language}_{width}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(".ll-regions canvas").count() == 1
    assert page.faults == []
    page.context.close()


def test_what_was_chosen_in_one_language_stays_chosen_in_the_other(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&at=50")
    wait_for_updates(page, 49)
    status(page, "Paused")
    open_sidebar(page)
    page.get_by_role("combobox", name=re.compile("Preset")).click()
    page.keyboard.type("Γ")  # a list closes when the page scrolls, and with it an option to click
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"h=50%21noise%3D0\.3%21lam%3D0%2C0%2C0%2C0%2C0\.5&"))
    page.get_by_text("简体中文").click()
    expect(page.get_by_role("button", name=re.compile("^训练"))).to_be_visible()
    slide(page, "噪声标准差", "ArrowRight", 1)
    expect(page).to_have_url(re.compile(r"h=50%21noise%3D0\.31%21lam%3D0%2C0%2C0%2C0%2C0\.5&"))
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    page.context.close()


def test_a_german_browser_shows_an_english_page_s_numbers_in_english(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=1200", locale="de-DE")
    wait_for_updates(page, 1199)
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("1,200")
    assert page.faults == []
    page.context.close()


@pytest.mark.parametrize("focus", ["the page", "a slider"])
def test_a_letter_that_is_held_down_counts_once(browser, address, focus):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=50")
    wait_for_updates(page, 49)
    status(page, "Paused")
    if focus == "a slider":
        page.get_by_role("slider").first.focus()
    for _ in range(8):
        page.keyboard.down("s")  # from the second on as a held key repeats
    page.keyboard.up("s")
    wait_for_updates(page, 50)
    page.keyboard.press("s")
    wait_for_updates(page, 51)
    settled(page, "document.querySelector('.ll-n-update .ll-value').textContent")
    assert updates(page) == 52
    page.context.close()


def test_a_press_on_the_chosen_language_leaves_it_chosen(browser, address):
    page = visit(browser, f"{address}/?lang=zh")
    open_sidebar(page)
    chosen = page.get_by_role("radiogroup").filter(has_text="English").get_by_role("radio", checked=True)
    expect(chosen).to_have_text("简体中文")
    chosen.click()
    settled(page, "document.querySelector('[data-testid=stApp]').dataset.testScriptState")
    expect(chosen).to_have_text("简体中文")
    expect(page.get_by_role("button", name=re.compile("^训练"))).to_be_visible()
    page.context.close()


def test_each_press_of_a_letter_is_one_press_of_its_button(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=50")
    wait_for_updates(page, 49)
    status(page, "Paused")
    for seed in range(1, 7):
        if seed % 2:
            page.get_by_role("slider").first.focus()
        page.keyboard.press("n")
        expect(page).to_have_url(re.compile(f"seed={seed}&"))
    status(page, "Paused")
    expect(page.locator(".ll-runs-table .ll-in-view .ll-run-name")).to_have_text("weight seed 0 → 6")
    expect(page.locator(".ll-runs-table th[scope=row]")).to_have_count(2)  # a run without updates leaves the list
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("0")
    for n in range(9):
        page.keyboard.press("s")
        wait_for_updates(page, n)
    settled(page, "document.querySelector('.ll-n-update .ll-value').textContent")
    assert updates(page) == 9
    assert page.faults == []
    page.context.close()


def test_quick_navigation_ends_at_the_page_that_was_asked_for_last(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&target=0&at=50")
    wait_for_updates(page, 49)
    status(page, "Paused")
    page.keyboard.press("p")
    status(page, "Training")
    for there in ("How it works", "Live"):  # entries to go back to, should the browser put two quick links into one
        page.get_by_role("link", name=re.compile(there)).first.click()
        page.wait_for_url(re.compile("about|/[?]"))
    expect(page.locator(".ll-costs")).to_be_visible()
    shown = "[location.pathname, !!document.querySelector('.ll-costs')]"
    for pause in (0, 40, 80, 160, 320):  # ms: a panel's first news come within some hundred of its opening
        for step in ("Compare", "How it works", -1, -1, 1, "Live"):
            if isinstance(step, int):
                page.evaluate("(n) => history.go(n)", step)
            else:
                page.get_by_role("link", name=re.compile(step)).first.click()
            page.wait_for_timeout(pause)
        expect(page.locator(".ll-costs")).to_be_visible()
        settled(page, shown)
        assert page.evaluate(shown) == ["/", True]
    assert page.faults == []
    page.context.close()
