"""What decides the last bits of a run, chosen before NumPy, PyTorch and Numba are loaded.

These libraries take the code for the processor they find, which adds in another order: the same run then differs by
3e-7 of its objective after 300 updates and by 3e-4 after 1,000. `fix` has them all take the code for x86-64-v3, which
every x86 processor with AVX2 runs (Intel since 2013, AMD since 2015). `ladder/__init__.py` calls it, so that no process
can forget it: a worker imports the package before anything that computes. `Computed` says with what a run was
computed, for a link or a file that is opened elsewhere.
"""

import ctypes
import functools
import hashlib
import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import cast

from ladder.problems import Problem

NUMERICS = 1  # raise it with every change of the program by which a run gets other bits: tests/test_arithmetic.py says
CHOICE = "LADDER_ARITHMETIC"
CHOICES = "same", "host"  # the same on all x86 processors with AVX2; or what the libraries choose for this one
FIXED = "x86-64-v3"
MIXED = "mixed"  # the key of a run that more than one kind of arithmetic has trained
MOST_KINDS = 20  # that a run's file may name

# Whoever set one of them has set it for other programs: ours would lose its promise. LADDER_ARITHMETIC=host keeps them.
SETTINGS = {
    "NUMBA_CPU_NAME": FIXED,
    "NUMBA_CPU_FEATURES": "+avx2",  # not empty, which Windows takes for not set; without it the host's would be used
    "NPY_ENABLE_CPU_FEATURES": "X86_V3",
    "OPENBLAS_CORETYPE": "Haswell",  # NumPy's and SciPy's products
    "OPENBLAS_NUM_THREADS": "1",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "AVX2,STRICT",  # on Intel; on other processors MKL ignores it
}
REMOVED = ("NPY_DISABLE_CPU_FEATURES",)  # NumPy refuses to start with both
NEEDED = {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"}  # x86-64-v3, in Linux's words
WINDOWS_AVX2 = 40  # PF_AVX2_INSTRUCTIONS_AVAILABLE
COMPUTING = "numpy", "torch", "numba"
LIBRARIES = "torch", "numba", "llvmlite", "numpy", "scikit-learn"  # the last one makes data

_LATE: set[str] = set()  # libraries that were loaded before `fix`, for this processor


def fix() -> None:
    """Have all libraries that are loaded from now on, here and in child processes, compute as for FIXED. Nothing is
    changed on a processor that cannot, or with LADDER_ARITHMETIC=host."""
    if not _wanted():
        return
    before = {name: os.environ.get(name) for name in (*SETTINGS, *REMOVED)}
    os.environ.update(SETTINGS)
    for name in REMOVED:
        os.environ.pop(name, None)
    if before != {name: os.environ.get(name) for name in (*SETTINGS, *REMOVED)}:
        _LATE.update(name for name in COMPUTING if name in sys.modules)


def check() -> None:
    """Problem if LADDER_ARITHMETIC is none of CHOICES."""
    word = os.environ.get(CHOICE) or CHOICES[0]
    if word not in CHOICES:
        raise Problem("bad_choice", name=CHOICE, value=word[:40], choices=", ".join(CHOICES))


def can_fix() -> bool:
    """Whether this is an x86 processor with what x86-64-v3 has."""
    return platform.machine().lower() in ("x86_64", "amd64") and _has_avx2()


def _wanted() -> bool:
    return os.environ.get(CHOICE) != "host" and can_fix()


def _has_avx2() -> bool:
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(WINDOWS_AVX2))
    return set(_cpuinfo().get("flags", "").split()) >= NEEDED


def _cpuinfo() -> dict[str, str]:
    """The first processor's entries in Linux's /proc/cpuinfo, empty elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


@dataclass(frozen=True)
class Computed:
    """What a run was computed with. Equal values give equal numbers on processors; a graphics processor repeats
    nothing to the last bit.

    `processor`: FIXED; or FIXED or the machine's architecture with four hexadecimal digits of this very processor,
    where other processors compute other bits. `device`: "cpu", or PyTorch's name for another. `versions`: of the
    libraries, the system and NUMERICS, in a fixed order.
    """

    processor: str
    device: str
    versions: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """The same in a word for links: `x86-64-v3.1a2b3c`, the last part a digest of the versions."""
        where = self.processor if self.device == "cpu" else self.device
        return f"{where}.{hashlib.sha256(repr(self.versions).encode()).hexdigest()[:6]}"

    def to_json(self) -> dict[str, object]:
        """Plain dictionaries."""
        return {**asdict(self), "versions": dict(self.versions)}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Computed":
        """From `to_json`; ValueError, TypeError or KeyError if it is anything else."""
        versions = dict(cast(Mapping[str, str], values["versions"]))
        found = cls(cast(str, values["processor"]), cast(str, values["device"]), tuple(versions.items()))
        words = [found.processor, found.device, *(word for pair in found.versions for word in pair)]
        if len(words) > 50 or not all(isinstance(word, str) and len(word) <= 60 for word in words):
            raise ValueError
        return found


@functools.cache
def ours(device: str = "cpu", quick: bool = True, child: bool = False) -> Computed:
    """What this process computes with on `device`, "cpu" or PyTorch's name for another; with `child` what a process
    that it starts does. `quick`: by training/fast.py, and not by PyTorch's automatic differentiation or scikit-learn,
    whose products and functions nobody has compared between processors."""
    found = {name: version(name).partition("+")[0] for name in LIBRARIES}  # 2.13.0+cpu is 2.13.0
    system = f"{platform.system()} {platform.libc_ver()[0]}".strip()
    versions = (("ladder", str(NUMERICS)), ("system", system), *found.items())
    return Computed(_processor(quick, child), device.partition(":")[0], versions)


def _processor(quick: bool, child: bool) -> str:
    about = _cpuinfo()
    words = [about.get(name, "") for name in ("model name", "flags", "CPU part", "Features")] + [platform.processor()]
    if _wanted() and (child or not _LATE):
        return FIXED if quick else f"{FIXED}-{_digest(words)}"
    settings = [os.environ.get(name, "") for name in (*SETTINGS, *REMOVED)]
    return f"{platform.machine().lower()}-{_digest([*words, *settings])}"


def _digest(words: list[str]) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()[:4]


def key_of(kinds: tuple[Computed, ...]) -> str:
    """The key of a run that these have trained, one after the other; "" where that is not known."""
    return "" if not kinds else kinds[0].key if len(set(kinds)) == 1 else MIXED


def is_key(word: str) -> bool:
    """Whether this can be a Computed's key."""
    return re.fullmatch(r"[a-z0-9_.-]{1,60}", word) is not None


def difference(theirs: str, here: str) -> Problem | None:
    """What to say of a run with the key `theirs` where runs get the key `here`: None where the numbers are the same, or
    where nothing is known ("")."""
    if not theirs or not here:
        return None
    kinds = {theirs.split(".")[0], here.split(".")[0]}
    if kinds & {"cuda", "mps", "auto"}:
        return Problem("computed_graphics")
    if len(kinds) > 1:
        return Problem("computed_elsewhere")
    return None if theirs == here else Problem("computed_otherwise")
