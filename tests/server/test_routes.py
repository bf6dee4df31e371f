"""The routes over real connections: what a page's live channel gets, who may connect, and where the routes lie."""

import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
import numpy as np
import pytest
import safetensors.numpy
import uvicorn
from farming import eventually
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ladder.live import frames, store
from ladder.portable import model_files
from ladder.recipe.contestants import usual
from ladder.recipe.plain import recipe_from_json
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.server import downloads, listening, pictures, routes, sockets
from ladder.server.origins import LOCAL, Origins
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.ui import service

N_WORKERS = 1
PATIENCE = 150  # seconds for the files of a model: the process that makes them is started for the first of them
MADE = {model_files.ONNX, model_files.TENSORS, model_files.DESCRIPTION, model_files.SCRIPT}
QUIET = 5 * sockets.FRAME_SECONDS  # longer than any pause between two messages to a page that is looked at
RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))


@contextmanager
def running(lab, base: str = "", origins: Origins = Origins()) -> Iterator[str]:  # noqa: B008
    """The host and port of a real server with the routes."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()  # who comes before the server does waits
        app = Starlette(routes=routes.routes(lab, service.classes(), base, origins))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield f"127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def host(lab):
    """The host and port of the routes."""
    with running(lab) as found:
        yield found


@pytest.fixture(scope="module")
def address(host):
    """Where the live channels are."""
    return f"ws://{host}/live"


@pytest.fixture
def paused(lab, until) -> str:
    """A run that rests."""
    run_id = lab.create(RECIPE, 10)
    until(run_id, lambda told: told.update == 10 and told.status == "paused")
    return run_id


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
    until(run_id, lambda told: told.update == 60 and told.status == "paused")
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
        until(run_id, lambda told: told.update > 20)
        say(page, visible=False)
        quiet(page)
        hidden_at = lab.status(run_id).update
        until(run_id, lambda told: told.update > hidden_at + 200)
        say(page, ping=1)
        with pytest.raises(TimeoutError):
            page.recv(QUIET)
        assert len(lab.mirrors[run_id].viewers) == 1 and lab.status(run_id).status == "playing"

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
    until(run_id, lambda told: told.update == 10 and told.status == "paused")
    with connect(f"{address}/{run_id}") as page:
        say(page, visible=False)
        quiet(page)
        lab.step(run_id, 7)
        until(run_id, lambda told: told.update == 17 and told.status == "paused")
        say(page, visible=True)
        kind, header, arrays = news(page)
        assert (kind, header["update"], header["status"]) == ("history", 17, "paused")
        assert list(arrays["update"]) == list(range(1, 18))


@pytest.mark.parametrize("words", ["{}", "[]", "5", "no JSON", '{"visible": null}', '{"visible": "no"}', "\0"])
def test_words_that_mean_nothing_hide_nobody(lab, address, until, words):
    run_id = lab.create(RECIPE, 10)
    until(run_id, lambda told: told.update == 10 and told.status == "paused")
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
    mailbox = sockets.Mailbox(lambda: frames.encode({"kind": "history"}, {}))
    mailbox.open()
    for _ in range(sockets.WAITING + 5):
        mailbox.put(frames.encode({"kind": "increment"}, {}))
    for update in range(3):
        mailbox.put(frames.encode({"kind": "snapshot", "update": update}, {}))
    headers = [frames.decode(message)[0] for message in mailbox.take()]
    assert headers[0]["kind"] == "history" and len(headers) < 10
    assert headers[-1] == {"kind": "snapshot", "update": 2}


FOREIGN = [
    "http://evil.example",
    "https://127.0.0.1.evil.example",
    "http://localhost.evil.example:8501",
    "http://evil.example/127.0.0.1",
    "http://127.0.0.1@evil.example",
    "http://[::1",
    "file://",
    "null",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_gets_neither_numbers_nor_an_export(host, paused, origin):
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{host}/live/{paused}", additional_headers={"Origin": origin})
    assert refused.value.response.status_code == 403
    assert httpx2.post(f"http://{host}/export/{paused}/x", headers={"Origin": origin}).status_code == 403
    assert httpx2.post(f"http://{host}/export/{paused}/x/a.png", headers={"Origin": origin}).status_code == 403
    assert httpx2.get(f"http://{host}/model/{paused}/run.py", headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://{host}"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://school.example", "X-Forwarded-Host": "school.example"},
        {"Origin": "https://school.example:8443", "X-Forwarded-Host": "school.example:8443, inner"},
        {"Origin": "https://teacher.example:444"},
    ],
    ids=["no browser", "same host", "this machine", "behind a proxy", "behind two proxies", "allowed by name"],
)
def test_the_server_s_own_pages_connect(lab, paused, headers):
    with running(lab, origins=Origins(LOCAL | {"teacher.example"})) as host:
        words = {name: value.format(host=host) for name, value in headers.items()}
        with connect(f"ws://{host}/live/{paused}", additional_headers=words) as page:
            assert news(page)[0] == "history"
        exported = httpx2.post(f"http://{host}/export/{paused}/x", headers=words, timeout=PATIENCE)
        assert (exported.status_code, exported.headers["content-type"]) == (200, "application/zip")


def test_a_forwarded_host_does_not_open_the_door_to_others(host, paused):
    headers = {"Origin": "https://evil.example", "X-Forwarded-Host": "school.example"}
    with pytest.raises(InvalidStatus):
        connect(f"ws://{host}/live/{paused}", additional_headers=headers)


def test_where_every_page_is_allowed_a_foreign_one_connects_unless_the_host_is_none_of_ours(lab, paused):
    foreign = {"Origin": FOREIGN[0]}
    with (
        running(lab, origins=Origins(everyone=True)) as host,
        connect(f"ws://{host}/live/{paused}", additional_headers=foreign) as page,
    ):
        assert news(page)[0] == "history"
    with (
        running(lab, origins=Origins(everyone=True, admits_host=lambda host: False)) as host,
        pytest.raises(InvalidStatus),
    ):
        connect(f"ws://{host}/live/{paused}")


@pytest.mark.parametrize("base", ["lab", "/lab/", "/a/b"])
def test_below_a_base_path_every_route_answers_there_and_nowhere_else(lab, paused, base):
    with running(lab, base) as host:
        path = f"{host}/{base.strip('/')}"
        with connect(f"ws://{path}/live/{paused}") as page:
            assert news(page)[0] == "history"
        assert httpx2.get(f"http://{path}/health").json()["workers"] == N_WORKERS
        assert httpx2.get(f"http://{path}/plotly.min.js").headers["content-type"].startswith("text/javascript")
        drawn = httpx2.get(f"http://{path}/datasets/moons.svg")
        assert drawn.headers["content-type"].startswith("image/svg+xml") and drawn.text == pictures.picture("moons")
        assert httpx2.get(f"http://{path}/datasets/nothing.svg").status_code == 404
        exported = httpx2.post(f"http://{path}/export/{paused}/x", timeout=PATIENCE)
        assert exported.headers["content-type"] == "application/zip"
        repeated = httpx2.get(f"http://{path}/model/{paused}/run.py", timeout=PATIENCE)
        assert "UPDATES = " in repeated.text
        assert httpx2.get(f"http://{host}/health").status_code == 404


@pytest.mark.parametrize("limit", ["MOST_SOCKETS", "MOST_OF_ONE_RUN"])
def test_one_page_too_many_is_told_so_and_comes_in_when_another_leaves(lab, address, paused, monkeypatch, limit):
    monkeypatch.setattr(sockets, limit, 2)
    with connect(f"{address}/{paused}") as first, connect(f"{address}/{paused}") as second:
        assert news(first)[0] == news(second)[0] == "history"
        with connect(f"{address}/{paused}") as third, pytest.raises(ConnectionClosed) as full:
            third.recv(25)
        assert (full.value.rcvd.code, full.value.rcvd.reason) == (sockets.FULL, "sockets_full")

    def comes_in() -> bool:
        with connect(f"{address}/{paused}") as page:
            try:
                return news(page)[0] == "history"
            except ConnectionClosed:
                return False

    assert eventually(comes_in)


def test_a_page_that_sends_a_book_is_shut_out(address, paused):
    with connect(f"{address}/{paused}") as page, pytest.raises(ConnectionClosed) as caught:
        page.send("x" * (sockets.LONGEST_WORDS + 1))
        while True:
            page.recv(25)
    assert caught.value.rcvd.code == listening.TOO_LONG


def test_a_class_of_sixty_with_three_tabs_each_never_meets_a_limit():
    assert 60 * 3 <= sockets.MOST_OF_ONE_RUN <= sockets.MOST_SOCKETS


def test_a_download_holds_the_pictures_that_were_sent_for_it_and_no_others(host, paused):
    at = f"http://{host}/export/{paused}"
    for ticket, name in (("mine", "costs.png"), ("mine", "error.png"), ("yours", "gain.png")):
        assert httpx2.post(f"{at}/{ticket}/{name}", content=b"\x89PNG " + name.encode()).status_code == 204
    found = zipfile.ZipFile(io.BytesIO(httpx2.post(f"{at}/mine", timeout=PATIENCE).content))
    assert {"checkpoint.npz", "settings.json", "metrics.csv"} < set(found.namelist())
    charts = {name: found.read(name) for name in found.namelist() if name.startswith("charts/")}
    assert charts == {"charts/costs.png": b"\x89PNG costs.png", "charts/error.png": b"\x89PNG error.png"}
    again = zipfile.ZipFile(io.BytesIO(httpx2.post(f"{at}/mine", timeout=PATIENCE).content))
    assert not any(name.startswith("charts/") for name in again.namelist())  # nothing is kept


def test_pictures_are_bounded(host, paused, monkeypatch):
    at = f"http://{host}/export/{paused}/bounded"
    send = lambda name, size: httpx2.post(f"{at}/{name}", content=b"x" * size).status_code  # noqa: E731
    monkeypatch.setattr(downloads, "MOST_BYTES", 1000)
    assert [send("a.png", 1000), send("b.png", 1001)] == [204, 413]
    monkeypatch.setattr(downloads, "MOST_IN_ALL", 1500)
    assert [send("b.png", 400), send("c.png", 400)] == [204, 413]
    monkeypatch.setattr(downloads, "MOST_IN_ALL", 10**9)
    monkeypatch.setattr(downloads, "MOST_PICTURES", 2)
    assert send("d.png", 1) == 413
    monkeypatch.setattr(downloads, "KEPT_SECONDS", 0)  # what was sent before is forgotten
    assert send("d.png", 1) == 204
    assert httpx2.post(f"{at}/%20", content=b"x").status_code == 400
    assert httpx2.post(f"http://{host}/export/nosuch/x/a.png", content=b"x").status_code == 404


def test_the_files_of_the_trained_model_are_downloads_of_their_own(host, paused, lab):
    get = lambda name: httpx2.get(f"http://{host}/model/{paused}/{name}", timeout=PATIENCE)  # noqa: E731
    for name, kind in downloads.MODEL_FILES.items():
        answer = get(name)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    said = json.loads(get("ladder.json").content)
    assert said["updates"] == lab.status(paused).update and recipe_from_json(said["recipe"]) == lab.recipe(paused)
    arrays = safetensors.numpy.load(get("ladder.safetensors").content)
    np.testing.assert_array_equal(arrays["W1"].ravel(), theta_of(lab, paused)[: arrays["W1"].size])
    assert get("ladder.h5").status_code == 404 and set(downloads.MODEL_FILES) == MADE


def theta_of(lab, run_id):
    """The ladder's parameters in the run's file."""
    return store.from_bytes(lab.checkpoint(run_id)).states["ladder"]["theta"]


@pytest.mark.parametrize("language, word", [("en", "run"), ("zh", "训练"), ("fr", "run")])
def test_a_model_of_an_unknown_run_is_refused_in_the_visitor_s_language(host, language, word):
    answer = httpx2.get(f"http://{host}/model/nosuch/run.py?language={language}")
    assert answer.status_code == 404 and word in answer.text


@pytest.mark.parametrize("language, word", [("en", "run"), ("zh", "训练"), ("fr", "run")])
def test_a_download_of_an_unknown_run_is_refused_in_the_visitor_s_language(host, language, word):
    answer = httpx2.post(f"http://{host}/export/nosuch/x?language={language}")
    assert answer.status_code == 404 and word in answer.text


# --- changes that a page makes


def change(page, values, tab="a_tab", ticket=1, **words) -> dict:
    """The answer to a change."""
    say(page, change=values, tab=tab, ticket=ticket, **words)
    while True:
        kind, header, _ = news(page)
        if kind == "answer":
            return header


def test_a_page_changes_what_its_tab_steers_and_is_told_the_choices(lab, address, paused):
    lab.take(paused, "a_tab")
    with connect(f"{address}/{paused}") as page:
        answer = change(page, {"lambdas": [5, 0, 0.1], "n_labeled": 50, "lateral": [True, False, True]}, ticket=7)
        assert (answer["ticket"], answer["refusal"], answer["lost"]) == (7, "", False)
        found = lab.recipe(paused).latest
        assert found == replace(RECIPE.live, lambdas=(5.0, 0.0, 0.1), n_labeled=50, lateral=(True, False, True))
        told = {}
        while told.get("choices", {}).get("n_labeled") != 50:
            _, told, _ = news(page)
        assert told["choices"]["lambdas"] == [5.0, 0.0, 0.1] and told["choices"]["lateral"] == [True, False, True]
        while not told.get("changes"):
            _, told, _ = news(page)
        assert told["changes"][-1]["update"] == 10 and ["lateral", 1, "1", "0"] in told["changes"][-1]["names"]


@pytest.mark.parametrize("language", ["en", "zh", ["x"], None])
@pytest.mark.parametrize(
    "values",
    [
        *({"n_labeled": 1}, {"n_labeled": 10**6}, {"lambdas": [1, 2]}, {"noise_std": "loud"}, {"weights": 3}, 17, []),
        *({"lateral": [True, False]}, {"lateral": True}, {"top_down": [1, 2, 0]}),
    ],
)
def test_a_change_that_cannot_be_is_refused_in_a_sentence_and_changes_nothing(lab, address, paused, values, language):
    lab.take(paused, "a_tab")
    with connect(f"{address}/{paused}") as page:
        answer = change(page, values, language=language)
        assert answer["refusal"] and not answer["lost"] and (language == "zh") == ("。" in answer["refusal"])
        assert lab.recipe(paused).latest == RECIPE.live


def test_only_the_tab_that_steers_a_run_changes_it(lab, address, paused):
    lab.take(paused, "a_tab")
    with connect(f"{address}/{paused}") as page:
        for tab in ("another", "", None, ["a_tab"]):
            assert change(page, {"n_labeled": 50}, tab)["lost"]
        assert lab.recipe(paused).latest == RECIPE.live


def test_a_comparison_takes_no_changes(lab, address, until):
    run_id = lab.create(Race(RECIPE.structure, RECIPE.live, (usual("ladder"), usual("supervised"))))
    until(run_id, lambda told: told.contestants)
    lab.take(run_id, "a_tab")
    with connect(f"{address}/{run_id}") as page:
        assert change(page, {"n_labeled": 50})["refusal"]


def test_an_increment_tells_choices_only_where_they_are_new(lab, address, paused):
    lab.take(paused, "a_tab")
    with connect(f"{address}/{paused}") as page:
        kind, header, _ = news(page)
        while kind != "history":
            kind, header, _ = news(page)
        assert header["choices"]["n_labeled"] == RECIPE.live.n_labeled
        lab.step(paused, 3)
        headers = []
        while not headers or headers[-1]["update"] < 13:
            kind, header, _ = news(page)
            headers += [header] if kind == "increment" else []
        assert all("choices" not in header for header in headers)
