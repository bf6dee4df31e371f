"""Columns of tables. Numbers stay numbers, so that a press on a column's heading sorts them by size."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from ladder.ui import texts
from ladder.ui.axis_words import word_label

Value = float | int | str | None


def axis_values(name: str, words: Iterable[str]) -> list[Value]:
    """Returns a table's value for each word of the axis `name`: numbers where all words are numbers, else labels."""
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
    """Returns the configuration of a column of whole numbers. They have no separator of thousands, as its sign differs
    from country to country."""
    return st.column_config.NumberColumn(format="%d")


def decimal() -> ColumnConfig:
    """Returns the configuration of a column of numbers with one decimal."""
    return st.column_config.NumberColumn(format="%.1f")


def per_cent() -> ColumnConfig:
    """Returns the configuration of a column of numbers in per cent, with one decimal."""
    return st.column_config.NumberColumn(format="%.1f %%")


def error(label: str, interval: Mapping[str, float | None] | None) -> dict[str, float | None]:
    """Returns one row's values for the three columns of an error, by the columns' names: its mean and the ends of its
    95 % interval in per cent, None where there is none. `label`: the name of the mean's column. `interval`: a summary's
    {"mean", "low", "high"} as fractions, or None."""
    ends = interval or {"mean": None, "low": None, "high": None}
    return {
        name: None if (value := ends[key]) is None else 100 * value
        for name, key in zip(_error_names(label), ("mean", "low", "high"), strict=True)
    }


def error_columns(label: str) -> dict[str, ColumnConfig]:
    """Returns the configurations of the columns of `error` by their names."""
    return {name: per_cent() for name in _error_names(label)}


def _error_names(label: str) -> tuple[str, str, str]:
    return label, texts.say("explore.column.low", of=label), texts.say("explore.column.high", of=label)


def zone() -> str:
    """Returns the name of the time zone of the visitor's browser, or "UTC" where the browser names none that this
    machine knows."""
    name = st.context.timezone or "UTC"
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):  # no zone's name, or a zone that this machine does not know
        return "UTC"


def local_time(seconds: float, zone_name: str) -> pd.Timestamp:
    """Returns a time (seconds since 1970, UTC) in the time zone `zone_name`."""
    return pd.Timestamp(seconds, unit="s", tz="UTC").tz_convert(zone_name)


def time() -> ColumnConfig:
    """Returns the configuration of a column of times, shown to the minute."""
    return st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")
