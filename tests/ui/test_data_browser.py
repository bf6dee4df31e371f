"""A person's own data in a real browser: from the file to the trained model, for each kind of file; screenshots."""

import re

import numpy as np
import onnxruntime
import pytest
from browsing import PATIENCE, SHOTS, open_sidebar, press, settled, wait_for_updates
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from sklearn.datasets import load_wine
from sources import picture, zipped

SIZES = {"laptop": (1280, 720), "desk": (1440, 900), "hall": (1920, 1080)}
HEIGHT = "document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect().height"


@pytest.fixture
def page(browser, own_address, request):
    """The page Data, in the size and language that the test asks for."""
    (width, height), language = request.param
    page = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{own_address}/data?v=1&lang={language}")
    expect(page.locator("input[type=file]")).to_be_attached()
    yield page
    page.context.close()


def shot(page: Page, name: str) -> None:
    """A screenshot of what the window shows, at rest."""
    SHOTS.mkdir(exist_ok=True)
    settled(page, HEIGHT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=SHOTS / f"{name}.png")


def shots(page: Page, name: str, sizes: dict[str, tuple[int, int]]) -> None:
    """Screenshots of the whole page in windows of these sizes."""
    before = page.viewport_size
    for size, (width, height) in sizes.items():
        page.set_viewport_size({"width": width, "height": height})
        settled(page, HEIGHT)
        page.set_viewport_size({"width": width, "height": max(height, round(page.evaluate(HEIGHT)) + 60)})
        shot(page, f"{name}-{size}")
    page.set_viewport_size(before)


def trained(page: Page, name: str, words: tuple[str, str, str] = ("Train on it", "Play", "Pause")) -> Page:
    """The live page of the data that were kept last, after some hundred updates, with a screenshot."""
    button, play, pause = words
    with page.context.expect_page() as waiting:
        page.get_by_role("link", name=button).first.click()
    live = waiting.value
    live.set_default_timeout(PATIENCE)
    live.wait_for_selector(".ll-costs .js-plotly-plot .cartesianlayer")
    expect(live).to_have_url(re.compile("data=own-"))
    press(live, play)
    wait_for_updates(live, 400)
    press(live, pause)
    shot(live, name)
    return live


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})


def wine(n_labelled: int = 100) -> bytes:
    """scikit-learn's wine as a spreadsheet program in Germany writes it; most rows of it have a class."""
    bunch, rng = load_wine(), np.random.default_rng(5)
    rows = rng.permutation(len(bunch.target))
    lines = [";".join([*bunch.feature_names, "cultivar"])]
    for k, row in enumerate(rows):
        values = [f"{value:g}".replace(".", ",") for value in bunch.data[row]]
        if k % 20 == 3:
            values[k % 13] = ""
        kind = ["Barolo", "Grignolino", "Barbera"][bunch.target[row]] if k < n_labelled else ""
        lines.append(";".join([*values, kind]))
    return "\r\n".join(lines).encode("latin-1")


def shapes(n_labelled: int = 20, n_others: int = 150) -> bytes:
    """A zip of drawn shapes in class folders, and many of no class."""
    rng, files = np.random.default_rng(6), {}
    kinds = ["circle", "square", "triangle"]
    for k in range(3 * n_labelled + n_others):
        kind = kinds[k % 3]
        folder = kind if k < 3 * n_labelled else "unlabelled"
        files[f"shapes/{folder}/{k:03d}.png"] = picture(_shape(kind, rng))
    return zipped(files)


def _shape(kind: str, rng: np.random.Generator) -> np.ndarray:
    image = Image.new("L", (28, 28), 0)
    draw = ImageDraw.Draw(image)
    radius, x, y = rng.integers(6, 11), *rng.integers(11, 18, 2)
    box = [int(x - radius), int(y - radius), int(x + radius), int(y + radius)]
    if kind == "circle":
        draw.ellipse(box, outline=255, width=2)
    else:
        n, turn = {"square": 4, "triangle": 3}[kind], int(rng.integers(-15, 16))
        draw.regular_polygon((int(x), int(y), int(radius)), n, rotation=turn, outline=255, width=2)
    noisy = np.asarray(image) * 0.85 + rng.normal(12, 9, (28, 28))
    return noisy.clip(0, 255).astype(np.uint8)


def sentences(n: int = 240, n_labelled: int = 90) -> bytes:
    """A table with a column of Chinese texts, and a topic that most rows lack."""
    rng = np.random.default_rng(7)
    topics = {
        "天气": ("今天|明天|周末|早上", "有小雨|会下雪|刮大风|放晴", "气温下降|路面湿滑|记得带伞|适合散步"),
        "体育": (
            "主队|客队|年轻球员|教练",
            "赢得比赛|换人调整|进了两球|输掉决赛",
            "观众欢呼|积分上升|准备下一场|伤病不少",
        ),
        "美食": (
            "这碗面|红烧肉|清蒸鱼|点心",
            "味道鲜美|火候正好|有点咸|香气扑鼻",
            "值得再来|价格实惠|家人喜欢|配米饭吃",
        ),
    }
    names, lines = list(topics), ["内容,主题"]
    for k in range(n):
        name = names[k % 3]
        words = [rng.choice(part.split("|")) for part in topics[name]]
        lines.append(f"{'，'.join(words)}。第{k}条,{name if k < n_labelled else ''}".replace(",", "\t"))
    return "\n".join(lines).replace("内容,主题", "内容\t主题").encode("gb18030")


@pytest.mark.parametrize("page", [(SIZES["desk"], "en")], indirect=True)
def test_a_table_with_blank_labels_becomes_a_trained_model_and_its_files(page, own_address):
    shots(page, "data-empty", SIZES)
    choose(page, "wine_cellar.csv", wine())
    expect(page.get_by_text("What will be trained on")).to_be_visible()
    page.get_by_text("How the file is read").click()
    expect(page.get_by_text("Decimal sign", exact=True)).to_be_visible()
    shots(page, "data-table", SIZES)
    press(page, "Keep these data")
    expect(page.get_by_text("wine cellar", exact=True)).to_be_visible()
    expect(page.get_by_text("What will be trained on")).to_be_hidden()
    shots(page, "data-kept", SIZES)
    live = trained(page, "data-live")
    live.locator(".ll-models-open").click()
    with live.expect_download() as waiting:
        live.get_by_role("button", name="ladder.onnx").click()
    shot(live, "data-files")
    model = onnxruntime.InferenceSession(waiting.value.path().read_bytes())
    label, probabilities = model.run(None, {"rows": np.zeros((2, 13), np.float32)})
    assert {*label} <= {"Barolo", "Grignolino", "Barbera"} and probabilities.shape == (2, 3)

    live.get_by_role("link", name="Ask it about rows of a file").click()
    live.locator("input[type=file]").last.set_input_files({"name": "new.csv", "mimeType": "", "buffer": wine(0)})
    with live.expect_download() as waiting:
        live.get_by_role("button", name="Save all as CSV").click()
    assert len(waiting.value.path().read_bytes().splitlines()) == 179
    shots(live, "data-predicted", {"desk": SIZES["desk"]})

    page.goto(f"{own_address}/compare?lang=en")
    page.wait_for_selector(".ll-standings td")
    open_sidebar(page)
    page.locator(".st-key-dataset_choice").get_by_role("radio", name="wine cellar").click()
    expect(page).to_have_url(re.compile("data=own-"))
    expect(page.locator(".ll-pill")).to_have_text("Paused")
    press(page, "Play")
    done = "document.querySelector('.ll-count').textContent.split('·')[0].replace(/\\D/g, '')"
    page.wait_for_function(f"() => +{done} >= 400")
    errors = page.locator(".ll-standings td:nth-child(2)").all_inner_texts()
    assert len(errors) == 3 and all(re.fullmatch(r"\d+\.\d %", one) for one in errors)
    shot(page, "data-compare")


@pytest.mark.parametrize("page", [(SIZES["laptop"], "en")], indirect=True)
def test_images_in_class_folders_are_trained_on(page):
    choose(page, "shapes.zip", shapes())
    expect(page.get_by_text("What will be trained on")).to_be_visible()
    shots(page, "data-images", SIZES)
    press(page, "Keep these data")
    expect(page.get_by_text("shapes", exact=True)).to_be_visible()
    live = trained(page, "data-images-live")
    rows = live.locator(".ll-strip-room")  # the pictures have room between the card's title and the classes' names
    assert rows.evaluate("(one) => one.scrollHeight <= one.clientHeight + 1 && one.clientHeight > 60")


@pytest.mark.parametrize("page", [((390, 844), "zh")], indirect=True)
def test_chinese_texts_are_trained_on_from_a_phone(page):
    shot(page, "data-phone")
    choose(page, "短文.csv", sentences())
    expect(page.get_by_text("将用来训练的数据")).to_be_visible()
    shots(page, "data-texts", {"phone": (390, 844)})
    press(page, "保存这份数据")
    expect(page.get_by_text("“短文”已保存")).to_be_in_viewport()  # its card is above what a phone shows then
    shot(page, "data-phone-kept")
    trained(page, "data-phone-live", ("用它训练", "训练", "暂停"))
