"""`python -m ladder results`: the kept sweeps, listed, exported, deleted."""

import argparse
import datetime
import json
import sys
from pathlib import Path

from ladder import i18n
from ladder.cli.options import Commands
from ladder.experiments import names, tables
from ladder.experiments.results import Results


def register(commands: Commands) -> None:
    """Adds the command `results` with its actions."""
    results = commands.add_parser("results", help=i18n.text("cli.results.about", "en"))
    actions = results.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help=i18n.text("cli.results.list", "en"))
    export = actions.add_parser("export", help=i18n.text("cli.results.export", "en"))
    export.add_argument("name", help=i18n.text("cli.results.name", "en"))
    export.add_argument("--format", choices=tables.FORMATS, default="csv", help=i18n.text("cli.results.format", "en"))
    export.add_argument("--to", type=Path, metavar="PATH", help=i18n.text("cli.results.to", "en"))
    remove = actions.add_parser("delete", help=i18n.text("cli.results.delete", "en"))
    remove.add_argument("name", help=i18n.text("cli.results.name", "en"))


def results(arguments: argparse.Namespace) -> int:
    """Lists, exports or deletes sweeps and searches. Returns the exit status 0. Raises Problem sweep_unknown for a name
    that the database does not have, those of Results and Results.points, and those of tables.write."""
    database = Results()
    if arguments.action == "list":
        for one in database.sweeps():
            created = datetime.datetime.fromtimestamp(one.created).astimezone().isoformat(timespec="seconds")
            line = {name: getattr(one, name) for name in ("name", "title", "kind", "state", "done", "total")}
            print(json.dumps(line | {"created": created}))
    elif arguments.action == "export":
        points = database.points(arguments.name)
        ending = "" if arguments.format == "tensorboard" else f".{arguments.format}"
        path = arguments.to or Path(names.file_stem(arguments.name) + ending)
        found = database.get(point.cell.key for point in points)
        tables.write(points, found, arguments.format, path)
        print(i18n.text("cli.results.exported", "en", runs=len(found), path=path), file=sys.stderr)
    else:
        gone = database.delete(arguments.name)
        print(i18n.text("cli.results.deleted", "en", name=arguments.name, runs=gone), file=sys.stderr)
    return 0
