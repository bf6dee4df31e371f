"""`python -m ladder data`: download a large dataset's files."""

import argparse

from ladder import i18n
from ladder.cli.options import Commands
from ladder.data import datasets


def register(commands: Commands) -> None:
    """Adds the command `data` with its options."""
    about = i18n.text("cli.data", "en")
    data = commands.add_parser("data", help=about, description=about)
    data.add_argument("name", choices=["mnist", "fashion-mnist"])


def data(arguments: argparse.Namespace) -> int:
    """Downloads a dataset's files, checked, into the data folder. Returns the exit status 0. Raises Problem as
    downloads.fetch does."""
    from ladder.data import downloads  # the only command that needs requests

    downloads.fetch(arguments.name, datasets.folder() / arguments.name)
    print(i18n.text("cli.fetched", "en", name=arguments.name, folder=datasets.folder() / arguments.name))
    return 0
