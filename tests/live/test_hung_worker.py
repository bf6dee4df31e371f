"""A worker that hangs is replaced as a worker that ended, and its runs go on."""

import os
import signal
from dataclasses import replace

import pytest
from farming import eventually

from ladder.live.lab import Lab
from ladder.processes import transport
from ladder.recipe.defaults import default_live
from ladder.settings import Recipe, Structure

SMALL = Structure("moons", widths=(6,))


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot freeze a process")
def test_a_frozen_worker_is_replaced_and_its_runs_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(transport, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(transport, "SILENT_SECONDS", 8.0)
    lab = Lab(tmp_path, 1)

    def at(update: int) -> bool:
        return list(lab.curves(run_id).get("update", ()))[-1:] == [update]

    try:
        lab.start()
        run_id = lab.create(Recipe(SMALL, replace(default_live(SMALL), n_updates=0)), 20)
        assert eventually(lambda: at(20))
        lab.checkpoint(run_id)
        (frozen,) = lab.helpers
        os.kill(frozen.process.pid, signal.SIGSTOP)
        assert eventually(lambda: frozen.ended and frozen not in lab.helpers)
        lab.step(run_id, 5)
        assert eventually(lambda: at(25))
    finally:
        lab.stop()
