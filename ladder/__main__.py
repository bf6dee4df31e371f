"""Ladder Lab without a browser: `python -m ladder --help`."""

import argparse
import sys

from ladder import arithmetic, i18n
from ladder.cli import compare, data, options, output, results, search, sweep, train
from ladder.problems import Problem

COMMANDS = {
    "train": train.train,
    "data": data.data,
    "sweep": sweep.sweep,
    "compare": compare.compare,
    "search": search.search,
    "results": results.results,
}


def parser() -> argparse.ArgumentParser:
    """All commands; every option comes from its declaration in settings.py, with its help from the catalogue."""
    top = argparse.ArgumentParser(prog="python -m ladder", description=i18n.text("cli.about", "en"))
    commands = top.add_subparsers(dest="command", required=True)
    for command in (train, data, sweep, results, compare, search):
        command.register(commands)
    return top


def main(words: list[str] | None = None) -> int:
    """Exit status: 0 done, 2 something to mend (said in one sentence), 3 the training diverged, 130 after Ctrl-C."""
    output.make_writable()
    arguments = parser().parse_args(words)
    try:
        arithmetic.check()
        return COMMANDS[arguments.command](arguments)
    except Problem as problem:
        print(i18n.problem(options.by_option(problem), "en"), file=sys.stderr)
        return 2
    except OSError as error:
        said = Problem("file", name=str(error.filename), reason=error.strerror or str(error))
        print(i18n.problem(said, "en"), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
