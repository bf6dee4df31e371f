"""The texts of the catalogue in the visitor's language."""

import streamlit as st

from ladder import i18n


def language() -> str:
    return st.session_state.language


def say(key: str, **values) -> str:
    """A text of the catalogue in the visitor's language."""
    return i18n.text(key, language(), **values)
