"""The same run has the same bits under every setting of the libraries below, and says with what it was computed."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ladder import arithmetic, i18n
from ladder.arithmetic import Computed
from ladder.problems import Problem

ROOT = Path(__file__).parents[1]
TRAINED = Path(__file__).parent / "whole_trainings.py"

# Settings with which a library computes as on another processor, unless the program sees to it.
ELSEWHERE = {
    "as it is": {},
    "numpy without AVX-512": {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL"},
    "torch without vector units": {"ATEN_CPU_CAPABILITY": "default"},
    "numba for an old processor": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"},
    "mkl for any processor": {"MKL_CBWR": "COMPATIBLE"},
    "openblas for an old processor": {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "2"},
}
fixed = pytest.mark.skipif(not arithmetic.can_fix(), reason="this processor is no x86-64-v3: runs differ from others'")


def trained_under(settings: dict[str, str], tmp_path: Path) -> str:
    """What a process of its own prints of whole short trainings, compiled anew, with these variables set by a user."""
    ours = (*arithmetic.SETTINGS, *arithmetic.REMOVED, arithmetic.CHOICE)
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    environment = {**plain, "NUMBA_CACHE_DIR": str(tmp_path), **settings}
    words = [sys.executable, "-W", "error::ImportWarning", str(TRAINED)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@fixed
def test_whole_trainings_have_the_same_bits_whatever_the_libraries_would_choose(tmp_path):
    found = {name: trained_under(settings, tmp_path / "kept") for name, settings in ELSEWHERE.items()}
    assert all(text == found["as it is"] for text in found.values()), found
    assert found["as it is"].split()[-1] == arithmetic.FIXED


# What TRAINED prints is kept with what it was computed with. A change of the program by which it is another one raises
# arithmetic.NUMERICS; then, and with other versions of the libraries, the test prints what to keep instead.
KEPT_NUMERICS = 1
KEPT_KEY = "x86-64-v3.6cf19b"
KEPT_DIGEST = "52ee5e6caff194f7"


@fixed
def test_the_numbers_of_a_key_stay(tmp_path):
    key = arithmetic.ours(child=True).key
    if key != KEPT_KEY and arithmetic.NUMERICS == KEPT_NUMERICS:
        pytest.skip(f"kept for {KEPT_KEY}, not for this machine's {key}")
    digest = hashlib.sha256(trained_under({}, tmp_path).encode()).hexdigest()[:16]
    assert (arithmetic.NUMERICS, key, digest) == (KEPT_NUMERICS, KEPT_KEY, KEPT_DIGEST)


SAYS = """
import sys
sys.path.insert(0, sys.argv[1])
{first}
import os
from ladder import arithmetic
print(arithmetic.ours().processor, arithmetic.ours(child=True).processor, os.environ.get("MKL_CBWR"))
"""


def said(first: str = "", **settings: str) -> list[str]:
    """What a process of its own says of itself, of its child processes and of MKL."""
    ours = {*arithmetic.SETTINGS, *arithmetic.REMOVED, arithmetic.CHOICE}
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    words = [sys.executable, "-c", SAYS.format(first=first), str(ROOT)]
    done = subprocess.run(words, env={**plain, **settings}, capture_output=True, text=True, check=True)
    return done.stdout.split()


@fixed
def test_a_process_says_whether_it_computes_as_others_do():
    assert said() == said(MKL_CBWR="COMPATIBLE") == [arithmetic.FIXED, arithmetic.FIXED, "AVX2,STRICT"]
    here, child, _ = said("import numpy")  # which has chosen already
    assert here != arithmetic.FIXED == child
    host = said(LADDER_ARITHMETIC="host")
    assert host == said(LADDER_ARITHMETIC="host") and host[0] == host[1] != arithmetic.FIXED and host[2] == "None"


def test_nothing_is_asked_of_a_processor_that_has_not_what_it_takes(monkeypatch):
    kept = {name: f"own {name}" for name in (*arithmetic.SETTINGS, *arithmetic.REMOVED)}
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(arithmetic, "_LATE", set())
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv(arithmetic.CHOICE, raising=False)
    older = {"vendor_id": "GenuineIntel", "flags": "fpu sse4_2 avx"}
    for machine, about in (("x86_64", older), ("x86_64", {}), ("aarch64", {"flags": " ".join(arithmetic.NEEDED)})):
        monkeypatch.setattr(arithmetic.platform, "machine", lambda machine=machine: machine)
        monkeypatch.setattr(arithmetic, "_cpuinfo", lambda about=about: about)
        arithmetic.fix()
        assert {name: os.environ[name] for name in kept} == kept
        assert arithmetic.ours.__wrapped__().key.startswith(f"{machine}-")
    monkeypatch.setattr(arithmetic.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(arithmetic, "_cpuinfo", lambda: {**older, "flags": " ".join(sorted(arithmetic.NEEDED))})
    arithmetic.fix()
    assert arithmetic.SETTINGS.items() <= os.environ.items() and "NPY_DISABLE_CPU_FEATURES" not in os.environ
    assert arithmetic.ours.__wrapped__(child=True).processor == "x86-64-v3"
    slow = arithmetic.ours.__wrapped__(quick=False, child=True).processor
    assert slow.startswith("x86-64-v3-")  # and no other processor's: its functions were compared with none
    monkeypatch.setattr(arithmetic, "_cpuinfo", lambda: {"flags": " ".join(sorted(arithmetic.NEEDED | {"avx512f"}))})
    assert arithmetic.ours.__wrapped__(quick=False, child=True).processor != slow


def test_a_word_that_is_no_choice_is_a_sentence(monkeypatch):
    monkeypatch.setenv(arithmetic.CHOICE, "hots")
    with pytest.raises(Problem) as caught:
        arithmetic.check()
    assert caught.value.key == "bad_choice" and caught.value.values["name"] == arithmetic.CHOICE


HERE = Computed("x86-64-v3", "cpu", (("ladder", "1"), ("torch", "2.13.0")))
NEWER = replace(HERE, versions=(("ladder", "2"), ("torch", "2.13.0")))
ARM, GRAPHICS = replace(HERE, processor="aarch64-12ab"), replace(HERE, device="cuda")


@pytest.mark.parametrize(
    "theirs, here, key",
    [
        ((HERE,), HERE, None),
        ((HERE, HERE), HERE, None),
        ((ARM,), ARM, None),  # this very processor
        ((), HERE, None),  # a file or a link of before: nothing is known, and nothing promised
        ((ARM,), HERE, "computed_elsewhere"),
        ((HERE,), ARM, "computed_elsewhere"),
        ((ARM, HERE), HERE, "computed_elsewhere"),
        ((replace(HERE, processor="x86-64-v3-genuineintel"),), HERE, "computed_elsewhere"),
        ((NEWER,), HERE, "computed_otherwise"),
        ((GRAPHICS,), HERE, "computed_graphics"),
        ((GRAPHICS,), GRAPHICS, "computed_graphics"),
    ],
)
def test_what_was_computed_with_something_else_is_a_sentence(theirs, here, key):
    found = arithmetic.difference(arithmetic.key_of(theirs), here.key)
    assert (found and found.key) == key
    if found:
        for language in i18n.LANGUAGES:
            assert i18n.problem(found, language)


@pytest.mark.parametrize("computed", [HERE, NEWER, ARM, GRAPHICS, arithmetic.ours()])
def test_what_computed_a_run_travels_in_files_and_its_key_in_links(computed):
    assert Computed.from_json(json.loads(json.dumps(computed.to_json()))) == computed
    assert arithmetic.is_key(computed.key) and len(computed.key) < 40


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"processor": "x", "device": "cpu"},
        {"processor": 3, "device": "cpu", "versions": {}},
        {"processor": "x", "device": "cpu", "versions": {"torch": ["2"]}},
        {"processor": "x" * 1000, "device": "cpu", "versions": {}},
        {"processor": "x", "device": "cpu", "versions": {str(i): "1" for i in range(100)}},
        [],
        "x86-64-v3",
    ],
)
def test_what_is_no_such_value_is_refused(values):
    with pytest.raises((ValueError, TypeError, KeyError)):
        Computed.from_json(values)
