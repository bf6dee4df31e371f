"""The live page in a real browser through nginx, with the files of docs/deployment.md."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from browsing import chromium, press, served, slide, status, updates, visit, wait_for_updates
from nginx import documented, proxied
from playwright.sync_api import expect

BELOW = "Below /lab/, which the server knows."
STRIPPED = "Below /lab/, which the server does not know."
HOST = "lab.example.org"  # no name of this machine, so over http no secure context: the browser keeps its clipboard


@pytest.fixture(scope="module")
def at_the_root(tmp_path_factory):
    """Host and port of an app at the root."""
    with served(tmp_path_factory.mktemp("runs")) as url:
        yield url.removeprefix("http://")


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    """Host and port of an app with --server.baseUrlPath lab."""
    with served(tmp_path_factory.mktemp("runs"), "--server.baseUrlPath", "lab", path="/lab") as url:
        yield url.removeprefix("http://").removesuffix("/lab")


@pytest.fixture(scope="module")
def browser():
    """Chromium that finds HOST on this machine."""
    with chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1") as started:
        yield started


def journey(browser, url: str, folder: Path) -> None:
    """Open, train, move a slider, export, go to the other pages and back, reload."""
    page = visit(browser, f"{url}?target=0", ignore_https_errors=True)
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    run = re.search(r"run=([\w-]+)", page.url)[1]
    press(page, "Play")
    wait_for_updates(page, 330)
    slide(page, "Noise std", "ArrowRight", 3)
    expect(page).to_have_url(re.compile(r"&h=\d+%21noise"))
    press(page, "Pause")
    status(page, "Paused")
    with page.expect_download() as download:
        press(page, "Download")
    saved = folder / "run.zip"
    download.value.save_as(saved)
    names = zipfile.ZipFile(saved).namelist()
    assert "checkpoint.npz" in names and {"charts/costs.png", "charts/labeled.png"} <= set(names)
    n_updates = updates(page)
    for name in ("Compare", "Explore"):
        page.get_by_role("link", name=name).first.click()
        page.wait_for_selector(".ll-number, .ll-card")
        expect(page).to_have_url(re.compile(rf"^{re.escape(url)}{name.lower()}\?"))
    page.get_by_role("link", name="Live").first.click()
    page.wait_for_selector(".ll-n-update")
    page.reload()
    page.wait_for_selector(".ll-n-update .ll-value")
    wait_for_updates(page, n_updates - 1)
    assert updates(page) == n_updates and f"run={run}" in page.url and page.url.startswith(f"{url}?")
    assert page.faults == [] and refused == []
    page.context.close()


def test_at_the_root_with_nginx_s_own_limits(browser, at_the_root, tmp_path):
    site = documented("At the root of a name of its own.")
    site, n_lines = re.subn(r"    client_max_body_size .*\n", "", site)
    assert n_lines == 1
    with proxied(site, at_the_root, tmp_path) as ports:
        journey(browser, f"http://{HOST}:{ports[80]}/", tmp_path)


def test_below_a_path_that_the_server_knows(browser, below, tmp_path):
    with proxied(documented(BELOW), below, tmp_path) as ports:
        journey(browser, f"http://127.0.0.1:{ports[80]}/lab/", tmp_path)


def test_below_a_path_that_the_proxy_strips(browser, at_the_root, tmp_path):
    with proxied(documented(STRIPPED), at_the_root, tmp_path) as ports:
        journey(browser, f"http://127.0.0.1:{ports[80]}/lab/", tmp_path)


def test_over_https(browser, at_the_root, tmp_path):
    openssl = shutil.which("openssl")
    assert openssl is not None
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab -keyout key.pem -out chain.pem"
    subprocess.run([openssl, *words.split()], cwd=tmp_path, check=True, capture_output=True)
    site = documented("HTTPS; plain http leads there.")
    for name, file in (("fullchain.pem", "chain.pem"), ("privkey.pem", "key.pem")):
        site = re.sub(rf"/etc/letsencrypt/\S*{name}", str(tmp_path / file), site)
    with proxied(site, at_the_root, tmp_path) as ports:
        journey(browser, f"https://127.0.0.1:{ports[443]}/", tmp_path)


def test_a_link_as_long_as_they_get_passes(browser, at_the_root, tmp_path):
    steps = ";".join(f"{i}!noise={i % 7 / 10},0.1234567,0.2345678,0.3456789" for i in range(1, 120))
    with proxied(documented("At the root of a name of its own."), at_the_root, tmp_path) as ports:
        page = visit(
            browser, f"http://127.0.0.1:{ports[80]}/?v=1&data=moons&widths=9-9&target=0&at=130&h={steps[:5500]}"
        )
        wait_for_updates(page, 100)
        page.wait_for_function("() => location.search.length > 4000")
        n_updates = updates(page)
        assert len(page.url) < 6144
        page.reload()
        page.wait_for_selector(".ll-n-update .ll-value")
        wait_for_updates(page, n_updates - 1)
        page.context.close()


def test_a_link_is_copied_over_plain_http(browser, at_the_root, tmp_path):
    with proxied(documented("At the root of a name of its own."), at_the_root, tmp_path) as ports:
        page = visit(browser, f"http://{HOST}:{ports[80]}/")
        assert page.evaluate("() => window.isSecureContext") is False
        press(page, "Share")
        code = page.locator("[data-testid=stCode]")
        code.hover()
        page.evaluate(
            "() => addEventListener('copy', (event) => (window.copied = event.clipboardData.getData('text')))"
        )
        code.get_by_role("button").click()
        expect(code.get_by_role("button", name="Copied")).to_be_visible()
        expect(code).to_be_visible()  # the box that it stands in is still open
        assert page.faults == []
        page.context.close()


def test_a_checkpoint_that_nginx_refuses_is_answered_in_a_sentence(browser, at_the_root, tmp_path):
    site = re.sub(r"    client_max_body_size .*\n", "", documented("At the root of a name of its own."))
    large = tmp_path / "large.npz"
    large.write_bytes(bytes(3_000_000))
    with proxied(site, at_the_root, tmp_path) as ports:
        page = visit(browser, f"http://127.0.0.1:{ports[80]}/")
        press(page, "Share")
        page.locator("input[type=file]").set_input_files(large)
        expect(page.get_by_text("client_max_body_size")).to_be_visible()
        assert page.faults == []
        page.context.close()


def test_inside_a_frame_the_page_stays_embedded(browser, at_the_root, tmp_path):
    site = documented("At the root of a name of its own.")
    inner = '<iframe src="/?embed=true&target=0&at=300" width=1200 height=800></iframe>'
    frame = f"location = /class.html {{ default_type text/html; return 200 '<!doctype html>{inner}'; }}\n"
    with proxied(site.replace("location / {", f"{frame}location / {{", 1), at_the_root, tmp_path) as ports:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"http://127.0.0.1:{ports[80]}/class.html")
        inside = page.frame_locator("iframe")
        expect(inside.locator(".ll-n-update .ll-value")).to_have_text("300")
        inside.get_by_role("button", name=re.compile("^Play")).first.click()
        expect(inside.locator(".ll-n-update .ll-value")).not_to_have_text("300")
        address = page.frames[1].url
        assert "embed=true" in address and "run=" in address
        page.context.close()
