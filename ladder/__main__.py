"""Ladder Lab without a browser: `python -m ladder --help`."""

import argparse
import sys

from ladder import arithmetic, i18n
from ladder.cli import compare, data, handin, options, output, predict, results, search, serve, sweep, train
from ladder.problems import Problem

COMMANDS = {
    "serve": serve.serve,
    "train": train.train,
    "predict": predict.predict,
    "data": data.data,
    "sweep": sweep.sweep,
    "compare": compare.compare,
    "search": search.search,
    "results": results.results,
    "handin": handin.handin,
}


def parser() -> argparse.ArgumentParser:
    """Returns the parser of all commands. The options for a run's choices come from their declarations in settings.py,
    their help from the catalogue."""
    top = argparse.ArgumentParser(prog="python -m ladder", description=i18n.text("cli.about", "en"))
    commands = top.add_subparsers(dest="command", required=True)
    for command in (serve, train, predict, data, sweep, results, compare, search, handin):
        command.register(commands)
    return top


def main(words: list[str] | None = None) -> int:
    """Runs the command in `words`, by default those of the command line. Returns the exit status: 0 done, 1 a hand-in
    whose run is not reached, 2 a Problem or a file that cannot be used (told in one sentence on stderr), 3 the training
    diverged, 130 after Ctrl-C. argparse itself ends the process where it does not know the words."""
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
