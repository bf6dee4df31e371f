"""The page in a real browser, for tests: the app on a free port, Chromium, and what a visitor does."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "tests" / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PATIENCE = 60_000  # ms that a slow machine may take; the page itself answers within a second
expect.set_options(timeout=PATIENCE)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(runs: Path, *options: str, path: str = "", **environment: str) -> Iterator[str]:
    """The address of the real app on a free port of 127.0.0.1, with Streamlit's `options`, its runs in `runs`.

    `path` is what the server's baseUrlPath puts before the addresses: "/lab" or nothing.
    """
    port = free_port()
    words = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    words += ["--server.port", str(port), "--server.address", "127.0.0.1", *options]
    around = {**os.environ, "LADDER_RUNS": str(runs), **environment}
    server = subprocess.Popen(words, cwd=ROOT, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}{path}"
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=5)
                break
            except OSError:
                time.sleep(0.3)
        yield url
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Headless Chromium with our FLAGS and others. Without one the test is skipped, or fails where CI is set: there it
    must have run."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS.split(), *flags])
        yield started
        started.close()


def visit(browser, url: str, width=1440, height=900, **options) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(url)
    page.wait_for_function("() => /[0-9]/.test(document.querySelector('.ll-n-update .ll-value')?.textContent || '')")
    page.locator(".ll-costs").scroll_into_view_if_needed()  # charts are drawn where they can be seen
    page.wait_for_selector(".ll-costs .js-plotly-plot .cartesianlayer")
    return page


def updates(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".ll-n-update .ll-value").inner_text()))


def wait_for_updates(page: Page, more_than: int) -> None:
    script = "(n) => +document.querySelector('.ll-n-update .ll-value').textContent.replace(/\\D/g, '') > n"
    page.wait_for_function(script, arg=more_than)


def settled(page: Page, expression: str) -> None:
    """Wait until the value of a JavaScript expression has stayed the same for half a second."""
    page.evaluate("() => { window.settling = null; }")
    page.wait_for_function(f"""() => {{
      const [value, now] = [JSON.stringify({expression}), performance.now()];
      if (window.settling?.value !== value) window.settling = {{ value, since: now }};
      return now - window.settling.since > 500; }}""")


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{label}")).first.click()


def marks(page: Page) -> str:
    """The words of all markers on the costs chart."""
    return page.evaluate(
        "() => (document.querySelector('.ll-costs .js-plotly-plot').layout.annotations || [])"
        ".map((one) => one.text + ' ' + (one.hovertext || '')).join(' ')"
    )


def open_sidebar(page: Page) -> None:
    """Open the sidebar, which the live page keeps closed, unless it is open, and wait until it has come to rest: a list
    that is opened in a moving sidebar closes again."""
    if page.get_by_test_id("stExpandSidebarButton").is_visible():
        page.get_by_test_id("stExpandSidebarButton").evaluate("(one) => one.click()")  # a tip may lie over it
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "false")
    settled(page, "document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().x")


def slide(page: Page, label: str, key: str, times: int) -> None:
    thumb = page.get_by_role("slider", name=re.compile(label)).first
    expect(thumb).to_be_enabled()
    thumb.focus()
    for _ in range(times):
        thumb.press(key)


def status(page: Page, word: str) -> None:
    expect(page.locator(".ll-pill")).to_have_text(word, timeout=PATIENCE)
