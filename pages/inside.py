"""See inside the ladder while it trains: the signals of every layer, one sample on its way, and a combinator."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from ladder.data.datasets import DATASETS
from ladder.settings import Structure
from ladder.ui import address_bar, component, letters, navigation, notices, sharing, tab, texts, transport
from ladder.ui.fragments import act, part, take_change, take_news

KEYS = {name: transport.KEYS[name] for name in ("play", "step", "reset", "seed", "undo", "restore")}


def transport_row(now: tuple[str, str]) -> None:
    """Draws the buttons that train the run in view. `now`: its id and its status (transport.status)."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        transport.buttons(KEYS, now[1])


def looked_at() -> tuple[str, Structure]:
    """Returns the id of the run in view, and its Structure. Raises those of Lab.recipe."""
    return st.session_state.run, tab.recipe().structure


def panel(now: tuple[str, Structure]) -> None:
    """Draws the panel with the ladder of the run in view. `now`: its id and its Structure."""
    run_id, structure = now
    keys = letters.joined(KEYS)
    view = replace(st.session_state.view, language=texts.language())
    component.inside(run_id, view, structure, tab.name(), keys, take_news, take_change, take_wish)


def has_images() -> bool:
    """Returns whether the run in view is on images, of which a person can draw some. Raises those of Lab.recipe."""
    return DATASETS[tab.recipe().structure.dataset].image_shape is not None


def way_to_data(now: bool) -> None:
    """Draws the link to the page on which drawn samples become data. `now`: whether samples can be drawn."""
    if now:
        st.page_link(navigation.path("data"), label=texts.say("drawn.page.link"), icon=navigation.PAGES["data"])


def take_wish() -> None:
    """Does what a person has asked of the run's past in the panel."""
    wish = st.session_state.inside.runs
    if isinstance(wish, Mapping):
        act("panel", tab.act_on_list, wish)


tab.enter()
sharing.tell()
notices.gather(st.session_state.run, "live")
part("notices", lambda: notices.told("live"), lambda _: notices.show_notices("live"))
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="transport_row"):
    part("transport", transport.status, transport_row)
    part("view", lambda: st.session_state.view, lambda _: transport.speed())
part("panel", looked_at, panel)
part("data", has_images, way_to_data)
address_bar.keep_address()
