"""The panels of the live page, the comparison and the sweep as Streamlit components, and the data that each is given.

A panel is one component and not one for each card: while it stays mounted it keeps its charts, their zoom and the
page's scroll position through every rerun of the script. Its JavaScript lies in `live/`, a module for each idea.
"""

import itertools
from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from ladder import i18n, theme
from ladder.data import own
from ladder.data.datasets import DATASETS, available, is_reserve
from ladder.data.drawn import fits
from ladder.data.protocol import n_classes, n_test
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.recipe.words import write
from ladder.settings import COMBINATOR_NAMES, DATASET_NAMES, MAX_HIDDEN, Live, Structure, base_of, knobs
from ladder.teaching import glossary
from ladder.teaching.classroom import LONGEST_NAME
from ladder.teaching.room import Member, Room
from ladder.ui import layouts, membership, navigation, scripts, stage, texts
from ladder.ui.run_list import Row


def _component(name: str, entry: str, *styles: str) -> Callable:
    """A component of Streamlit whose script is module `entry` and what it imports, with the rules of live.css and of
    the style sheets `styles`."""
    sheets = [(scripts.FOLDER / f"{one}.css").read_text(encoding="utf-8") for one in ("live", *styles)]
    return st.components.v2.component(
        name,
        js=scripts.joined(entry),
        css="\n".join(sheets),
        isolate_styles=False,  # Plotly adds its own styles to the document, which a shadow root would not see
    )


STREAMLIT = "en"  # the language of Streamlit's own words
ON_CARDS = "ask", "now", "whole", "named", "percent", "symbols"  # texts of live.toml that the cards of every panel have

_mount = _component("ladder_live", "live")
_mount_inside = _component("ladder_inside", "inside", "inside")
_mount_race = _component("ladder_race", "race")
_mount_sweep = _component("ladder_sweep", "sweep")
_mount_class_board = _component("ladder_class_board", "class_board", "class_board")
_mount_watch = _component("ladder_watch", "watch", "watch")
_mount_copying = _component("ladder_copying", "copying")
_mount_uploading = _component("ladder_uploading", "uploading")
_mount_drawn = _component("ladder_drawn", "drawn_page", "inside")
_mount_page = _component("ladder_page", "page")
_mount_class_door = _component("ladder_class_door", "class_door", "class")
_mount_class_strip = _component("ladder_class_strip", "class_strip", "class")


def copying() -> None:
    """Mounts an invisible component with which Streamlit's copy buttons work over plain http too."""
    _mount_copying(key="copying")


def uploading(on_refused: Callable[[], None]) -> None:
    """Mounts an invisible component that calls `on_refused` when a proxy refuses an upload as too large."""
    _mount_uploading(key="uploading", on_refused_change=on_refused)


def drawn(language: str, on_sets: Callable[[], None], key: str = "data.drawn") -> None:
    """Mounts the drawn samples that the visitor's browser keeps. `on_sets` is called when they have been read and when
    they have changed; the component's value `sets` then has them, a list of what data/drawn.py takes. `key`:
    Streamlit's key of the component."""
    words = {name: text for name, text in i18n.texts("inside", language).items() if name.startswith("drawn.")}
    images = [name for name, info in DATASETS.items() if info.image_shape]
    pairs = (zip(DATASETS[name].class_names, texts.class_names(name, language), strict=True) for name in images)
    data = _common("data", language) | {"texts": words, "labels": dict(itertools.chain.from_iterable(pairs))}
    _mount_drawn(data=data, key=key, on_sets_change=on_sets)


def page(language: str, kept: dict[str, str], code: str) -> None:
    """Mounts an invisible component that tells the browser the page's language, writes Streamlit's own words in it, and
    keeps the cookies `kept`, value by name, for a year. `language`: a key of i18n.LANGUAGES. `code`: a short code that
    another server has made, whose page the browser then asks the proxy for; "" for none.

    Streamlit has its words in English alone: locales/streamlit.toml has them in other languages, by their text. Out of
    reach are what is drawn on a table's canvas; the few words that a library of Streamlit's takes from the browser's
    own language, such as "9 options available." for a screen reader, so that an English page in a Chinese browser has
    them in Chinese; and the browser's own dialog for files and bubbles at impossible values.
    """
    data = {
        "lang": i18n.TAGS[language],
        "kept": kept,
        "code": code,
        "words": _words_of_streamlit(language),
    }
    with st.container(key="page_component"):  # page.css hides it
        _mount_page(data=data, key="page")


def _words_of_streamlit(language: str) -> dict[str, str]:
    """Streamlit's texts and those in their place; none for Streamlit's own language."""
    own, wanted = (i18n.texts("streamlit", one) for one in (STREAMLIT, language))
    return {} if language == STREAMLIT else {own[name]: wanted[name] for name in own}


def class_door(parts: list[str], code: str, after: str, language: str, replica: str = "") -> None:
    """Mounts the forms of the page of a class. `parts`: which of them, of "join", "teach" and "leave". `code`: of the
    class, as the address had it. `after`: the query of the live page, which is shown after joining.
    `replica`: the letter with which the codes of this server's classes begin, "" for any: a code of another server's
    class leads there."""
    data = _common("class", language) | {"parts": parts, "code": code, "after": after, "most": LONGEST_NAME}
    data |= {"replica": replica}
    _mount_class_door(data=data | {"texts": i18n.texts("student", language)}, key="class_door")


def class_strip(
    page: str, room: Room, member: Member, followed: dict, language: str, on_train: Callable[[], None]
) -> None:
    """Mounts the strip that a student has below every page. `page`: that which is shown. `followed`: what the tab has
    followed (following.followed); where the class is further, the script is run again. `on_train` is called when the
    student wants a ladder trained on labels of the class's labelling round, which the component's value `train` then
    says, {"kind": one of labelling.KINDS}."""
    words = i18n.texts("student", language) | {"percent": i18n.text("live.percent", language)}
    about = {"name": room.name, "nickname": member.name, "followed": followed, "texts": words}
    data = _common(page, language) | about | {"images": image_classes(language)}
    with st.container(key="class_strip"):  # page.css leaves it no room between the rows
        _mount_class_strip(data=data, key="class.strip", on_followed_change=lambda: None, on_train_change=on_train)


def image_classes(language: str) -> dict[str, list[str]]:
    """Returns for each dataset of images what its classes are called."""
    images = [*(name for name, info in DATASETS.items() if info.image_shape)]
    images += [one.name for one in own.listed() if one.image_shape]
    return {name: list(texts.class_names(name, language)) for name in images}


def layer_names(structure: Structure, n_features: int, n_classes: int, language: str) -> list[dict]:
    """Returns a dictionary for each layer from the input to the top, L + 1 in all, with its names in `language`:
    `label` with its width, `name` without it, and `short` for a chart's legend. Further its `symbol`, such as "l=0",
    and its `width` in units. `n_features` is the input's width, `n_classes` the top's."""
    widths = (n_features, *structure.widths, n_classes)
    top = len(widths) - 1
    names = ["input", *["hidden"] * (top - 1), "top"]
    return [
        {
            "label": i18n.text(f"live.layer.{name}", language, l=l, m=width),
            "short": i18n.text(f"live.layer.{name}_short", language, l=l),
            "name": i18n.text(f"page.layer.{name}", language, l=l),
            "symbol": f"l={l}",
            "width": width,
        }
        for l, (name, width) in enumerate(zip(names, widths, strict=True))
    ]


def _words(structure: Structure, language: str, part: str = "") -> dict[str, str]:
    """The texts of the live panel for a run of `structure`, or those below `part`: where a challenge reserves rows, it
    speaks of validation samples."""
    names = [f"{one}.{part}".rstrip(".") for one in ("live", "reserve")]
    usual, of_reserve = (i18n.texts(name, language) for name in names)
    return usual | of_reserve if is_reserve(structure.dataset) else usual


def live(
    run_id: str,
    view: View,
    structure: Structure,
    rows: list[Row],
    tab: str,
    keys: str,
    lesson: dict | None,
    held: bool,
    on_news: Callable[[], None],
    on_changed: Callable[[], None],
    on_wish: Callable[[], None],
    on_lesson: Callable[[], None],
    key: str = "live",
) -> None:
    """Mounts the live panel for a run of `structure`, in the language of `view`.

    `rows`: the tab's list of runs. `tab`: the name by which the server knows the tab, with which the panel changes the
    run's choices. `keys`: the letters of the page's buttons. `lesson`: the tab's lesson (lessons.data), None for none;
    `held`: whether the run waits for a prediction of it. `on_news` is called when the run's status has changed or
    something has gone wrong with the run, and `on_changed` a moment after a person has changed its choices in the
    panel. `on_wish` is called when a person has asked something of the list, which the component's value `runs` then
    says (tab.act_on_list); `on_lesson` when a person has done something in the lesson's card, which the value `lesson`
    says (lessons.act). `key`: Streamlit's key of the component.
    """
    language, info = view.language, DATASETS[structure.dataset]
    data = _common("live", language, structure.n_layers) | {
        "run": run_id,
        "rows": rows,
        "lesson": lesson,
        "held": held,
        "settings": _settings(structure, language),
        "tab": tab,
        "keys": keys,
        "texts": _words(structure, language),
        "stage": stage.stage(structure, language, membership.lead()),
        "view": asdict(view),
        "layers": layer_names(structure, info.n_features, n_classes(structure), language),
        "data": _about(structure, language),
        "layouts": layouts.layouts(_words(structure, language, "axis"), view.costs, view.log_costs),
    }
    _mount(
        data=data,
        key=key,
        on_status_change=on_news,
        on_changed_change=on_changed,
        on_runs_change=on_wish,
        on_lesson_change=on_lesson,
    )


def watch(run_id: str, structure: Structure, view: View, title: str, key: str = "watch") -> None:
    """Mounts a panel that shows a run of `structure` and steers nothing, in the language of `view` and under `title`.
    `key`: Streamlit's key of the component."""
    language, info = view.language, DATASETS[structure.dataset]
    data = _common("class", language, structure.n_layers) | {
        "run": run_id,
        "title": title,
        "rows": [],
        "keys": "",
        "texts": _words(structure, language),
        "view": asdict(view),
        "layers": layer_names(structure, info.n_features, n_classes(structure), language),
        "data": _about(structure, language),
        "layouts": layouts.layouts(_words(structure, language, "axis"), view.costs, view.log_costs),
    }
    _mount_watch(data=data, key=key)


def inside(
    run_id: str,
    view: View,
    structure: Structure,
    tab: str,
    keys: str,
    on_news: Callable[[], None],
    on_changed: Callable[[], None],
    on_wish: Callable[[], None],
    key: str = "inside",
) -> None:
    """Mounts the panel of the page Inside for a run of `structure`, in the language of `view`, which also says what is
    looked at first. The other arguments are those of `live`."""
    language = view.language
    combinators = {f"combinator.{name}": i18n.text(f"combinator.{name}", language) for name in COMBINATOR_NAMES}
    info = DATASETS[structure.dataset]
    look = {"part": view.part, "row": view.row, "layer": view.rung, "unit": view.unit}
    data = _common("inside", language, structure.n_layers) | {
        "run": run_id,
        "tab": tab,
        "keys": keys,
        "texts": _words(structure, language) | i18n.texts("inside", language) | combinators,
        "stage": stage.stage(structure, language, membership.lead()),
        "view": {"costs": "raw"},
        "look": look,
        "drawn": _drawn(structure.dataset, language),
        "layers": layer_names(structure, info.n_features, n_classes(structure), language),
        "data": _about(structure, language) | {"n_rows": {"test": n_test(structure), "training": info.n_train}},
        "layouts": layouts.inside_layouts(i18n.texts("inside.axis", language)),
    }
    _mount_inside(data=data, key=key, on_status_change=on_news, on_changed_change=on_changed, on_runs_change=on_wish)


def _drawn(dataset: str, language: str) -> dict | None:
    """Returns what the page Inside needs for drawn samples of a dataset's images, None where it has none: their `shape`
    and the `names` of the classes (data/drawn.py), `labels`, what these are called by name, and `others`, other data of
    the same images and classes, on whose test samples a run can be tested."""
    info = DATASETS[dataset]
    if info.image_shape is None:
        return None
    names = [*DATASET_NAMES, *(one.name for one in own.listed())]
    alike = [
        one for one in names if one != dataset and available(one) and fits(one, info.image_shape, info.class_names)
    ]
    others = [{"name": one, "label": texts.dataset(one, language)} for one in alike]
    labels = dict(zip(info.class_names, texts.class_names(dataset, language), strict=True))
    return {"shape": info.image_shape, "names": info.class_names, "labels": labels, "others": others}


def race(
    run_id: str,
    race: Race,
    names: list[str],
    notes: list[str],
    pins: list[dict],
    language: str,
    tab: str,
    keys: str,
    lesson: dict | None,
    held: bool,
    on_lesson: Callable[[], None],
    key: str = "race_panel",
) -> None:
    """Mounts the panel of the comparison `race`, which is the run `run_id`.

    `names` and `notes`: for each contestant its name and a note below it, "" for none. `pins`: the comparisons kept as
    ghost lines (compare_pins.pins_for_panel). `tab`, `keys`, `lesson`, `held` and `on_lesson`: as of `live`. `key`:
    Streamlit's key of the component. Any news of the run makes the page's script run again.
    """
    about = zip(race.contestants, names, notes, strict=True)
    data = _common("compare", language) | {
        "run": run_id,
        "tab": tab,
        "keys": keys,
        "lesson": lesson,
        "held": held,
        "seeds": [race.structure.weight_seed, race.structure.label_seed],
        "choices": asdict(race.live),
        "texts": i18n.texts("live", language) | i18n.texts("race", language),
        "contestants": [{"model": one.model, "label": name, "note": note} for one, name, note in about],
        "pins": pins,
        "view": {"costs": "raw"},
        "data": _about(race.structure, language),
        "layouts": layouts.race_layouts(i18n.texts("race.axis", language)),
    }
    _mount_race(data=data, key=key, on_status_change=lambda: None, on_lesson_change=on_lesson)


def sweep(
    axes: list[dict], cells: list[dict], view: dict, picked: list[str] | None, language: str, key: str = "explore.panel"
) -> list[str] | None:
    """Mounts a sweep's chart. Returns the words of the cell that was just clicked, one for each axis, or None.

    `axes`: the dictionaries of maps.axes_of, each with `label`, `labels` (word -> label) and `given`, whether the axis
    is one of summaries.GIVEN.
    `cells`: the dictionaries of maps.cells_of, each with `address`, the link that a click opens.
    `view`: `kind` "map", "lines" or "dots"; `measure` "test_error" or "validation_error"; `seeds`, whether to draw the
    error of each seed.
    `picked`: the words of the cell that was clicked before, or None. `key`: Streamlit's key of the component.
    """
    data = _common("explore", language) | {
        "axes": axes,
        "cells": cells,
        "view": view,
        "picked": picked,
        "texts": i18n.texts("sweep", language) | {name: i18n.text(f"live.{name}", language) for name in ON_CARDS},
    }
    return _mount_sweep(data=data, key=key, on_picked_change=lambda: None).picked


def class_board(
    class_id: str,
    given: dict,
    watched: str,
    language: str,
    on_watch: Callable[[], None],
    on_train: Callable[[], None],
) -> None:
    """Mounts the teacher's board of a class. `given`: class_teacher.board_data. `watched`: the run that the teacher
    looks at, "" for none. `on_watch` is called when the teacher opens or closes a run, which the component's value
    `watch` then says, {"run": its id or ""}; `on_train` when
    the teacher wants to compare the labels of a labelling round, which `train` says, {"member": whose own labels}."""
    words = {name: i18n.text(f"live.{name}", language) for name in ("whole", "named", "percent", "comma")}
    data = _common("class", language) | given
    words |= {f"event.{kind}": text for kind, text in i18n.texts("teacher.event", language).items()}
    data |= {"class": class_id, "watched": watched, "texts": i18n.texts("board", language) | words}
    data["images"] = image_classes(language)
    _mount_class_board(data=data, key="class.board", on_watch_change=on_watch, on_train_change=on_train)


def _common(page: str, language: str, n_layers: int = MAX_HIDDEN + 1) -> dict:
    """The data of every panel: its page, the names of all pages, the language, the glossary's symbols, and colours for
    `n_layers` layers."""
    return {
        "page": page,
        "pages": list(navigation.PAGES),
        "language": language,
        "glossary": _glossary(language),
        "theme": theme.as_data(n_layers),
    }


def _glossary(language: str) -> dict:
    """What live/glossary.js makes links from: the regular expressions that find `signs`, and `words` too, the term of
    each symbol, and the query of an entry's address up to its key."""
    found = {entry.term.key: entry for entry in glossary.entries(language)}
    return {
        "signs": glossary.pattern(words=False),
        "words": glossary.pattern(words=True),
        "terms": {
            symbol: {"key": term.key, "symbol": term.symbols[0], "name": found[term.key].name}
            for symbol, term in glossary.symbols_by_name().items()
        },
        "query": texts.query_of_symbol("", language),
    }


def _settings(structure: Structure, language: str) -> dict:
    """The words of the saved page's table: `structure`, [label, value] of each choice of the structure, and `labels`,
    what each live choice is called."""
    choices = knobs(Structure)
    return {
        "structure": [[texts.label(k, language), write(one, getattr(structure, k))] for k, one in choices.items()],
        "labels": {name: texts.label(name, language) for name in knobs(Live)},
    }


def _about(structure: Structure, language: str) -> dict:
    """What the panels show of the data of a run: the numbers of features and of the task's classes, the names in
    `language` of these and of the features, none for images, and the shape (rows, columns) of images, None for other
    data."""
    info, n = DATASETS[structure.dataset], n_classes(structure)
    words = i18n.texts(f"feature.{base_of(structure.dataset)}", language)
    return {
        "n_features": info.n_features,
        "n_classes": n,
        "class_names": list(texts.class_names(structure.dataset, language)[:n]),
        "feature_names": [words.get(name, name) for name in info.feature_names],
        "image_shape": info.image_shape,
    }
