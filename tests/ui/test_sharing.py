"""Links for others: whose address they have, the QR code, and codes from the board, on every page that shares."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from browsing import open_sidebar, press, served, visit
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest
from widgets import MAIN

from ladder import i18n
from ladder.server import reach
from ladder.ui import service, sharing

N_WORKERS = 1
LINK = "http://10.0.0.7:8501/?v=1&at=300"
LONG = "https://hub.example.org/user/somebody.with.a.long.name/proxy/8501/?code=K852M"


def opened(page: str = "live") -> AppTest:
    """A page with its Share box open."""
    drawn = AppTest.from_file(MAIN, default_timeout=60).run()
    drawn.session_state[{"live": "share", "compare": "race.share"}.get(page, f"{page}.share")] = True
    drawn = drawn.run() if page == "live" else drawn.switch_page(f"../../pages/{page}.py").run()
    assert not drawn.exception
    return drawn


@pytest.fixture
def networks(monkeypatch):
    """networks(addresses): this machine has these addresses."""
    return lambda *found: monkeypatch.setattr(reach, "machine_addresses", lambda: list(found))


@pytest.mark.parametrize("page", sharing.REMEMBERED)
def test_each_page_s_link_has_the_computer_s_address_and_a_code_that_leads_to_it(lab, networks, server_jobs, page):
    networks("10.0.0.7")
    drawn = opened(page)
    link = next(one.value for one in drawn.code if "v=1" in one.value)
    assert link.startswith(f"http://10.0.0.7:8501/{'' if page == 'live' else page}?")
    code = re.search(
        r'll-code">(\w+)<', next(one.proto.body for one in drawn.get("html") if "ll-code" in one.proto.body)
    )[1]
    found, _, query = service.codes().link(code).partition("?")
    assert found == page and parse_qsl(query) == parse_qsl(urlsplit(link).query)
    other = AppTest.from_file(MAIN, default_timeout=60)
    other.query_params["code"] = f" {code.lower()}."
    assert not other.run().exception
    # Streamlit's AppTest follows no switch to another page, but keeps what it asks for.
    assert "code" not in other.query_params and other.query_params["v"] == "1"


def test_in_no_network_it_says_so_and_shows_no_code(lab, networks):
    networks()
    drawn = opened()
    assert i18n.text("problem.share_offline", "en") in [one.value for one in drawn.caption]
    assert "//localhost:" in drawn.code[0].value and not drawn.get("imgs")


def test_of_several_networks_one_is_chosen(lab, networks):
    networks("10.0.0.7", "192.168.1.5")
    drawn = opened()
    assert "//10.0.0.7:" in drawn.code[0].value
    drawn = drawn.selectbox(key="share.address").set_value("http://192.168.1.5:8501/").run()
    assert "//192.168.1.5:" in drawn.code[0].value


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_code_without_a_link_is_answered_in_a_sentence(lab, language):
    drawn = AppTest.from_file(MAIN, default_timeout=60)
    drawn.query_params.update({"lang": language})
    drawn.run().text_input(key="code.field.0").set_value("ABC23").run()
    assert i18n.text("problem.code_unknown", language, code="ABC23") in [one.value for one in drawn.warning]


def test_a_code_opens_a_link_in_place_of_the_run_in_view(lab):
    code = service.codes().code("live?v=1&data=moons&at=30")
    drawn = AppTest.from_file(MAIN, default_timeout=60).run()
    before = drawn.session_state["run"]
    lab.play(before)
    drawn.text_input(key="code.field.0").set_value(code).run()
    assert not drawn.exception and drawn.session_state["run"] != before
    assert lab.recipe(drawn.session_state["run"]).structure.dataset == "moons"
    assert drawn.session_state["entries"][0].run == before and not lab.status(before).plays
    assert drawn.text_input(key="code.field.1").value == ""


def test_a_class_s_code_leads_to_where_it_is_joined(lab):
    room = service.classes().make("3b")
    code = service.classes().code_of(room.id)
    drawn = AppTest.from_file(MAIN, default_timeout=60).run()
    drawn.text_input(key="code.field.0").set_value(code.lower()).run()
    assert not drawn.exception and not drawn.warning
    assert i18n.text("student.about", "en") in [one.value for one in drawn.markdown]
    assert drawn.query_params["code"] in (code.lower(), [code.lower()])
    service.classes().act(room.id, "end", {})
    assert not service.classes().is_code(code)
    service.classes().delete(room.id)


@pytest.mark.parametrize("folder", ["about?v=1", "../live?v=1", "", "nonsense"])
def test_a_file_that_is_no_link_of_ours_opens_nothing(lab, folder):
    code = service.codes().code(folder)
    drawn = AppTest.from_file(MAIN, default_timeout=60).run().text_input(key="code.field.0").set_value(code).run()
    assert not drawn.exception
    assert i18n.text("problem.code_unknown", "en", code=code) in [one.value for one in drawn.warning]


@pytest.mark.parametrize("address", [LINK, LONG, LONG + "x" * 1000])
def test_a_qr_code_is_black_on_white_with_a_margin_and_modules_that_a_camera_sees(address):
    drawn = sharing.qr_code(address)
    scale, light, dark = re.search(r'scale\((\d+)\)"><path fill="(.*?)".*?stroke="(.*?)"', drawn).groups()
    assert (light, dark) == ("#fff", "#000") and int(scale) >= sharing.LEAST_SCALE
    assert 'd="M4 4.5h7' in drawn  # the first mark, after a margin of four modules


def test_a_class_opens_what_the_board_shows(browser, tmp_path):
    with served(tmp_path, "--browser.serverAddress", "localhost") as url:
        address = url.replace("127.0.0.1", "localhost")
        teacher = visit(browser, f"{url}/?data=moons&target=0&at=40", 1280, 720)
        press(teacher, "Share")
        expect(teacher.locator(".ll-code")).to_be_visible()
        code = teacher.locator(".ll-code").inner_text()
        picture = teacher.get_by_role("img", name=f"QR code with the address {address}/?code={code}")
        expect(picture).to_be_visible()
        assert picture.evaluate("(one) => one.width / one.naturalWidth") == 1  # modules end where pixels do
        link = teacher.locator("[data-testid=stCode]").inner_text().strip()
        assert link.startswith(f"{address}/?v=1&data=moons&")

        phone = visit(browser, f"{url}/?code={code.lower()}", 390, 844, locale="zh-CN")
        expect(phone).to_have_url(re.compile("data=moons.*at=40"))

        phone.goto(f"{url}/compare?code=QQQQQ")
        expect(phone.get_by_text(i18n.text("problem.code_unknown", "zh", code="QQQQQ"))).to_be_visible()
        assert "/compare" not in phone.url

        phone.goto(f"{url}/explore")
        phone.wait_for_selector(".ll-card")
        open_sidebar(phone)
        field = phone.get_by_label(i18n.text("page.code", "zh"), exact=True)
        field.fill(code)
        field.press("Enter")
        expect(phone).to_have_url(re.compile("/\\?.*data=moons"))
        assert teacher.faults == phone.faults == []
