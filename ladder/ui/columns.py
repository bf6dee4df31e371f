"""Columns of tables: numbers stay numbers, so that a press on a heading sorts them by size."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from ladder.ui import texts
from ladder.ui.axis_words import word_label

Value = float | int | str | None


def axis_values(name: str, words: Iterable[str]) -> list[Value]:
    """The values of an axis in a table: numbers where all its words are numbers, else what the words are called."""
    words = list(words)
    labels = [word_label(name, word) for word in words]
    if labels != words:  # a choice, although its words may be digits
        return [*labels]
    for kind in (int, float):
        try:
            return [kind(word) for word in words]
        except ValueError:
            continue
    return [*labels]


def whole() -> ColumnConfig:
    """A column of whole numbers, without a separator of thousands: its sign differs from country to country."""
    return st.column_config.NumberColumn(format="%d")


def decimal() -> ColumnConfig:
    """A column of numbers with one decimal."""
    return st.column_config.NumberColumn(format="%.1f")


def per_cent() -> ColumnConfig:
    """A column of numbers that are per cent."""
    return st.column_config.NumberColumn(format="%.1f %%")


def error(label: str, interval: Mapping[str, float | None] | None) -> dict[str, float | None]:
    """Three columns of an error, in per cent: its mean and the ends of its 95 % interval. `interval`: a summary's
    {"mean", "low", "high"} as fractions, or None."""
    ends = interval or {"mean": None, "low": None, "high": None}
    return {
        name: None if (value := ends[key]) is None else 100 * value
        for name, key in zip(_error_names(label), ("mean", "low", "high"), strict=True)
    }


def error_columns(label: str) -> dict[str, ColumnConfig]:
    """The looks of the columns of `error`."""
    return {name: per_cent() for name in _error_names(label)}


def _error_names(label: str) -> tuple[str, str, str]:
    return label, texts.say("explore.column.low", of=label), texts.say("explore.column.high", of=label)


def zone() -> str:
    """The time zone of the visitor's browser, "UTC" where it names none that is known here."""
    name = st.context.timezone or "UTC"
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):  # an address of no zone, or one that this machine has not
        return "UTC"


def local_time(seconds: float, zone_name: str) -> pd.Timestamp:
    """A time (seconds since 1970) in a time zone."""
    return pd.Timestamp(seconds, unit="s", tz="UTC").tz_convert(zone_name)


def time() -> ColumnConfig:
    """A column of times, to the minute."""
    return st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")
