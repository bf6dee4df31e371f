"""How many processors this process may use. In a container or under a quota there are fewer than the machine has."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIPS = Path("/proc/self/cgroup")


def usable(cgroups: Path = CGROUPS, memberships: Path = MEMBERSHIPS) -> int:
    """Returns the number of processors that this process may use, 1 at least: those of its affinity or, if that is
    fewer, as many as its control groups grant it time of, rounded up. `cgroups`: where Linux's control groups are
    mounted, versions 1 and 2. `memberships`: the file that names this process's groups."""
    quotas = [share for group in _groups(cgroups, memberships) if (share := _quota(group)) is not None]
    return max(1, min([_affinity(), *map(math.ceil, quotas)]))


def _affinity() -> int:
    """Returns the number of processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(cgroups: Path, memberships: Path) -> list[Path]:
    """Returns the folders of the control groups that bound this process's time: its own group and all above it. Inside
    a container the group of this name may not be visible; the quota of the mount itself holds then."""
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
    """Returns the number of processors that a group's quota amounts to, by cpu.max (version 2) or cpu.cfs_quota_us
    (version 1); None where the group has no quota."""
    try:
        if (group / "cpu.max").exists():
            quota, period = (group / "cpu.max").read_text().split()[:2]
        else:
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        share = float(quota) / float(period)
    except (OSError, ValueError, ZeroDivisionError):  # no such file, "max", or an unknown format
        return None
    return share if share > 0 else None  # version 1 says -1 for no quota
