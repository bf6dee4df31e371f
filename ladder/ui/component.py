"""The live panel as one Streamlit component: our small JavaScript, Plotly.js from the installed package, one WebSocket.

It is one component and not nine, because a panel that stays mounted keeps its charts, zoom and scroll position through
every rerun of the script (facts on the page: docs in ladder/README.md).
"""

from dataclasses import asdict
from pathlib import Path

import streamlit as st

from ladder import i18n, theme
from ladder.recipe.view import View
from ladder.settings import MAX_HIDDEN, Structure
from ladder.ui import layouts

_FOLDER = Path(__file__).parent / "live"
_SHARED = ("words.js", "feed.js", "help.js", "legend.js", "charts.js", "pictures.js", "board.js")


def _component(name: str, *scripts: str):
    return st.components.v2.component(
        name,
        js="\n".join((_FOLDER / script).read_text(encoding="utf-8") for script in (*_SHARED, *scripts)),
        css=(_FOLDER / "live.css").read_text(encoding="utf-8"),
        isolate_styles=False,  # Plotly adds its own styles to the document, which a shadow root would not see
    )


_mount = _component("ladder_live", "panel.js", "export.js", "main.js")
_mount_race = _component("ladder_race", "panel.js", "race.js")
_mount_sweep = _component("ladder_sweep", "sweep.js")


def layer_names(structure: Structure, n_features: int, n_classes: int, language: str) -> list[dict]:
    """What a layer is called in charts, from the input to the top: label, symbol and width."""
    widths = (n_features, *structure.widths, n_classes)
    top = len(widths) - 1
    names = ["input", *["hidden"] * (top - 1), "top"]
    return [
        {"label": i18n.text(f"live.layer.{name}", language, l=l, m=width), "symbol": f"l={l}", "width": width}
        for l, (name, width) in enumerate(zip(names, widths, strict=True))
    ]


def live(run_id: str, view: View, structure: Structure, info, keys: str, on_news, key: str = "live"):
    """Mount the panel for a run; `info`: the dataset's entry in DATASETS; `keys`: the buttons' letters; `on_news` is
    called when the run's status changed by itself, or something went wrong with it."""
    language, n_classes = view.language, len(info.class_names)
    data = {
        "run": run_id,
        "keys": keys,
        "texts": i18n.texts("live", language),
        "view": asdict(view),
        "layers": layer_names(structure, info.n_features, n_classes, language),
        "data": _about(info),
        "layouts": layouts.layouts(i18n.texts("live.axis", language), view.costs, view.log_costs),
        "theme": theme.as_data(structure.n_layers),
    }
    _mount(data=data, key=key, on_status_change=on_news)


def race(
    run_id: str,
    names: list[str],
    notes: list[str],
    pins: list[dict],
    language: str,
    info,
    keys: str,
    key: str = "race.panel",
):
    """Mount the comparison's panel; `names` and `notes` of the contestants, `pins`: the curves kept for comparison. Its
    result and its `keys` are those of `live`."""
    data = {
        "run": run_id,
        "keys": keys,
        "texts": i18n.texts("live", language) | i18n.texts("race", language),
        "contestants": [{"label": name, "note": note} for name, note in zip(names, notes, strict=True)],
        "pins": pins,
        "view": {"costs": "raw"},
        "data": _about(info),
        "layouts": layouts.race_layouts(i18n.texts("race.axis", language)),
        "theme": theme.as_data(MAX_HIDDEN + 1),
    }
    return _mount_race(data=data, key=key, on_status_change=lambda: None)


def sweep(
    axes: list[dict], cells: list[dict], view: dict, picked: list[str] | None, language: str, key: str = "explore.panel"
):
    """Mount a sweep's chart (maps.axes_of with `label`, `labels` of the words, and
    whether it is `given`; maps.cells_of). `view`: `kind` "map",
    "lines" or "dots", `measure` "test_error" or "validation_error", `seeds`. The result's `picked` is set for one rerun
    to the words of a cell that was clicked."""
    data = {
        "axes": axes,
        "cells": cells,
        "view": view,
        "picked": picked,
        "texts": i18n.texts("sweep", language) | {name: i18n.text(f"live.{name}", language) for name in ("ask", "now")},
        "theme": theme.as_data(MAX_HIDDEN + 1),
    }
    return _mount_sweep(data=data, key=key, on_picked_change=lambda: None)


def _about(info) -> dict:
    return {
        "n_features": info.n_features,
        "n_classes": len(info.class_names),
        "class_names": list(info.class_names),
        "image_shape": info.image_shape,
    }
