"""The live panel as one Streamlit component: our small JavaScript, Plotly.js from the installed package, one WebSocket.

It is one component and not nine, because a panel that stays mounted keeps its charts, zoom and scroll position through
every rerun of the script (facts on the page: docs in ladder/README.md).
"""

from dataclasses import asdict
from pathlib import Path

import streamlit as st

from ladder import figures, i18n, theme
from ladder.settings import Structure
from ladder.view import View

_FOLDER = Path(__file__).parent / "live"
_SCRIPTS = ("words.js", "feed.js", "help.js", "legend.js", "charts.js", "pictures.js", "export.js", "panel.js", "main.js")

# Plotly adds its own styles to the document, which a shadow root would not see.
_mount = st.components.v2.component(
    "ladder_live",
    js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    css=(_FOLDER / "live.css").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def layer_names(structure: Structure, n_features: int, n_classes: int, language: str) -> list[dict]:
    """What a layer is called in charts, from the input to the top: label, symbol and width."""
    widths = (n_features, *structure.widths, n_classes)
    top = len(widths) - 1
    names = ["input", *["hidden"] * (top - 1), "top"]
    return [
        {"label": i18n.text(f"live.layer.{name}", language, l=l, m=width), "symbol": f"l={l}", "width": width}
        for l, (name, width) in enumerate(zip(names, widths, strict=True))
    ]


def live(run_id: str, view: View, structure: Structure, info, key: str = "live"):
    """Mount the panel for a run; `info`: the dataset's entry in DATASETS. Returns the component's result, whose
    `status` is set for one rerun when the run's status changed by itself."""
    language, n_classes = view.language, len(info.class_names)
    texts = i18n.texts("live", language)
    data = {
        "run": run_id,
        "texts": texts,
        "view": asdict(view),
        "layers": layer_names(structure, info.n_features, n_classes, language),
        "data": {
            "n_features": info.n_features,
            "n_classes": n_classes,
            "class_names": list(info.class_names),
            "image_shape": info.image_shape,
        },
        "layouts": figures.layouts(i18n.texts("live.axis", language), view.costs, view.log_costs),
        "theme": theme.as_data(structure.n_layers),
    }
    return _mount(data=data, key=key, on_status_change=lambda: None)
