"""What decides the last bits of a run, chosen before NumPy, PyTorch and Numba are loaded.

These libraries choose their code by the processor that they find, and the code for another processor adds in another
order. The same run then differs by 3e-7 of its objective after 300 updates and by 3e-4 after 1,000. `fix` has all of
them take the code for x86-64-v3, which every x86 processor with AVX2 runs (Intel since 2013, AMD since 2015).
`ladder/__init__.py` calls it, so that no process can forget it: a worker imports the package before anything that
computes. `Computed` says with what a run was computed, for a link or a file that is opened elsewhere.
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

NUMERICS = 1  # raise it with every change of the program that changes a run's bits; tests/test_arithmetic.py finds them
CHOICE = "LADDER_ARITHMETIC"
CHOICES = "same", "host"  # the same on all x86 processors with AVX2; or what the libraries choose for this one
FIXED = "x86-64-v3"
MIXED = "mixed"  # the key of a run that more than one kind of arithmetic has trained
MOST_KINDS = 20  # values of Computed that a run's file may name

# `fix` replaces values that were set for other programs: they would change the bits. LADDER_ARITHMETIC=host keeps them.
SETTINGS = {
    "NUMBA_CPU_NAME": FIXED,
    "NUMBA_CPU_FEATURES": "+avx2",  # Windows takes an empty value for none; without one Numba takes the host's features
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
LIBRARIES = "torch", "numba", "llvmlite", "numpy", "scikit-learn"  # scikit-learn makes data

_LATE: set[str] = set()  # libraries that were loaded before `fix`, for this processor


def fix() -> None:
    """Sets the environment variables of SETTINGS and removes those of REMOVED. All libraries that are loaded from now
    on, here and in child processes, then compute as for FIXED. Changes nothing on a processor that cannot run x86-64-v3
    (see can_fix), or with LADDER_ARITHMETIC=host."""
    if not _wanted():
        return
    before = {name: os.environ.get(name) for name in (*SETTINGS, *REMOVED)}
    os.environ.update(SETTINGS)
    for name in REMOVED:
        os.environ.pop(name, None)
    if before != {name: os.environ.get(name) for name in (*SETTINGS, *REMOVED)}:
        _LATE.update(name for name in COMPUTING if name in sys.modules)


def check() -> None:
    """Raises Problem bad_choice if LADDER_ARITHMETIC is set and is none of CHOICES."""
    word = os.environ.get(CHOICE) or CHOICES[0]
    if word not in CHOICES:
        raise Problem("bad_choice", name=CHOICE, value=word[:40], choices=", ".join(CHOICES))


def can_fix() -> bool:
    """Returns whether this is an x86 processor with the instructions of x86-64-v3. On Windows only AVX2 is looked for.
    On systems other than Linux and Windows the answer is no."""
    return platform.machine().lower() in ("x86_64", "amd64") and _has_avx2()


def _wanted() -> bool:
    return os.environ.get(CHOICE) != "host" and can_fix()


def _has_avx2() -> bool:
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(WINDOWS_AVX2))
    return set(_cpuinfo().get("flags", "").split()) >= NEEDED


def _cpuinfo() -> dict[str, str]:
    """Returns the first processor's entries in Linux's /proc/cpuinfo, by name; nothing on other systems."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


@dataclass(frozen=True)
class Computed:
    """What a run was computed with. On processors equal values give equal numbers. A graphics processor repeats no run
    to the last bit.

    `processor`: FIXED; or, where another processor computes other bits, FIXED or the machine's architecture, a hyphen
    and four hexadecimal digits that identify this processor. `device`: "cpu", or PyTorch's name for another device.
    `versions`: (name, version) of NUMERICS, the system and the libraries, in a fixed order.
    """

    processor: str
    device: str
    versions: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """Returns one word for links, as `x86-64-v3.1a2b3c`: the processor, or the device where it is not "cpu", and
        six hexadecimal digits of a hash of the versions."""
        where = self.processor if self.device == "cpu" else self.device
        return f"{where}.{hashlib.sha256(repr(self.versions).encode()).hexdigest()[:6]}"

    def to_json(self) -> dict[str, object]:
        """Returns the values as a plain dictionary, with `versions` as a dictionary by name."""
        return {**asdict(self), "versions": dict(self.versions)}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Computed":
        """Returns the Computed that `to_json` gave as `values`. Raises ValueError, TypeError or KeyError for anything
        else, for more than 50 words, and for a word of more than 60 letters."""
        versions = dict(cast(Mapping[str, str], values["versions"]))
        found = cls(cast(str, values["processor"]), cast(str, values["device"]), tuple(versions.items()))
        words = [found.processor, found.device, *(word for pair in found.versions for word in pair)]
        if len(words) > 50 or not all(isinstance(word, str) and len(word) <= 60 for word in words):
            raise ValueError
        return found


@functools.cache
def ours(device: str = "cpu", quick: bool = True, child: bool = False) -> Computed:
    """Returns what this process computes with on `device`, "cpu" or PyTorch's name for another; with `child` what a
    process computes with that this one starts. `quick`: whether training/fast.py computes. Otherwise PyTorch's
    automatic differentiation or scikit-learn do, whose results nobody has compared between processors."""
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
    """Returns the key of a run that `kinds` have trained, one after the other: MIXED where they differ, "" where there
    are none, as it is not known what has trained the run."""
    return "" if not kinds else kinds[0].key if len(set(kinds)) == 1 else MIXED


def is_key(word: str) -> bool:
    """Returns whether `word` can be a key: 1 to 60 small letters, digits, dots, hyphens and underscores."""
    return re.fullmatch(r"[a-z0-9_.-]{1,60}", word) is not None


def difference(theirs: str, here: str) -> Problem | None:
    """Returns what to say of a run with the key `theirs` where runs get the key `here`. Problem computed_graphics: one
    of them is of a graphics processor, or of the device "auto". Problem computed_elsewhere: the processors differ.
    Problem computed_otherwise: the versions differ. None where the numbers are the same, or where one key is "" and
    nothing is known."""
    if not theirs or not here:
        return None
    kinds = {theirs.split(".")[0], here.split(".")[0]}
    if kinds & {"cuda", "mps", "auto"}:
        return Problem("computed_graphics")
    if len(kinds) > 1:
        return Problem("computed_elsewhere")
    return None if theirs == here else Problem("computed_otherwise")
