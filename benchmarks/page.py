"""The live page as people meet it: how fast it opens, how fast it answers, what it costs; one page, and ten.

Starts the real app, drives headless Chromium, and prints one JSON object a measurement. Needs what the tests need
(tests/requirements.txt and Chromium). Memory is the sum of the server's processes' proportional set sizes (Linux).
"""

import argparse
import contextlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
from playwright.sync_api import sync_playwright
from websockets.sync.client import connect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ladder.live import frames  # noqa: E402

PORT = 8699
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
ENDLESS = f"http://127.0.0.1:{PORT}/?target=0&at=300"  # the run of a bare address, without its end
INSIDE = f"http://127.0.0.1:{PORT}/inside"
UPDATE = """() => {
  const shown = document.querySelector('.ll-n-update .ll-value')?.textContent;
  const inside = () => document.querySelector('.ll-inside .ll-count').textContent.match(/[\\d,]+/)[0];
  return +(shown ?? inside()).replace(/\\D/g, ''); }"""
FILLED = """() => /[0-9]/.test(document.querySelector('.ll-n-update .ll-value')?.textContent || '')
  && ['costs', 'error', 'gain'].every((name) => document.querySelector(`.ll-${name} .js-plotly-plot`))
  && document.querySelectorAll('.ll-tile').length > 0"""
FILLED_INSIDE = """() => document.querySelector('.ll-bars i')
  && document.querySelector('.ll-combinator .js-plotly-plot .cartesianlayer')"""
WHOLE = 3200  # px: so high is a window 1,440 pixels wide that shows the whole page at once
HEIGHTS = 900, WHOLE  # the first is a laptop's screen
COUNT_REDRAWS = """() => {
  const count = window.redraws; window.redraws = new Map(); if (count) return;
  const seen = window.Plotly.react;
  window.Plotly.react = (chart, ...all) => {
    window.redraws.set(chart, 1 + (window.redraws.get(chart) || 0)); return seen(chart, ...all); }; }"""
REDRAWS = "() => Math.min(...window.redraws.values())"  # of the chart in sight that is drawn least often


def say(**values) -> None:
    """Prints a measurement as a JSON line."""
    print(json.dumps(values), flush=True)


def serve():
    """Starts the app on PORT with an empty folder for its runs. Returns its process as soon as it answers; ends the
    benchmark if it does not."""
    environment = {**os.environ, "LADDER_RUNS": tempfile.mkdtemp()}
    words = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless",
        "true",
        "--server.port",
        str(PORT),
    ]
    server = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(400):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=5)
            return server
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the app did not start")


def memory_megabytes(pid: int) -> float:
    """Returns the proportional set size of a process and its children, in megabytes."""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    total = 0.0
    for one in (str(pid), *children):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total


def opened(browser, url: str = f"http://127.0.0.1:{PORT}/"):
    """Returns a new page with the address `url`, 1,440 x WHOLE pixels, as soon as every panel is filled."""
    page = browser.new_context(viewport={"width": 1440, "height": WHOLE}).new_page()
    page.goto(url)
    page.wait_for_function(FILLED_INSIDE if url.startswith(INSIDE) else FILLED, timeout=60000)
    return page


def opening_seconds() -> float:
    """Returns the seconds from asking for the bare address to every panel filled, in a browser of its own, WHOLE pixels
    high, with nothing cached.

    Playwright has V8 trace each exception that is thrown, also those which Plotly.js catches while it loads. That takes
    most of a second, which no visitor's browser spends. So this browser is driven without Playwright and without the
    protocol's Runtime domain being enabled.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = f"--user-data-dir={folder}", f"--window-size=1440,{WHOLE}", "--remote-debugging-port=0"
        browser = subprocess.Popen(
            [shutil.which("chromium"), *FLAGS.split(), *own], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with connect(_first_page(Path(folder) / "DevToolsActivePort"), max_size=None) as socket:

                def ask(method: str, **parameters) -> dict:
                    socket.send(json.dumps({"id": 1, "method": method, "params": parameters}))
                    return json.loads(socket.recv())["result"]

                start = time.perf_counter()
                ask("Page.navigate", url=f"http://127.0.0.1:{PORT}/")
                while ask("Runtime.evaluate", expression=f"({FILLED})()")["result"].get("value") is not True:
                    time.sleep(0.02)
                return time.perf_counter() - start
        finally:
            browser.terminate()
            browser.wait(20)


def _first_page(active: Path) -> str:
    """Returns the address at which the page of a browser that is just starting can be driven, from the file that the
    browser writes."""
    while True:
        try:
            port = active.read_text().split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                return next(one for one in json.load(answer) if one["type"] == "page")["webSocketDebuggerUrl"]
        except (OSError, IndexError, StopIteration):
            time.sleep(0.1)


def rate(pages, seconds: float, meanwhile=time.sleep) -> list[float]:
    """Returns the updates per second of each page while meanwhile(seconds) runs."""
    before, start = [page.evaluate(UPDATE) for page in pages], time.perf_counter()
    meanwhile(seconds)
    spent = time.perf_counter() - start
    return [round((page.evaluate(UPDATE) - first) / spent, 1) for page, first in zip(pages, before, strict=True)]


def click_seconds(page) -> float:
    """Moves the label budget by a key. Returns the seconds until the number on the panel changes."""
    note = page.locator(".ll-n-supervised .ll-note")
    old, thumb = note.inner_text(), page.get_by_role("slider", name="Labelled samples").first
    thumb.focus()
    start = time.perf_counter()
    page.keyboard.press("ArrowRight" if "20 " in old or "10 " in old else "ArrowLeft")
    page.wait_for_function("(old) => document.querySelector('.ll-n-supervised .ll-note').textContent !== old", arg=old)
    return time.perf_counter() - start


def one_page(browser, server) -> dict[int, float]:
    """Measures opening, answering, pausing and memory of one page. Returns, by the window's height, the p95 of its
    answers while no other page is open (seconds)."""
    say(measure="memory, no page (MB)", value=round(memory_megabytes(server.pid)))
    openings = [opening_seconds() for _ in range(5)]
    say(measure="opening: every panel filled (s)", median=round(statistics.median(openings), 2), all=_round(openings))
    page = opened(browser, ENDLESS)
    say_answers("answer to a control, paused (s)", [click_seconds(page) for _ in range(20)])
    play(page)
    page.wait_for_timeout(4000)
    page.evaluate(COUNT_REDRAWS)
    page.wait_for_timeout(5000)
    say(measure="redraws per second and chart", value=round(page.evaluate(REDRAWS) / 5, 1))
    idle = {}
    for height in HEIGHTS:
        resize(page, height)
        answers = [click_seconds(page) for _ in range(20)]
        say_answers(f"answer to a control, training, window 1440x{height} (s)", answers)
        idle[height] = p95(answers)
    say(measure="memory, one page training (MB)", value=round(memory_megabytes(server.pid)))
    start = time.perf_counter()
    pause(page)
    say(measure="pause (s)", value=round(time.perf_counter() - start, 2))
    page.context.close()
    return idle


def resize(page, height: int) -> None:
    """Makes the page's window `height` pixels high, and waits until it is drawn again."""
    page.set_viewport_size({"width": 1440, "height": height})
    page.wait_for_timeout(3000)


def training_speed(browser, height: int, rounds: int = 10) -> None:
    """Measures what a page in a window of `height` pixels costs the training, left alone and while the noise is moved
    twice a second, by turns of three seconds.

    Before and after each round the same run in the same worker is measured without any page, so that a machine that is
    busy for some seconds slows all of them.
    """
    page = opened(browser, ENDLESS)
    play(page)
    url, run = page.url, run_of(page)
    page.context.close()

    def moving(seconds: float) -> None:
        for key in ("ArrowRight", "ArrowLeft") * int(seconds):
            page.keyboard.press(key)  # a locator's press would search the page for its slider each time
            page.wait_for_timeout(500)

    unseen, resting, moved = [unseen_rate(run, 5)], [], []
    loads = {"at rest": [], "moving": []}
    for _ in range(rounds):
        page = opened(browser, url)
        resize(page, height)
        page.get_by_role("slider", name="Noise std").first.focus()
        page.keyboard.press("ArrowRight")  # away from the presets' value, which a person leaves only once
        turns = []
        for meanwhile, load in zip((time.sleep, moving) * 2, [*loads.values()] * 2, strict=True):
            before = browser_seconds()
            turns.append(rate([page], 3, meanwhile)[0])
            load.append((browser_seconds() - before) / 3)
        page.context.close()
        resting.append(statistics.mean(turns[::2]))
        moved.append(statistics.mean(turns[1::2]))
        unseen.append(unseen_rate(run, 5))
    page = opened(browser, url)
    pause(page)
    page.context.close()
    alone = [(before + after) / 2 for before, after in itertools.pairwise(unseen)]
    pairs = {
        "page against no page": (resting, alone),
        "page, controls moving, against no page": (moved, alone),
        "controls moving against at rest": (moved, resting),
    }
    window = f"1440x{height}"
    say(measure="updates/s without a page", window=window, median=round(statistics.median(unseen), 1))
    for name, (some, others) in pairs.items():
        ratios = [one / other for one, other in zip(some, others, strict=True)]
        low, median, high = _round(statistics.quantiles(ratios, n=4))
        say(measure=f"updates/s, {name}", window=window, ratio=median, quartiles=[low, high], all=_round(ratios))
    medians = {name: round(statistics.median(load), 2) for name, load in loads.items()}
    say(measure="the browser's share of one core", window=window, **medians)


def inside_speed(browser, rounds: int = 10) -> None:
    """Measures what the page Inside costs the training in a window of 1,440 x 900 pixels, against the same run in the
    same worker without any page before and after."""
    page = opened(browser, ENDLESS)
    play(page)
    url, run = page.url.replace("/?", "/inside?"), run_of(page)
    page.context.close()
    unseen, watched = [unseen_rate(run, 5)], []
    for _ in range(rounds):
        page = opened(browser, url)
        resize(page, 900)
        watched.append(rate([page], 6)[0])
        page.context.close()
        unseen.append(unseen_rate(run, 5))
    alone = [(before + after) / 2 for before, after in itertools.pairwise(unseen)]
    ratios = [one / other for one, other in zip(watched, alone, strict=True)]
    low, median, high = _round(statistics.quantiles(ratios, n=4))
    say(measure="updates/s, Inside against no page", ratio=median, quartiles=[low, high], all=_round(ratios))


def browser_seconds() -> float:
    """Returns the processor time of all of Chromium's running processes so far, in seconds."""
    processes = [one.info for one in psutil.process_iter(["name", "cpu_times"])]
    return sum(sum(one["cpu_times"][:2]) for one in processes if one["name"].startswith("chrom"))


def run_of(page) -> str:
    """Returns the id of the run that the page shows."""
    return parse_qs(urlsplit(page.url).query)["run"][0]


def unseen_rate(run: str, seconds: float) -> float:
    """Returns the updates per second of a run that no page is connected to, over `seconds`."""

    def where() -> tuple[int, float]:
        with connect(channel(run), max_size=None) as socket:
            kinds = (frames.decode(message)[0] for message in socket)
            return next(
                header["update"] for header in kinds if header["kind"] in ("history", "increment")
            ), time.perf_counter()

    time.sleep(2)
    first, start = where()
    time.sleep(seconds)
    last, end = where()
    return round((last - first) / (end - start), 1)


def channel(run: str) -> str:
    """Returns the address of a run's live channel."""
    return f"ws://127.0.0.1:{PORT}/live/{run}"


def play(page) -> None:
    """Presses Play and waits until the page says that the run plays."""
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function("() => document.querySelector('.ll-pill').className.includes('playing')")


def pause(page) -> None:
    """Presses Pause and waits until the page says that the run is paused."""
    page.get_by_role("button", name="Pause").first.click()
    page.wait_for_function("() => document.querySelector('.ll-pill').className.includes('paused')")


def ten_pages(browser, server, idle: dict[int, float]) -> None:
    """Measures speeds, redraws, answers and memory of ten pages at once. `idle`: what one_page returned."""
    pages = [opened(browser, ENDLESS) for _ in range(10)]
    for page in pages:
        play(page)
    for height in HEIGHTS:
        window = f"1440x{height}"
        for page in pages:
            page.set_viewport_size({"width": 1440, "height": height})
        time.sleep(5)
        for page in pages:
            page.evaluate(COUNT_REDRAWS)
        speeds = rate(pages, 15)
        redraws = [round(page.evaluate(REDRAWS) / 15, 2) for page in pages]
        say(measure="ten pages: updates/s of each", window=window, all=speeds, factor=factor(speeds))
        say(measure="ten pages: redraws per second and chart", window=window, all=redraws)
        answers = [click_seconds(page) for page in pages for _ in range(3)]
        say_answers(f"ten pages: answer to a control, window {window} (s)", answers, idle[height])
    say(measure="memory, ten pages training (MB)", value=round(memory_megabytes(server.pid)))
    with contextlib.ExitStack() as elsewhere:
        for page in pages[1:]:
            socket = elsewhere.enter_context(connect(channel(run_of(page)), max_size=None))
            threading.Thread(target=lambda socket=socket: list(socket), daemon=True).start()
            page.context.close()
        time.sleep(3)
        answers = [click_seconds(pages[0]) for _ in range(40)]
        what = f"ten pages, nine of them drawn on other machines: answer to a control, window {window} (s)"
        say_answers(what, answers, idle[height])


def factor(speeds: list[float]) -> float:
    """Returns how many times as fast the fastest is as the slowest."""
    return round(max(speeds) / max(min(speeds), 0.1), 2)


def p95(answers: list[float]) -> float:
    """Returns the 95 % quantile of the answers' seconds."""
    return sorted(answers)[int(0.95 * len(answers))]


def say_answers(measure: str, answers: list[float], idle: float | None = None) -> None:
    """Prints the median and the p95 of the answers' seconds, and how many times the p95 `idle` the latter is."""
    times = {} if idle is None else {"times_idle": round(p95(answers) / idle, 2)}
    say(measure=measure, median=round(statistics.median(answers), 2), p95=round(p95(answers), 2), **times)


def _round(values) -> list[float]:
    return [round(value, 2) for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only",
        choices=("one", "speed", "inside", "ten"),
        help="one page, the training's speed, that of the page Inside, or ten pages",
    )
    only = parser.parse_args().only
    server = serve()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
            if only in (None, "one", "ten"):
                idle = one_page(browser, server)
            if only in (None, "speed"):
                for height in HEIGHTS:
                    training_speed(browser, height)
            if only in (None, "inside"):
                inside_speed(browser)
            if only in (None, "ten"):
                ten_pages(browser, server, idle)
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
