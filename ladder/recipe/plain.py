"""A recipe as plain dictionaries and lists, as JSON files hold it."""

import dataclasses
from typing import TypedDict

from ladder.problems import Problem
from ladder.settings import MAX_CHANGES, Live, Recipe, Structure


class RecipeJson(TypedDict):
    """A recipe as JSON: the fields of Structure, those of Live (Live.to_json), and for each change [update, those of
    Live]."""

    structure: dict[str, object]
    live: dict[str, object]
    changes: list[tuple[int, dict[str, object]]]


def recipe_to_json(recipe: Recipe) -> RecipeJson:
    """The recipe as plain dictionaries and lists."""
    return {
        "structure": dataclasses.asdict(recipe.structure),
        "live": recipe.live.to_json(),
        "changes": [(update, live.to_json()) for update, live in recipe.changes],
    }


def recipe_from_json(values: RecipeJson) -> Recipe:
    """The recipe, checked field by field.

    Problem (too_many_changes, and the keys of settings.py) for a value out of range; KeyError, TypeError or ValueError
    where `values` has another form.
    """
    if len(values["changes"]) > MAX_CHANGES:
        raise Problem("too_many_changes", high=MAX_CHANGES)
    changes = tuple((update, Live.from_json(live)) for update, live in values["changes"])
    structure = Structure(**values["structure"])  # type: ignore[arg-type]  # it checks its fields itself
    return Recipe(structure, Live.from_json(values["live"]), changes)
