"""How many processors this process may use, which in a container or under a quota are fewer than the machine has."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIPS = Path("/proc/self/cgroup")


def usable(cgroups: Path = CGROUPS, memberships: Path = MEMBERSHIPS) -> int:
    """The processors of this process's affinity, or as many as its control groups grant it time of, rounded up, if
    that is fewer; 1 at least. `cgroups`: where Linux's control groups are mounted, versions 1 and 2; `memberships`: the
    file that names this process's groups."""
    quotas = [share for group in _groups(cgroups, memberships) if (share := _quota(group)) is not None]
    return max(1, min([_affinity(), *map(math.ceil, quotas)]))


def _affinity() -> int:
    """The processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(cgroups: Path, memberships: Path) -> list[Path]:
    """The folders of the control groups that bound this process's time: its own and all above it. Inside a container
    the named group may not be visible; its quota is then that of the mount itself."""
    try:
        lines = memberships.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        roots = [cgroups, cgroups / "unified"] if not controllers else [cgroups / "cpu", cgroups / controllers]
        if controllers and "cpu" not in controllers.split(","):
            continue
        parts = [part for part in path.split("/") if part and part != ".."]
        found += [root.joinpath(*parts[:n]) for root in roots for n in range(len(parts) + 1)]
    return found


def _quota(group: Path) -> float | None:
    """The processors that a group's quota amounts to: of version 2 (cpu.max) or 1 (cpu.cfs_quota_us); None for none."""
    try:
        if (group / "cpu.max").exists():
            quota, period = (group / "cpu.max").read_text().split()[:2]
        else:
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        share = float(quota) / float(period)
    except (OSError, ValueError, ZeroDivisionError):  # no such file, "max", or nothing that we know
        return None
    return share if share > 0 else None  # version 1 says -1 for no quota
