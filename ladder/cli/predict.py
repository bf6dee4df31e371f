"""`python -m ladder predict`: what the trained ladder of a run says of the rows of a file, as CSV."""

import argparse
import sys
from pathlib import Path

from ladder import i18n
from ladder.cli.options import Commands
from ladder.data.choices import SURE


def register(commands: Commands) -> None:
    """Adds the command `predict` with its options."""
    about = i18n.text("cli.predict.about", "en")
    predict = commands.add_parser("predict", help=about, description=about)
    predict.add_argument("run", type=Path, metavar="RUN", help=i18n.text("cli.predict.run", "en"))
    predict.add_argument("files", type=Path, nargs="+", metavar="FILE", help=i18n.text("cli.predict.files", "en"))
    about_sure = i18n.text("cli.predict.sure", "en", default=SURE.default)
    predict.add_argument("--sure", type=float, default=SURE.default, metavar="VALUE", help=about_sure)


def predict(arguments: argparse.Namespace) -> int:
    """Prints the CSV. Returns the exit status 0. Raises Problem as store.from_bytes and predicting.predict do, and
    OSError for a file that cannot be read."""
    from ladder.data.apart import apart
    from ladder.data.reading import together
    from ladder.data.source import Reading
    from ladder.live.store import from_bytes
    from ladder.portable import predicting

    saved = from_bytes(arguments.run.read_bytes())
    state = saved.states["ladder"]
    name, content = together([(path.name, path.read_bytes()) for path in arguments.files])
    asked = saved.recipe, state["update"], state["theta"], name, content, Reading(), arguments.sure
    found = apart(name, predicting.predict, *asked)
    sys.stdout.buffer.write(found.csv)
    print(i18n.text("predict.tested", "en", **found.tested.about()), file=sys.stderr)
    return 0
