"""The command `ladder-lab` of an installed package: `python -m ladder`, where all that it needs is installed too."""

import sys

from ladder import i18n


def main() -> int:
    """Does what `python -m ladder` does, and returns its exit status; 2 where a package is missing, which it says. The
    estimator needs fewer packages than the command line (pyproject.toml)."""
    try:
        from ladder.__main__ import main as run
    except ModuleNotFoundError as error:
        print(i18n.text("cli.incomplete", "en", package=error.name), file=sys.stderr)
        return 2
    return run()
