"""`python -m ladder handin check`: whether the runs that students handed in reach their numbers."""

import argparse
import json
import os
import sys
from pathlib import Path

from ladder import i18n
from ladder.cli import options
from ladder.problems import Problem
from ladder.teaching.handin import MOST_BYTES, HandIn, copies, read


def register(commands: options.Commands) -> None:
    """Adds the command `handin` with its action."""
    handin = commands.add_parser("handin", help=i18n.text("cli.handin.about", "en"))
    actions = handin.add_subparsers(dest="action", required=True)
    about = i18n.text("cli.handin.check", "en")
    check = actions.add_parser("check", help=about, description=about)
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help=i18n.text("cli.handin.files", "en"))
    check.add_argument("--device", default=os.environ.get("LADDER_DEVICE", "cpu"), help=i18n.text("cli.device", "en"))


def handin(arguments: argparse.Namespace) -> int:
    """Prints a JSON object for each hand-in, and one for each group of copies. Returns the exit status: 0, or 1 where a
    run is not reached or a file is no hand-in. Raises OSError where a file cannot be read."""
    from ladder.teaching import replays

    found: list[tuple[Path, HandIn]] = []
    good = True
    for path in arguments.files:
        try:
            found += [(path, one) for one in read(_content(path))]
        except Problem as problem:
            good = False
            _tell({"file": str(path), "verdict": "unreadable"}, i18n.problem(problem, "en"))
    for path, one in found:
        line = {"file": str(path), "nickname": one.nickname, "lesson": one.lesson}
        try:
            verdict = replays.judge(one, replays.repeat(one, arguments.device))
        except Problem as problem:
            good = False
            _tell({**line, "verdict": "unreadable"}, i18n.problem(problem, "en"))
            continue
        good = good and verdict.reached
        said = i18n.text(f"handin.verdict.{verdict.kind}", "en", **verdict.values)
        _tell({**line, "verdict": verdict.kind, **{f"of_{which}": value for which, value in one.numbers}}, said)
    for group in copies([one for _, one in found]):
        names = [found[place][1].nickname for place in group]
        _tell({"copies": names}, i18n.text("handin.copy", "en", names=", ".join(names)))
    return 0 if good else 1


def _content(path: Path) -> str:
    """Returns a file's text. Raises Problem handin_foreign for a file that is no text, or too large for a class."""
    if path.stat().st_size > MOST_BYTES * 100:
        raise Problem("handin_foreign")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("handin_foreign") from error


def _tell(line: dict[str, object], said: str) -> None:
    print(json.dumps({**line, "says": said}, ensure_ascii=False), flush=True)
    who = " ".join(str(line[name]) for name in ("file", "nickname") if name in line)
    print(f"{who}: {said}" if who else said, file=sys.stderr)
