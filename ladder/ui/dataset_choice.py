"""The choice of a dataset by small pictures of what is in it (server/pictures.py)."""

from collections.abc import Callable

import streamlit as st

from ladder import i18n
from ladder.data import datasets, own
from ladder.data.datasets import DATASETS
from ladder.settings import base_of
from ladder.ui import navigation, texts
from ladder.ui.widgets import defaulted

MOST_OWN = 12  # a person's own data among the tiles, the newest; the page Data has all


def dataset_choice(
    name: str, dataset: str, on_change: Callable, args: tuple, help: str, disabled: bool = False
) -> None:
    """Draws the choice as the widget `name`, with `dataset` chosen and a sentence about it below."""
    kept = [one.name for one in own.listed()[:MOST_OWN]]
    names = list(dict.fromkeys((*([dataset] if dataset not in DATASETS else []), *kept, *DATASETS)))
    with st.container(key="dataset_choice"):  # page.css makes tiles of it
        st.pills(
            texts.label("dataset", texts.language()),
            names,
            required=True,
            format_func={each: _tile(each) for each in names}.get,
            on_change=on_change,
            args=args,
            help=help,
            disabled=disabled,
            **defaulted(name, dataset),
        )
    st.page_link(navigation.path("data"), label=texts.say("own.page.link"), icon=navigation.PAGES["data"])
    st.caption(texts.plain(texts.about_dataset(dataset, texts.language())))
    if f"dataset.{dataset}.effect" in i18n.catalogue():  # where the ladder shows little (benchmarks/effect.py)
        st.caption(texts.say(f"dataset.{dataset}.effect"))


def _tile(name: str) -> str:
    label = texts.escaped(texts.dataset(name, texts.language()))
    if not datasets.available(name):
        return f"{label} · {texts.say('page.missing')}"
    return f"![](datasets/{base_of(name)}.svg) {label}"
