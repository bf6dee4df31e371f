"""What the live page costs the network: bytes of an opening and of a second's watching, and an opening on a slow line.

Starts the real app, and lets headless Chromium reach it through a relay that counts the bytes of every connection, of
pages and WebSockets alike, and that lets through 2 Mbit/s with 150 ms for the way there and back. Prints one JSON
object a measurement. Needs what the tests need (tests/requirements.txt and Chromium).
"""

import asyncio
import shutil
import statistics
import threading
import time

from page import FLAGS, PORT, say, serve
from playwright.sync_api import sync_playwright

RELAY = PORT + 1
BYTES_A_SECOND, ONE_WAY = 250_000, 0.075  # 2 Mbit/s; seconds
ROUNDS, WATCHED = 5, 20  # openings; seconds
USABLE = """() => /[0-9]/.test(document.querySelector('.ll-n-update .ll-value')?.textContent || '')
  && [...document.querySelectorAll('.ll-controls > .ll-slider input')].every((one) => !one.disabled)
  && document.querySelector('.st-key-button-play button')"""
DRAWN = "() => ['costs', 'error'].every((name) => document.querySelector(`.ll-${name} .js-plotly-plot`))"


class Relay:
    """A TCP relay from RELAY to PORT in a thread of its own. `received`: the bytes that went to the browser so far.
    `slow`: whether it holds them back as the line would."""

    def __init__(self) -> None:
        self.received, self.slow, self.free = 0, False, 0.0
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", RELAY)
        await server.serve_forever()

    async def _connected(self, browser, to_browser) -> None:
        app, to_app = await asyncio.open_connection("127.0.0.1", PORT)
        await asyncio.gather(self._pass_on(browser, to_app, False), self._pass_on(app, to_browser, True))

    async def _pass_on(self, source, target, down: bool) -> None:
        """Sends on what comes from `source` until it ends. All connections share the line to the browser."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        sender = asyncio.create_task(self._send(waiting, target))
        while data := await _next(source):
            due = time.monotonic()
            if down:
                self.received += len(data)
            if down and self.slow:
                due = self.free = max(self.free, due) + len(data) / BYTES_A_SECOND
            await waiting.put((due + ONE_WAY if self.slow else 0.0, data))
        await waiting.put((0.0, b""))
        await sender

    async def _send(self, waiting, target) -> None:
        while True:
            due, data = await waiting.get()
            if not data:
                return target.close()
            await asyncio.sleep(due - time.monotonic())
            target.write(data)


async def _next(source) -> bytes:
    """The next bytes of a connection, none where it has ended."""
    try:
        return await source.read(16_384)
    except ConnectionError:
        return b""


def main() -> None:
    server, relay = serve(), Relay()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())

            def opened(query: str = ""):
                page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
                page.goto(f"http://127.0.0.1:{RELAY}/{query}", timeout=120_000, wait_until="commit")
                page.wait_for_function(USABLE, timeout=120_000)
                return page

            def drawn(page):
                page.wait_for_function(DRAWN, timeout=120_000)
                return page

            drawn(opened()).context.close()  # the server has made what it makes once
            sizes = []
            for _ in range(ROUNDS):
                before = relay.received
                page = drawn(opened())
                page.wait_for_timeout(2000)
                sizes.append(relay.received - before)
                page.context.close()
            say(what="an opening, nothing cached", kilobytes=round(statistics.median(sizes) / 1000))
            for query, words in (
                ("?pace=100&target=0&at=20", "100 updates a second"),
                ("?target=0&at=20", "full speed"),
            ):
                page = drawn(opened(query))
                page.get_by_role("button", name="Play").first.click()
                page.wait_for_timeout(3000)
                before = relay.received
                page.wait_for_timeout(1000 * WATCHED)
                rate = (relay.received - before) / WATCHED
                say(what="a second of watching", speed=words, kilobytes=round(rate / 1000, 1))
                page.context.close()
            relay.slow, seconds = True, []
            for _ in range(ROUNDS):
                began = time.monotonic()
                page = opened()
                usable = time.monotonic() - began
                drawn(page)
                seconds.append((usable, time.monotonic() - began))
                page.context.close()
            for what, times in zip(("numbers, controls and Play", "charts"), zip(*seconds, strict=True), strict=True):
                rounded = [round(one, 1) for one in sorted(times)]
                say(what=f"{what} at 2 Mbit/s with 150 ms, nothing cached", seconds=rounded)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
