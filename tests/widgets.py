"""A page's widgets in tests: by name, whichever of them it is now (ui/widgets.py), and as a browser draws them."""

from pathlib import Path
from types import SimpleNamespace

import streamlit as st
from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parents[1] / "ladder" / "ui" / "main.py"  # for AppTest.from_file
KINDS = ("select_slider", "slider", "number_input", "selectbox", "text_input", "toggle", "multiselect", "button_group")


class State(dict):
    """Session state without a page."""

    __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__


def opened_live(**query) -> AppTest:
    """The live page as Streamlit runs it, at an address with this query."""
    page = AppTest.from_file(MAIN, default_timeout=30)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def listed(page) -> list[str]:
    """The runs of the tab's list."""
    return [entry.run for entry in page.session_state["entries"]]


def current(page, lab):
    """The Recipe of the run in view."""
    return lab.recipe(page.session_state["run"])


def control(widgets, name: str):
    """The one of these widgets that has this name now."""
    (found,) = (widget for widget in widgets if (widget.key or "").split("~")[0] == name)
    return found


def choose_first_kept(monkeypatch) -> None:
    """From now on the first row of each list of kept sweeps, searches or comparisons is chosen: AppTest cannot."""
    real = st.dataframe

    def dataframe(*args, key=None, **options):
        found = real(*args, key=key, **options)
        return SimpleNamespace(selection=SimpleNamespace(rows=[0])) if str(key).startswith("kept.") else found

    monkeypatch.setattr(st, "dataframe", dataframe)


def held(page) -> list:
    """The page's widgets that show what the server holds."""
    names = page.session_state["held"]
    return [one for kind in KINDS for one in page.get(kind) if (one.key or "").split("~")[0] in names]


def drawn_late(widget) -> bool:
    """Whether a browser that saw no earlier message about this widget draws it at its value all the same."""
    default = widget.proto.default
    if widget.proto.set_value:  # told in this message, and in no later one
        return False
    if widget.type == "select_slider":
        return widget.options[int(default[0])] == widget.format_func(widget.value)
    if widget.type == "slider":
        return default[0] == widget.value
    if widget.type == "selectbox":
        return default == widget.index
    if widget.type in ("multiselect", "button_group"):
        return list(default) == list(widget.indices)
    return default == widget.value
