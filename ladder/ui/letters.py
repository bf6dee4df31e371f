"""The letters that press the page's buttons. A visitor can switch them off (WCAG 2.2, 2.1.4): speech input, and a hand
that rests on the keyboard, press letters that nobody meant."""

import streamlit as st

from ladder.ui import cookies

COOKIE = "ladder_letters"  # the browser keeps the choice under this name
ON, OFF = "on", "off"


def pressing() -> bool:
    """Returns whether letters press buttons for this visitor: they do until they are switched off in this browser."""
    return st.session_state.setdefault("letters", cookies.read(COOKIE) != OFF)


def of(letter: str) -> str | None:
    """Returns `letter` as the `shortcut` of a button, None while letters are switched off."""
    return letter if pressing() else None


def joined(keys: dict[str, str]) -> str:
    """Returns the letters of `keys`, name to letter, as one word for a panel; "" while letters are switched off."""
    return "".join(keys.values()) if pressing() else ""


def switch() -> None:
    """Switches the letters on or off, for the next visits too, and runs the whole page again."""
    st.session_state.letters = not pressing()
    cookies.keep(COOKIE, ON if pressing() else OFF)
    st.rerun()
