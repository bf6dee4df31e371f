"""What the browser keeps of a visitor's choices for the next visit: a few words, none of which names anybody."""

import streamlit as st


def keep(name: str, word: str) -> None:
    """Has the browser keep `word` under `name` for a year, from the next run of the whole script on."""
    st.session_state.cookies = kept() | {name: word}


def kept() -> dict[str, str]:
    """Returns what this visit has kept so far, word by name."""
    return st.session_state.get("cookies", {})


def read(name: str) -> str:
    """Returns the word that an earlier visit of this browser has kept under `name`, "" for none."""
    return st.context.cookies.get(name, "")
