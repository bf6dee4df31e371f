"""A run as a short Python file that repeats it without the page.

The file uses this package, and not NumPy alone. A training loop of its own would be a second implementation, whose
numbers would agree with the run's for some hundred updates at best. The package's are the same to the last bit on the
processors that README.md names ("The same numbers").
"""

from collections.abc import Iterator
from dataclasses import fields

from ladder.settings import Live, Recipe, knobs

_SCRIPT = '''\
"""Repeats a run of Ladder Lab without its page: {updates} updates on {dataset}.

    pip install PATH    (the folder of Ladder Lab, where its pyproject.toml lies)
    python THIS_FILE

It was computed with {computed}. With another processor or other versions the numbers drift apart
(README.md of Ladder Lab, "The same numbers").
"""

import ladder  # noqa: F401, I001  # before NumPy: it chooses the same arithmetic on all processors

from ladder.analysis.snapshot import evaluate, probabilities
from ladder.data.protocol import load
from ladder.settings import Live, Recipe, Structure
from ladder.training.train import initial, train

UPDATES = {updates}
STRUCTURE = Structure(
{structure}
)
LIVE = Live(
{live}
)
CHANGES = [  # (updates before it, what was changed)
{changes}]

recipe = Recipe(STRUCTURE, LIVE)
for update, values in CHANGES:
    recipe = recipe.changed(update, recipe.latest.having(values))

data = load(STRUCTURE)
state = initial(STRUCTURE, data)
while state.update < UPDATES:
    until = min(UPDATES, recipe.next_change(state.update) or UPDATES)
    (state,), (costs,) = train([state], [STRUCTURE], [recipe.at(state.update)], data, until - state.update)
    print(f"update {{state.update}}: supervised cost {{costs['supervised'][-1]:.4f}}")

print(f"test error {{evaluate(state, STRUCTURE, recipe.latest, data).test_error:.4f}}; the page had {error:.4f}")
predicted = probabilities(state, STRUCTURE, recipe.latest, data, data.x_test).argmax(1)
print("the first test rows are taken for", [data.class_names[k] for k in predicted[:10]])
'''


def script(recipe: Recipe, updates: int, error: float, computed: str) -> str:
    """Returns the file. `updates`: the number of the run's updates. `error`: its test error
    then, a fraction. `computed`: Computed.key of what has trained it, "" where that is not known."""
    return _SCRIPT.format(
        updates=updates,
        dataset=recipe.structure.dataset,
        structure=_lines(recipe.structure),
        live=_lines(recipe.live),
        changes="".join(f"    ({update}, {values!r}),\n" for update, values in _differences(recipe, updates)),
        error=error,
        computed=computed or "an unknown processor",
    )


def _lines(choices: object) -> str:
    return "\n".join(f"    {one.name}={getattr(choices, one.name)!r}," for one in fields(choices))  # type: ignore[arg-type]


def _differences(recipe: Recipe, updates: int) -> Iterator[tuple[int, dict[str, object]]]:
    """For each change before update number `updates` the choices that it changed, by name."""
    before = recipe.live
    for since, live in recipe.changes:
        if since < updates:
            yield since, {k: getattr(live, k) for k in knobs(Live) if getattr(live, k) != getattr(before, k)}
        before = live
