"""Short codes for links: kept on disk, bounded, forgiving to those who copy them."""

import os
import re

import pytest

from ladder.live import codes
from ladder.live.codes import LENGTH, LETTERS, Codes
from ladder.problems import Problem

LINK = "live?v=1&labels=50&h=300%21noise%3D0"


@pytest.fixture
def kept(tmp_path):
    return Codes(tmp_path / "runs" / "codes")


def unknown(kept: Codes, code: str) -> bool:
    with pytest.raises(Problem) as caught:
        kept.link(code)
    return caught.value.key == "code_unknown"


def test_a_code_leads_to_its_link_also_on_a_server_that_starts_later(kept):
    code = kept.code(LINK)
    assert re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", code)
    assert Codes(kept.folder).link(code) == LINK
    assert kept.code(LINK) == code and len(os.listdir(kept.folder)) == 1
    assert kept.code(LINK + "1") != code


def test_no_sign_looks_like_another_one():
    assert set(LETTERS).isdisjoint("01OILBSZUAE")
    assert len(set(LETTERS)) == len(LETTERS)


def test_how_a_code_is_written_does_not_matter(kept, monkeypatch):
    monkeypatch.setattr(codes, "_codes_of", lambda link, first: iter(["K852M"]))
    kept.code(LINK)
    for written in ("k852m", " K8-52 m.", "Ｋ８５２Ｍ", "kbszm", "k８５２m\n"):
        assert kept.link(written) == LINK


def test_the_codes_of_a_server_among_several_begin_with_its_letter(tmp_path):
    c, d = Codes(tmp_path / "c", "C"), Codes(tmp_path / "d", "D")
    code = c.code(LINK)
    assert re.fullmatch(f"C[{LETTERS}]{{{LENGTH - 1}}}", code) and c.link(code) == LINK and unknown(d, code)
    assert d.is_another_s(f" {code.lower()} ") and not c.is_another_s(code)
    assert not Codes(tmp_path / "e").is_another_s(code) and not d.is_another_s("no code")
    before = Codes(tmp_path / "c", "D").code(LINK)  # made before the server had its letter
    assert c.link(before) == LINK


@pytest.mark.parametrize("written", ["", "K852", "K852MM", "../K8", "%2e%2e", "K852M" * 2000, "你好", "\0\0\0\0\0"])
def test_what_is_no_code_is_unknown(kept, written):
    kept.code(LINK)
    assert unknown(kept, written)


def test_two_links_never_share_a_code(kept, monkeypatch):
    monkeypatch.setattr(codes, "_codes_of", lambda link, first: iter(["CCCCC", "DDDDD", "FFFFF"]))
    assert [kept.code(link) for link in ("live?a", "live?b", "live?a")] == ["CCCCC", "DDDDD", "CCCCC"]
    assert [kept.link(code) for code in ("CCCCC", "DDDDD")] == ["live?a", "live?b"]


def test_only_the_codes_that_were_used_last_are_kept(kept, monkeypatch):
    monkeypatch.setattr(codes, "KEPT", 3)
    found = []
    for i in range(3):
        found.append(kept.code(f"live?at={i}"))
        os.utime(kept.folder / found[i], (1000 + i, 1000 + i))
    kept.link(found[0])  # somebody uses the oldest
    found.append(kept.code("live?at=3"))
    assert sorted(os.listdir(kept.folder)) == sorted([found[0], found[2], found[3]])
    assert unknown(kept, found[1])


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "codes").write_text("a file")
    with pytest.raises(Problem) as caught:
        Codes(tmp_path / "codes").code(LINK)
    assert caught.value.key == "code_disk"
