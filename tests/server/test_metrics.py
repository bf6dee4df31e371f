"""Health and metrics over a real server: the numbers are those of its Lab and its classes, and Prometheus can read
them."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ladder.server import metrics, routes
from ladder.server.origins import Origins
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.teaching.classes import Classes

N_WORKERS = 1
RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))
SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z]+)="([a-z]+)"\})? (\d+)')


def parsed(text: str) -> dict[tuple[str, str], int]:
    """The samples of a text in Prometheus's format, by family and label; each family is described once, before its
    samples."""
    described, kinds, found = set(), {}, {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in described
            described.add(family)
        elif line.startswith("# TYPE "):
            _, _, family, kind = line.split()
            assert family in described and family not in kinds and kind in ("gauge", "counter")
            kinds[family] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match[1] in kinds and (match[1], match[3] or "") not in found
            assert match[1].endswith("_total") == (kinds[match[1]] == "counter")
            found[match[1], match[3] or ""] = int(match[4])
    return found


@pytest.fixture
def school(tmp_path):
    return Classes(tmp_path)


@pytest.fixture
def client(lab, school):
    with TestClient(Starlette(routes=routes.routes(lab, school, "lab", Origins()))) as found:
        yield found


def test_prometheus_reads_what_the_server_does(lab, school, client, until):
    room = school.make("3b")
    cookie = school.join(school.code_of(room.id), "Ada Lovelace")[2]
    before = parsed(client.get("/lab/metrics").text)
    assert before["ladder_classes", ""] == before["ladder_members", ""] == 1
    run_id = lab.create(RECIPE, 50)
    until(run_id, lambda told: told.update == 50 and told.status == "paused")
    with (
        client.websocket_connect(f"/lab/live/{run_id}") as page,
        client.websocket_connect("/lab/class/live", headers={"Cookie": f"ladder_student={cookie}"}) as strip,
    ):
        page.receive_bytes(), strip.receive_text()
        answer = client.get("/lab/metrics")
        found = parsed(answer.text)
    assert answer.headers["content-type"] == metrics.FORMAT
    assert found["ladder_sockets", "live"] == found["ladder_sockets", "class"] == 1
    assert found["ladder_updates_total", ""] >= before["ladder_updates_total", ""] + 50
    assert found["ladder_runs", ""] == len(lab.mirrors) and found["ladder_playing", ""] == 0
    assert found["ladder_memory_bytes", "server"] > 10**7 < found["ladder_memory_bytes", "workers"]
    assert "Ada" not in answer.text and run_id not in answer.text


def test_health_counts_and_says_where_a_worker_is_missing(lab, client, monkeypatch):
    found = client.get("/lab/health")
    assert found.status_code == 200
    assert found.json().keys() == {"workers", "runs", "playing", "sessions", "queue", "memory"}
    assert found.json()["workers"] == N_WORKERS and found.json()["memory"] > 50 and found.json()["sessions"] == 0
    monkeypatch.setattr(lab, "n_workers", N_WORKERS + 1)
    assert client.get("/lab/health").status_code == 503


def test_a_command_that_no_worker_has_carried_out_is_in_the_queue(lab, school, until):
    counted = metrics.Metrics(lab, school, int, int)
    with lab.lock:  # no worker's word is heard meanwhile
        run_id = lab.create(RECIPE, 5)
        before = counted.numbers()["queue"]
        lab.step(run_id, 1)
        assert counted.numbers()["queue"] == before + 1
    until(run_id, lambda told: told.update >= 5)
