"""Two servers behind one nginx, with the file of docs/deployment.md: each class is found on its own."""

import json
import urllib.error
import urllib.request
from contextlib import ExitStack
from http.cookies import SimpleCookie
from types import SimpleNamespace

import pytest
from browsing import PATIENCE, open_sidebar, served
from nginx import documented, proxied
from playwright.sync_api import expect
from websockets.sync.client import connect

from ladder import i18n
from ladder.live.codes import LETTERS, Codes
from ladder.problems import Problem
from ladder.teaching.classes import Classes, check_replica

LETTER_OF = "C", "D"  # as in the file


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The address of the proxy, the code of a class and of a link on each server, and what stops the second server."""
    codes, links = [], []
    with ExitStack() as open_servers:
        second = ExitStack()
        places = []
        for letter in LETTER_OF:
            home = tmp_path_factory.mktemp(f"server_{letter}")
            made = Classes(home, replica=letter.lower())
            codes.append(made.code_of(made.make(f"class {letter}").id))
            made.journal.close()
            links.append(Codes(home / "codes", letter).code("live?v=1&data=moons&at=40"))
            stack = second if letter == LETTER_OF[1] else open_servers
            places.append(stack.enter_context(served(home, LADDER_REPLICA=letter, LADDER_WORKERS="1")))
        open_servers.push(second)
        hosts = [place.removeprefix("http://") for place in places]
        site = documented("Two servers, each with classes of its own.")
        ports = open_servers.enter_context(proxied(site, hosts[0], tmp_path_factory.mktemp("nginx"), hosts[1]))
        yield SimpleNamespace(url=f"http://127.0.0.1:{ports[80]}", codes=codes, links=links, stop_second=second.close)


def asked(url: str, words: dict | None = None, **headers) -> tuple[bytes, dict[str, str]]:
    """What an address answers, and the cookies that it sets."""
    body = json.dumps(words).encode() if words else None
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        cookies = SimpleCookie()
        for line in answer.headers.get_all("Set-Cookie") or []:
            cookies.load(line)
        return answer.read(), {name: one.value for name, one in cookies.items()}


def joined(town, code: str, name: str) -> dict[str, str]:
    """The cookies of a browser that has opened the link with the code and joined."""
    _, first = asked(f"{town.url}/class?code={code.lower()}")
    around = {"Cookie": "; ".join(f"{key}={value}" for key, value in first.items())}
    answer, own = asked(f"{town.url}/class/join", {"code": code, "name": name, "language": "en"}, **around)
    assert json.loads(answer) == {"refusal": ""}
    return first | own


def class_of(town, cookies: dict[str, str]) -> dict:
    """What a student's channel says first."""
    around = {"Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items())}
    with connect(f"{town.url.replace('http', 'ws')}/class/live", additional_headers=around) as channel:
        return json.loads(channel.recv(timeout=30))


def test_codes_begin_with_the_letter_of_their_server(town):
    assert [code[0] for code in town.codes] == [code[0] for code in town.links] == [*LETTER_OF]


def test_a_link_leads_to_the_class_s_server_and_the_browser_stays_there(town):
    for code, letter in zip(town.codes, LETTER_OF, strict=True):
        cookies = joined(town, code, f"Ada of {letter}")
        assert cookies["ladder_replica"] == letter
        assert class_of(town, cookies)["name"] == f"class {letter}"


def test_who_has_no_code_is_given_a_server_and_stays_there(town):
    given = []
    for _ in range(24):
        _, cookies = asked(f"{town.url}/")
        given.append(cookies["ladder_replica"])
        _, again = asked(f"{town.url}/", Cookie=f"ladder_replica={given[-1]}")
        assert again["ladder_replica"] == given[-1]
    assert {*given} == {*LETTER_OF}


def test_a_typed_code_of_the_other_server_s_class_leads_there(town, browser):
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.context.add_cookies([{"name": "ladder_replica", "value": LETTER_OF[0], "url": town.url}])
    page.goto(f"{town.url}/class?lang=en")
    for code in (town.codes[1], f"{LETTER_OF[1]}XXXX"):
        page.get_by_label(i18n.text("student.code", "en")).fill(code)
        page.get_by_label(i18n.text("student.nickname", "en")).fill("Eve")
        page.get_by_role("button", name=i18n.text("student.join", "en")).click()
        page.wait_for_url(f"**/class?*code={code}*")
        expect(page.get_by_label(i18n.text("student.code", "en"))).to_have_value(code)
        page.get_by_label(i18n.text("student.nickname", "en")).fill("Eve")
        page.get_by_role("button", name=i18n.text("student.join", "en")).click()
        if code == town.codes[1]:
            expect(page.locator(".ll-class-who")).to_have_text(f"class {LETTER_OF[1]} · Eve")
            page.context.clear_cookies()
            page.context.add_cookies([{"name": "ladder_replica", "value": LETTER_OF[0], "url": town.url}])
            page.goto(f"{town.url}/class?lang=en")
        else:  # a code of nobody's class is refused once, and not sent around
            expect(page.get_by_role("alert").filter(has_text=code)).to_be_visible()
    page.context.close()


def test_a_link_s_code_leads_to_the_server_that_made_it(town, browser):
    """Scanned, and typed on the other server; on a server that has not made it it is unknown."""
    for code, letter in zip(town.links, LETTER_OF, strict=True):
        assert asked(f"{town.url}/?code={code.lower()}")[1]["ladder_replica"] == letter
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.context.add_cookies([{"name": "ladder_replica", "value": LETTER_OF[0], "url": town.url}])
    page.goto(f"{town.url}/explore?lang=en")
    page.wait_for_selector(".ll-card")
    open_sidebar(page)
    field = page.get_by_label(i18n.text("page.code", "en"), exact=True)
    field.fill(town.links[1])
    field.press("Enter")
    page.wait_for_url("**/?*data=moons*")
    assert {one["name"]: one["value"] for one in page.context.cookies()}["ladder_replica"] == LETTER_OF[1]
    nobody_s = f"{LETTER_OF[0]}XXXX"
    page.goto(f"{town.url}/?code={nobody_s}&lang=en")
    expect(page.get_by_text(i18n.text("problem.code_unknown", "en", code=nobody_s))).to_be_visible()
    page.context.close()


def test_one_server_goes_on_where_the_other_has_stopped(town):
    cookies = joined(town, town.codes[0], "Last")
    town.stop_second()
    assert class_of(town, cookies)["name"] == f"class {LETTER_OF[0]}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        asked(f"{town.url}/class?code={town.codes[1]}")
    with caught.value as answer:
        assert answer.code == 502


@pytest.mark.parametrize("letter", ["CC", "1", "A", "é"])
def test_a_letter_that_no_code_has_is_refused_in_words(letter):
    with pytest.raises(Problem) as caught:
        check_replica(letter)
    for language in i18n.LANGUAGES:
        assert LETTERS[0] in i18n.problem(caught.value, language)
    assert check_replica("c") == "C" and check_replica("") == ""
