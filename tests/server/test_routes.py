"""The live channel over real WebSockets: what a page gets, and what a hidden one does not."""

import json
import socket
import threading

import numpy as np
import pytest
import uvicorn
from farming import eventually
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ladder.live import frames
from ladder.recipe.view import View
from ladder.server import routes
from ladder.settings import Live, Recipe, Structure

N_WORKERS = 1
QUIET = 5 * routes.FRAME_SECONDS  # longer than any pause between two messages to a page that is looked at
RECIPE = Recipe(Structure(widths=(12,)), Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0))


@pytest.fixture(scope="module")
def address(lab):
    """The routes on a real server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # who comes before the server does waits
        app = Starlette(routes=routes.routes(lab))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/live"
        server.should_exit = True
        thread.join()


def say(page, **words) -> None:
    page.send(json.dumps(words))


def news(page, seconds: float = 25) -> tuple[str, dict, dict]:
    """The next message: its kind, header and arrays."""
    header, arrays = frames.decode(page.recv(seconds))
    return header["kind"], header, arrays


def quiet(page) -> None:
    """Wait until nothing comes any more."""
    while True:
        try:
            page.recv(QUIET)
        except TimeoutError:
            return


def test_a_page_gets_history_pictures_and_increments(lab, address, until):
    run_id = lab.create(RECIPE, 60)
    until(run_id, lambda told: told["update"] == 60 and told["status"] == "paused")
    with connect(f"{address}/{run_id}") as page:
        kinds = {}
        while len(kinds) < 2:
            kind, _, arrays = news(page)
            kinds[kind] = arrays
        assert len(kinds["history"]["update"]) == 60
        assert kinds["snapshot"]["z/0"].shape == (10, 64)
        lab.look(run_id, View(samples=1))
        lab.step(run_id, 5)
        seen = []
        while len(seen) < 5:
            kind, _, arrays = news(page)
            seen += list(arrays["update"]) if kind == "increment" and arrays else []
        assert seen == [61, 62, 63, 64, 65]
    assert eventually(lambda: lab.viewers(run_id) == 0)


def test_a_hidden_page_gets_nothing_and_then_all_that_it_missed(lab, address, until):
    run_id = lab.create(RECIPE)
    with connect(f"{address}/{run_id}") as page:
        lab.play(run_id)
        until(run_id, lambda told: told["update"] > 20)
        say(page, visible=False)
        quiet(page)
        hidden_at = lab.status(run_id)["update"]
        until(run_id, lambda told: told["update"] > hidden_at + 200)
        say(page, ping=1)
        with pytest.raises(TimeoutError):
            page.recv(QUIET)
        assert len(lab.mirrors[run_id].viewers) == 1 and lab.status(run_id)["status"] == "playing"

        say(page, visible=True)
        kind, _, arrays = news(page)
        assert kind == "history"
        seen, pictures, back_at = arrays["update"], 0, arrays["update"][-1]
        assert back_at > hidden_at + 200
        while seen[-1] < back_at + 100 or not pictures:
            kind, _, arrays = news(page)
            pictures += kind == "snapshot"
            if kind == "increment" and "update" in arrays:
                seen = np.concatenate([seen, arrays["update"]])
        assert np.array_equal(seen, np.arange(1, seen[-1] + 1))
        lab.pause(run_id)


def test_a_page_that_comes_back_to_a_paused_run_has_its_last_word(lab, address, until):
    run_id = lab.create(RECIPE, 10)
    until(run_id, lambda told: told["update"] == 10 and told["status"] == "paused")
    with connect(f"{address}/{run_id}") as page:
        say(page, visible=False)
        quiet(page)
        lab.step(run_id, 7)
        until(run_id, lambda told: told["update"] == 17 and told["status"] == "paused")
        say(page, visible=True)
        kind, header, arrays = news(page)
        assert (kind, header["update"], header["status"]) == ("history", 17, "paused")
        assert list(arrays["update"]) == list(range(1, 18))


@pytest.mark.parametrize("words", ["{}", "[]", "5", "no JSON", '{"visible": null}', '{"visible": "no"}', "\0"])
def test_words_that_mean_nothing_hide_nobody(lab, address, until, words):
    run_id = lab.create(RECIPE, 10)
    until(run_id, lambda told: told["update"] == 10 and told["status"] == "paused")
    with connect(f"{address}/{run_id}") as page:
        page.send(words)
        quiet(page)
        lab.step(run_id, 1)
        while (told := news(page))[0] == "snapshot" or told[1]["update"] < 11:
            pass


def test_the_channel_of_an_unknown_run_closes_with_a_reason(address):
    with connect(f"{address}/nosuch_run") as page, pytest.raises(ConnectionClosed) as caught:
        page.recv(25)
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4404, "run_unknown")


def test_a_slow_browser_gets_the_whole_history_instead_of_a_queue():
    mailbox = routes.Mailbox(lambda: frames.encode({"kind": "history"}, {}))
    mailbox.open()
    for _ in range(routes.WAITING + 5):
        mailbox.put(frames.encode({"kind": "increment"}, {}))
    for update in range(3):
        mailbox.put(frames.encode({"kind": "snapshot", "update": update}, {}))
    headers = [frames.decode(message)[0] for message in mailbox.take()]
    assert headers[0]["kind"] == "history" and len(headers) < 10
    assert headers[-1] == {"kind": "snapshot", "update": 2}
