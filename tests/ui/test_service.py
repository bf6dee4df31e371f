"""What a server makes of its environment before the first visitor."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from ladder import i18n
from ladder.experiments import results
from ladder.server import reach
from ladder.teaching.classes import Classes
from ladder.teaching.room import Member
from ladder.ui import service


@pytest.fixture(autouse=True)
def own_state(monkeypatch):
    """What `make` leaves behind is this test's."""
    monkeypatch.setattr(service, "_not_kept", [])
    monkeypatch.setenv("LADDER_WORKERS", "1")
    monkeypatch.delenv("LADDER_RESULTS", raising=False)


def test_a_folder_that_can_be_written_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path / "new" / "runs"))
    lab = service.make()
    assert lab.store.folder == tmp_path / "new" / "runs" and lab.store.folder.is_dir()
    assert service.not_kept() is None


def test_without_a_folder_runs_and_results_go_to_a_temporary_one(monkeypatch, tmp_path, capsys):
    place = tmp_path / "a_file"
    place.write_text("mine")
    monkeypatch.setenv("LADDER_RUNS", str(place))
    lab = service.make()
    assert lab.store.folder.is_dir() and lab.store.folder != place
    assert Path(results.default_url().removeprefix("sqlite:///")).parent == lab.store.folder
    problem = service.not_kept()
    assert problem.key == "runs_folder"
    assert i18n.problem(problem, "en") in capsys.readouterr().err
    assert str(place) in i18n.problem(problem, "zh") and place.read_text() == "mine"


def test_without_any_folder_the_server_does_not_start_and_says_why(monkeypatch, tmp_path):
    (tmp_path / "a_file").write_text("mine")
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path / "a_file"))

    def nowhere(**_):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(service.tempfile, "mkdtemp", nowhere)
    with pytest.raises(SystemExit) as caught:
        service.make()
    assert str(tmp_path / "a_file") in caught.value.code and "LADDER_RUNS" in caught.value.code


def test_a_member_of_a_class_is_there_whichever_tab_is_closed(monkeypatch):
    server = SimpleNamespace(is_active_session=lambda session: session == "open")
    monkeypatch.setattr(service, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server))
    ada = service.asker_of(Member("ada", "a" * 64, "Ada", 1, 0.0))
    assert [service.connected(asker) for asker in ("open", "closed", ada)] == [True, False, True]


@pytest.mark.parametrize(("asked", "n_classes"), [("1", 1), ("", 0)])
def test_a_server_that_is_started_for_a_class_has_one_and_keeps_it(monkeypatch, tmp_path, capsys, asked, n_classes):
    monkeypatch.setattr(service, "_classes", [])
    monkeypatch.setenv("LADDER_CLASS", asked)
    monkeypatch.setenv(reach.CODE_FILE, str(tmp_path / "code"))
    codes = set()
    for _ in range(2):  # the second server finds the class of the first
        service._classes[:] = [Classes(tmp_path)]
        service.load_classes()
        assert len(service.classes().rooms) == n_classes
        codes |= service.classes().codes.keys()
    assert [room.name for room in service.classes().rooms.values()] == [i18n.text("teacher.usual", "en")] * n_classes
    assert [path.read_text() for path in tmp_path.glob("code")] == [*codes]
    assert len(codes) == n_classes and all(capsys.readouterr().out.count(code) == 2 for code in codes)
