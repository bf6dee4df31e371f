"""Nothing that a server has acknowledged is lost, however it ends: five rounds of benchmarks/faults.py."""

import json
import subprocess
import sys

from farming import ROOT


def test_what_was_acknowledged_is_there_after_five_ends():
    words = [sys.executable, ROOT / "benchmarks" / "faults.py", "--rounds", "5", "--seed", "1"]
    ended = subprocess.run(words, capture_output=True, text=True)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, (lines, ended.stderr)
    rounds, last = lines[1:-1], lines[-1]
    assert len(rounds) == 5 and last["lost"] == [] and all(one["events"] for one in rounds)
    kinds = {one["kind"] for one in rounds} | {*last["left_out"]}
    assert kinds == {"server", "server and workers", "worker", "full disk", "read-only disk"}
