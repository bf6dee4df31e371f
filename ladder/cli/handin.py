"""`python -m ladder handin check`: whether the runs that students handed in reach their numbers."""

import argparse
import json
import os
import sys
from pathlib import Path

from ladder import i18n
from ladder.cli import options
from ladder.problems import Problem
from ladder.teaching import lessons
from ladder.teaching.handin import MOST_OF_FILE, HandIn, copies, gathered, same_runs
from ladder.teaching.marking import row
from ladder.teaching.verdicts import Verdict


def register(commands: options.Commands) -> None:
    """Adds the command `handin` with its action."""
    handin = commands.add_parser("handin", help=i18n.text("cli.handin.about", "en"))
    actions = handin.add_subparsers(dest="action", required=True)
    about = i18n.text("cli.handin.check", "en")
    check = actions.add_parser("check", help=about, description=about)
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help=i18n.text("cli.handin.files", "en"))
    check.add_argument("--device", default=os.environ.get("LADDER_DEVICE", "cpu"), help=i18n.text("cli.device", "en"))


def handin(arguments: argparse.Namespace) -> int:
    """Prints a JSON object for each hand-in (marking.row), and one for each group of copies. Returns the exit status:
    0, or 1 where a run is not reached or a file is no hand-in. Raises OSError where a file cannot be read."""
    from ladder.teaching import replays

    found = gathered((str(path), _content(path)) for path in arguments.files)
    known = lessons.every()
    good = True
    for file, one in found:
        outcome: Verdict | Problem | None = None
        if isinstance(one, HandIn):
            try:
                outcome = replays.judge(one, replays.repeat(one, arguments.device))
            except Problem as problem:
                outcome = problem
        good = good and isinstance(outcome, Verdict) and outcome.reached
        _tell(row(file, one, outcome, known.lesson(getattr(one, "lesson", ""), "en"), "en"))
    handins = [one for _, one in found if isinstance(one, HandIn)]
    copied = copies(handins)
    for name, groups in (("same_run", [one for one in same_runs(handins) if one not in copied]), ("copies", copied)):
        for group in groups:
            names = [handins[place].nickname for place in group]
            _tell({name: names, "says": i18n.text(f"handin.{name}", "en", names=", ".join(names))})
    return 0 if good else 1


def _content(path: Path) -> bytes:
    """Returns a file's bytes; of one that is too large enough to tell."""
    with path.open("rb") as file:
        return file.read(MOST_OF_FILE + 1)


def _tell(line: dict[str, object]) -> None:
    who = " ".join(str(line[name]) for name in ("file", "nickname") if name in line)
    says = f"{who}: {line['says']}" if who else str(line["says"])
    for words, stream in ((json.dumps(line, ensure_ascii=False), sys.stdout), (says, sys.stderr)):
        print(words.encode(errors="replace").decode(), file=stream, flush=True)  # a file's name may be no text
