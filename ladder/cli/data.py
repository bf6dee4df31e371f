"""`python -m ladder data`: download a large dataset's files; add, list and remove data of one's own."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from ladder import i18n
from ladder.cli.options import Commands
from ladder.data import datasets, own
from ladder.data.choices import KNOBS, MINUS_ONE, ROLES, TEXT_WAYS, Note
from ladder.data.source import DECIMALS, ENCODINGS, LEAST_SIDE, MOST_SIDE, SEPARATORS, Reading
from ladder.problems import Problem

DOWNLOADS = "mnist", "fashion-mnist"
SIGNS = {{"\t": "tab", " ": "space", "": "none"}.get(sign, sign): sign for sign in SEPARATORS}  # as they are typed


def register(commands: Commands) -> None:
    """Adds the command `data` with its own commands."""
    about = i18n.text("cli.data.about", "en")
    data = commands.add_parser("data", help=about, description=about)
    actions = data.add_subparsers(dest="action", required=True)
    for name in DOWNLOADS:
        actions.add_parser(name, help=i18n.text("cli.data.fetch", "en", name=name))
    add = actions.add_parser("add", help=_help("add"), description=_help("add"))
    add.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_help("files"))
    add.add_argument("--name", required=True, help=_help("name"))
    add.add_argument("--target", metavar="COLUMN", help=_help("target"))
    add.add_argument(
        "--role", action="append", default=[], metavar="COLUMN=ROLE", help=_help("role", roles=", ".join(ROLES))
    )
    add.add_argument("--separator", choices=[*SIGNS], metavar="SIGN", help=_help("separator", signs=" ".join(SIGNS)))
    add.add_argument("--decimal", choices=DECIMALS, help=_help("decimal"))
    add.add_argument("--encoding", choices=ENCODINGS, help=_help("encoding"))
    add.add_argument("--header", action=argparse.BooleanOptionalAction, help=_help("header"))
    add.add_argument("--sheet", metavar="NAME", help=_help("sheet"))
    add.add_argument("--side", type=int, metavar="PIXELS", help=_help("side", low=LEAST_SIDE, high=MOST_SIDE))
    add.add_argument("--minus-one", choices=MINUS_ONE, help=_help("minus_one"))
    add.add_argument("--test-share", type=float, metavar="VALUE", help=_help("test_share"))
    add.add_argument("--split-seed", type=int, metavar="VALUE", help=_help("split_seed"))
    add.add_argument("--text", choices=TEXT_WAYS, dest="text_way", help=_help("text_way"))
    add.add_argument("--text-width", type=int, metavar="VALUE", help=_help("text_width"))
    actions.add_parser("docstrings", help=_help("docstrings"))
    actions.add_parser("list", help=_help("list"))
    remove = actions.add_parser("remove", help=_help("remove"))
    remove.add_argument("name", metavar="NAME", help=_help("remove_name"))


def data(arguments: argparse.Namespace) -> int:
    """Does what the command says. Returns the exit status 0. Raises Problem as downloads.fetch, Reading, desk.look,
    desk.keep and own.remove do, own_no_column for a column that the file does not have, and OSError for a file that
    cannot be read."""
    if arguments.action in DOWNLOADS:
        from ladder.data import downloads  # the only command that needs requests

        downloads.fetch(arguments.action, datasets.folder() / arguments.action)
        print(i18n.text("cli.fetched", "en", name=arguments.action, folder=datasets.folder() / arguments.action))
    elif arguments.action == "add":
        _add(arguments)
    elif arguments.action == "docstrings":
        from ladder.data import desk
        from ladder.data.apart import apart

        _say_kept(apart("docstrings", desk.keep_docstrings, "docstrings"))
    elif arguments.action == "list":
        for one in own.listed():
            print(f"{one.title}\t{one.name}\t{i18n.text('own.about', 'en', **one.about())}")
    else:
        own.remove(own.named(arguments.name))
    return 0


def _add(arguments: argparse.Namespace) -> None:
    from ladder.data import desk
    from ladder.data.apart import apart
    from ladder.data.reading import together

    how = {name: getattr(arguments, name) for name in ("decimal", "encoding", "header", "sheet", "side")}
    reading = Reading(**how, separator=None if arguments.separator is None else SIGNS[arguments.separator])
    file = desk.Upload(*together([(path.name, path.read_bytes()) for path in arguments.files]), reading)
    looked = apart(file.name, desk.look, file)
    print(i18n.text("cli.data.found", "en", words=_found(looked.found)))
    choices = desk.usual(looked)
    roles = dict(choices.roles)
    wanted = [_pair(word) for word in arguments.role]
    if arguments.target is not None:
        roles = {name: desk.role_beside(one) for name, one in zip(roles, looked.columns, strict=True)}
        wanted.append((arguments.target, "target"))
    for column, role in wanted:
        if column not in roles:
            raise Problem("own_no_column", column=column[:40], columns=", ".join(roles)[:300])
        roles[column] = role
    given = {name: getattr(arguments, name) for name in ("minus_one", *KNOBS) if getattr(arguments, name) is not None}
    kept = apart(file.name, desk.keep, file, replace(choices, roles=roles, **given), arguments.name)
    _say_kept(kept)


def _say_kept(kept: own.Own) -> None:
    _tell(kept.done, sys.stdout)
    _tell(kept.warnings, sys.stderr)
    print(i18n.text("cli.data.kept", "en", title=kept.title, name=kept.name))


def _found(about: Mapping[str, object]) -> str:
    """Returns how a file was read, in the words of the options that correct it."""
    signs = {sign: word for word, sign in SIGNS.items()}
    words = {name: about[name] for name in ("separator", "decimal", "encoding", "sheet", "side") if name in about}
    if "separator" in words:
        words["separator"] = signs.get(str(words["separator"]), words["separator"])
    told = [str(about["format"]), *(f"--{name} {value}" for name, value in words.items())]
    return " ".join([*told, *(["--header" if about["header"] else "--no-header"] if "header" in about else [])])


def _pair(word: str) -> tuple[str, str]:
    column, _, role = word.rpartition("=")
    return column, role


def _tell(notes: Iterable[Note], where: TextIO) -> None:
    for key, values in notes:
        print(i18n.text(key, "en", **values), file=where)


def _help(name: str, **values: object) -> str:
    return i18n.text(f"cli.data.{name}", "en", **values).replace("%", "%%")
