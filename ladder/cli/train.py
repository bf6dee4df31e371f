"""`python -m ladder train`: one run and its supervised twin. JSON lines on stdout, progress on stderr."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from ladder import arithmetic, i18n
from ladder.cli import options
from ladder.data import protocol
from ladder.live.history import EVAL_EVERY
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.words import with_words
from ladder.settings import PRESETS, Live, Recipe, Structure, knobs, preset

if TYPE_CHECKING:
    from ladder.live.session import Session

LINE_EVERY = 100  # updates between two JSON lines
PRINTED = ("supervised", "denoising", "objective")


def register(commands: options.Commands) -> None:
    """Adds the command `train` with its options."""
    about = i18n.text("cli.train", "en")
    train = commands.add_parser("train", help=about, description=about)
    train.add_argument("--preset", choices=list(PRESETS), help=options.knob_help("preset"))
    train.add_argument("--seed", type=int, default=0, help=i18n.text("cli.seed", "en"))
    options.add_knobs(train)
    train.add_argument("--link", help=i18n.text("cli.link", "en"))
    train.add_argument("--device", default=os.environ.get("LADDER_DEVICE", "cpu"), help=i18n.text("cli.device", "en"))
    train.add_argument("--save", type=Path, metavar="FILE", help=i18n.text("cli.save", "en"))


def recipe_of(arguments: argparse.Namespace) -> tuple[Recipe, int]:
    """Returns the recipe and the number of updates that the options, or the link, describe; 0 updates where there is no
    target. Prints a link's warnings on stderr. With a link only two other options have an effect: those for the number
    of updates and for the device.

    Raises Problem link_empty, those of with_words and, without a link, those of `preset`, protocol.check and Recipe.
    """
    if arguments.link:
        link = links.parse(arguments.link)
        if link.empty:
            raise Problem("link_empty", link=arguments.link[:60])
        here = arithmetic.ours(arguments.device, link.recipe.structure.quick).key if arguments.device != "auto" else ""
        foreign = arithmetic.difference(link.by, here)
        for warning in [*link.warnings, *([foreign] if foreign else [])]:
            print(i18n.problem(warning, "en"), file=sys.stderr)
        live = link.recipe.latest
        if arguments.n_updates is not None:
            return link.recipe, with_words(live, {"n_updates": arguments.n_updates}).n_updates
        return link.recipe, link.at or live.n_updates
    words = options.given(arguments, (*knobs(Structure), *knobs(Live)))
    structure = Structure(weight_seed=arguments.seed, label_seed=arguments.seed)
    structure = with_words(structure, {k: v for k, v in words.items() if k in knobs(Structure)})
    live = defaults.default_live(structure)
    if arguments.preset:
        live = preset(live, arguments.preset, structure.n_layers)
    live = with_words(live, {k: v for k, v in words.items() if k in knobs(Live)}, structure.n_layers + 1)
    protocol.check(structure, live.n_labeled)
    return Recipe(structure, live), live.n_updates


def train(arguments: argparse.Namespace) -> int:
    """Prints a JSON object every LINE_EVERY updates, and a last one with the run's results, also after Ctrl-C. Returns
    the exit status: 0, 3 where the training diverged, 130 after Ctrl-C.

    Raises Problem no_target where there is no target, those of recipe_of and Session, and OSError where the file of
    --save cannot be written.
    """
    import torch

    from ladder.files import write_whole
    from ladder.live.session import Session

    torch.set_num_threads(1)
    recipe, n_updates = recipe_of(arguments)
    if not n_updates:
        raise Problem("no_target")
    if arguments.save:
        _check_writable(arguments.save)
    session, stopped = Session(recipe, device=arguments.device), False
    try:
        _train_to(session, n_updates, bool(arguments.link))
    except KeyboardInterrupt:
        session.restore()  # ladder and twin as they last were at the same update
        stopped = True
    print(json.dumps(_result(session, stopped)), flush=True)
    if arguments.save:
        write_whole(arguments.save.resolve(), session.saved())
    if session.status == "diverged":
        reason = session.reason or {}
        print(i18n.text("cli.diverged", "en", quantity=reason["quantity"], update=reason["update"]), file=sys.stderr)
        return 3
    return 130 if stopped else 0


def _check_writable(path: Path) -> None:
    """Raises OSError if the file cannot be written: before the training instead of after it."""
    new = not path.exists()
    path.open("ab").close()
    if new:
        path.unlink()


def _train_to(session: "Session", n_updates: int, repeats: bool) -> None:
    """Trains to update `n_updates`, or to where a stop rule holds. Stop rules do not end a run that `repeats` another
    one, which went further."""
    with tqdm(total=n_updates, unit="update", file=sys.stderr) as bar:
        while session.update < n_updates and session.status != "diverged":
            session.replay(min(session.update + EVAL_EVERY, n_updates), then_play=False)
            while session.active:
                session.advance(0.5)
            bar.update(session.update - bar.n)
            stopped = session.status == "finished" and not repeats
            if session.update % LINE_EVERY == 0 or session.update == n_updates or stopped:
                print(json.dumps(_line(session)), flush=True)
            if stopped:
                break


def _line(session: "Session") -> dict[str, object]:
    points = session.history.arrays
    line: dict[str, object] = {"update": session.state.update}
    if len(points["update"]):
        line |= {name: _decimals(points[name][-1]) for name in PRINTED}
    return line | {name: _decimals(points[name][-1]) for name in ("test_error", "twin_error")}


def _decimals(values: np.ndarray) -> float | list[float]:
    """Returns single-precision numbers, one or a row, in as few decimals as tell them apart: 0.332, and not the
    0.3319999873638153 that double precision makes of it."""
    return [float(str(value)) for value in values] if values.ndim else float(str(values))


def _result(session: "Session", stopped: bool) -> dict[str, object]:
    structure, live = session.recipe.structure, session.recipe.latest
    line = _line(session)
    session.measure()
    measured = session.history.arrays
    return {
        "model": "ladder",
        "computed": arithmetic.key_of(session.computed),
        "dataset": structure.dataset,
        "labels": live.n_labeled,
        "seed": structure.weight_seed,
        "label_seed": structure.label_seed,
        "updates": session.state.update,
        "test_error": _decimals(measured["test_error"][-1]),
        "twin_test_error": _decimals(measured["twin_error"][-1]),
        **{name: line.get(name) for name in PRINTED},
        "updates_per_second": round(session.state.update / session.trained, 1) if session.trained else 0.0,
        "status": "stopped" if stopped else "diverged" if session.status == "diverged" else "finished",
    }
