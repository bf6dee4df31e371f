"""How a ladder network works, and experiments that answer common misconceptions."""

from pathlib import Path

import streamlit as st

from ladder import links
from ladder.ui import visit

LESSONS = Path(links.__file__).parent / "lessons"
# name -> query of the experiment; every one starts from the default digits with 20 labels
EXPERIMENTS = {
    "every_layer": {"lam": "5000,0,0,0,0"},
    "lateral": {"lateral": "0"},
    "noise": {"noise": "0"},
    "loss": {"noise": "0.1"},
    "gamma": {"lam": "0,0,0,0,0.5"},
    "supervised": {"lam": "0", "noise": "0.3,0.5,0.5,0.5,0.5"},
    "one_run": {"lseed": "3"},
    "all_labels": {"labels": "1297"},
}

st.markdown((LESSONS / visit.language() / "ladder.md").read_text(encoding="utf-8"))
st.header(visit.say("about.experiments"))
for column, part in zip(st.columns(2), (list(EXPERIMENTS)[::2], list(EXPERIMENTS)[1::2]), strict=True):
    for name in part:
        with column.container(border=True):
            st.markdown(f"**{visit.say(f'about.{name}.claim')}**")
            st.write(visit.say(f"about.{name}.see"))
            query = {"v": links.VERSION, **EXPERIMENTS[name], "lang": visit.language()}
            address = "./?" + "&".join(f"{key}={value}" for key, value in query.items())
            st.link_button(visit.say("about.try"), address, icon=":material/science:")
