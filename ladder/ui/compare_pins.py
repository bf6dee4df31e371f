"""Comparisons that a visitor keeps as ghost lines, named by what differs from the comparison in view.

Session state holds `pins`, the pinned races (live/pins.py); `pins_id`, the id by which the address names them; and
`race_restored`, how often one of them was brought back. A tab writes no file but its own, `own_pins_id`: the one that
its address named when it began may be another tab's too.
"""

import secrets

import streamlit as st

from ladder.live import pins
from ladder.live.history import history_of
from ladder.live.pins import Pin, Pins
from ladder.recipe import links
from ladder.recipe.race import Race
from ladder.recipe.words import word_of
from ladder.settings import knobs
from ladder.ui import compare, membership, notices, service, texts
from ladder.ui.axis_words import word_label


def enter() -> None:
    """Takes the pins that the address named when the tab began. Call it after compare.enter."""
    state = st.session_state
    if "pins" not in state:
        state.pins, state.own_pins_id = service.lab().pins.read(state.pins_id), secrets.token_urlsafe(8)
        state.pins_id = state.pins_id if state.pins else ""


def pin() -> None:
    """Pins the race in view with its curves. Does nothing before the first measurement. Raises those of Lab.recipe."""
    race, curves = compare.current(), service.lab().curves(st.session_state.race)
    if len(curves.get("eval_update", ())):
        _keep(pins.with_pin(st.session_state.pins, pins.pin_of(race, history_of(curves))))


def unpin_all() -> None:
    """Removes all pins."""
    _keep(())


def _keep(found: Pins) -> None:
    state = st.session_state
    state.pins, state.pins_id = found, state.own_pins_id if found else ""
    service.lab().pins.write(state.own_pins_id, found)


def pins_key() -> str:
    """Returns the widget key of the table of pins. It is another key after each choice, so that the table then has no
    row chosen."""
    return f"race.pins.{st.session_state.get('race_restored', 0)}"


def restore() -> None:
    """Repeats the pinned race whose row is chosen in the table of pins, as far as it was pinned, and puts it in view. A
    Problem becomes a notice."""
    rows, found = st.session_state[pins_key()].selection.rows, st.session_state.pins
    if rows and rows[0] < len(found):
        st.session_state.race_restored = st.session_state.get("race_restored", 0) + 1
        chosen = found[rows[0]]
        notices.attempt_anew("race", lambda: _repeat(chosen))


def _repeat(pin: Pin) -> None:
    membership.check_choices(st.session_state.race, compare.current(), pin.race)
    compare.start(pin.race, min(pin.update[-1], links.MAX_AT))


def pins_for_panel() -> list[dict]:
    """Returns for each pin a dictionary for component.race: `name` (`difference`); `contestants`, their names in the
    visitor's language; and `update`, `error` and `clean_error` as in Pin. Raises those of Lab.recipe."""
    return [
        {
            "name": difference(one.race),
            "contestants": compare.names(one.race),
            "update": one.update,
            "error": one.error,
            "clean_error": one.clean_error,
        }
        for one in st.session_state.pins
    ]


def difference(race: Race) -> str:
    """Returns what a race has that the race in view has not, in the visitor's language, such as "Weight seed 3 · with
    SVM (RBF)". Raises those of Lab.recipe."""
    now = compare.current()
    ours, theirs = _settings(now), _settings(race)
    parts = [f"{label} {value}" for label, value in theirs.items() if ours[label] != value]
    parts += _contestants(race, now) if set(race.contestants) != set(now.contestants) else []
    return texts.say("compare.between").join(parts) or texts.say("compare.pin_same")


def _contestants(race: Race, now: Race) -> list[str]:
    """Which contestants a race has and lacks beside the race in view; where these are the same models, the choices in
    which they differ."""
    named = dict(zip(compare.names(race), race.contestants, strict=True))
    others = dict(zip(compare.names(now), now.contestants, strict=True))
    parts = []
    for word, some in (("with", named.keys() - others.keys()), ("without", others.keys() - named.keys())):
        listed = [name for name in (*named, *others) if name in some]
        parts += (
            [texts.say(f"compare.pin_terms.{word}", models=texts.say("compare.comma").join(listed))] if listed else []
        )
    for name in named.keys() & others.keys():
        for option in compare.OPTIONS[named[name].model]:
            value = getattr(named[name], option)
            if value != getattr(others[name], option):
                parts.append(f"{name}: {texts.say(f'knob.{option}.label')} {word_label(option, word_of(value))}")
    return parts


def pin_table() -> list[dict]:
    """Returns a table's row, column -> text, for each pin, named by its `difference`, and for the race in view. The
    columns are the settings in which these races differ. Raises those of Lab.recipe."""
    rows = [(difference(one.race), _row(one.race)) for one in st.session_state.pins]
    rows.append((texts.say("compare.now"), _row(compare.current())))
    keys = [key for key in rows[0][1] if len({values[key] for _, values in rows}) > 1]
    return [{texts.say("compare.pin"): name} | {key: values[key] for key in keys} for name, values in rows]


def _row(race: Race) -> dict[str, str]:
    return {texts.say("compare.contestants"): texts.say("compare.comma").join(compare.names(race))} | _settings(race)


def _settings(race: Race) -> dict[str, str]:
    """The choices that all contestants of a race share: label -> value in words."""
    found = {}
    for choices in (race.structure, race.live):
        for name in knobs(type(choices)):
            value = getattr(choices, name)
            words = compare.levels(value) if isinstance(value, tuple) else word_label(name, word_of(value))
            found[texts.say(f"knob.{name}.label")] = words
    return found
