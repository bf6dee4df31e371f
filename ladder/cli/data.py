"""`python -m ladder data`: fetch a large dataset's files."""

import argparse

from ladder import i18n
from ladder.cli.options import Commands
from ladder.data import datasets


def register(commands: Commands) -> None:
    """Add the command."""
    about = i18n.text("cli.data", "en")
    data = commands.add_parser("data", help=about, description=about)
    data.add_argument("name", choices=["mnist", "fashion-mnist"])


def data(arguments: argparse.Namespace) -> int:
    """Fetch a dataset's files, checked, into the data folder. Raises what downloads.fetch raises."""
    from ladder.data import downloads  # the only command that needs requests

    downloads.fetch(arguments.name, datasets.folder() / arguments.name)
    print(i18n.text("cli.fetched", "en", name=arguments.name, folder=datasets.folder() / arguments.name))
    return 0
