"""As many workers as the process may use processors: by its affinity and by the quotas of its control groups."""

import os

import pytest

from ladder.experiments.local_crew import LocalCrew
from ladder.processes import cores, spawn


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """machine(memberships, {file: content}, n_affinity): what `usable` finds with these control groups."""

    def made(memberships: str, files: dict[str, str], n_affinity: int = 16) -> int:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(n_affinity)), raising=False)
        (tmp_path / "self").write_text(memberships)
        for name, content in files.items():
            path = tmp_path / "groups" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return cores.usable(tmp_path / "groups", tmp_path / "self")

    return made


V1 = "9:name=systemd:/\n2:cpuacct:/\n1:cpu:/docker/abc\n0::/\n"


@pytest.mark.parametrize(
    "memberships, files, n",
    [
        ("0::/\n", {"cpu.max": "max 100000\n"}, 16),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),  # two and a half processors' time
        ("0::/\n", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "6400000 100000\n"}, 16),
        ("0::/a/b\n", {"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, 3),  # a slice of systemd's
        ("0::/a/b\n", {"a/cpu.max": "max 100000", "a/b/cpu.max": "400000 100000"}, 4),
        ("0::/../other\n", {"cpu.max": "500000 100000"}, 5),  # named from outside the container
        ("0::/\n", {"unified/cpu.max": "200000 100000"}, 2),
        (V1, {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 16),
        (V1, {"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "50000\n"}, 3),
        (V1, {"cpu/docker/abc/cpu.cfs_quota_us": "200000", "cpu/docker/abc/cpu.cfs_period_us": "100000"}, 2),
        (
            "4:cpu,cpuacct:/x\n",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "400000", "cpu,cpuacct/x/cpu.cfs_period_us": "1"},
            16,
        ),
        ("4:cpu,cpuacct:/x\n", {"cpu,cpuacct/x/cpu.cfs_quota_us": "4", "cpu,cpuacct/x/cpu.cfs_period_us": "1"}, 4),
        ("5:cpuset:/x\n", {"cpuset/x/cpu.cfs_quota_us": "1", "cpuset/x/cpu.cfs_period_us": "1"}, 16),
        ("0::/\n", {"cpu.max": "nonsense\n"}, 16),
        ("0::/\n", {"cpu.max": ""}, 16),
        ("0::/\n", {"cpu.max": "0 0"}, 16),
        ("", {}, 16),
    ],
)
def test_the_narrowest_quota_of_a_process_s_groups_counts(machine, memberships, files, n):
    assert machine(memberships, files) == n


def test_a_narrower_affinity_counts(machine):
    assert machine("0::/\n", {"cpu.max": "800000 100000"}, n_affinity=3) == 3


def test_without_control_groups_and_affinity_the_machine_s_processors_count(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores.usable(tmp_path, tmp_path / "nothing") == 6


def test_workers_are_as_many(monkeypatch):
    monkeypatch.delenv("LADDER_WORKERS", raising=False)
    for n, workers in ((1, 1), (3, 3), (64, spawn.MAX_WORKERS)):
        monkeypatch.setattr(cores, "usable", lambda n=n: n)
        assert spawn.n_workers() == workers
        assert LocalCrew().size == n
