"""The texts of the catalogue in the visitor's language."""

import streamlit as st

from ladder import i18n


def language() -> str:
    """Returns the visitor's language, a key of i18n.LANGUAGES."""
    return st.session_state.language


def say(key: str, **values) -> str:
    """Returns the catalogue's text `key` in the visitor's language, with `values` in place of its braces."""
    return i18n.text(key, language(), **values)
