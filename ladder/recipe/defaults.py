"""The usual choices for a structure, and which choices of a run are kept for another structure."""

from dataclasses import replace

from ladder.data import datasets, protocol
from ladder.settings import SWITCHES, Live, Recipe, Structure, fitted, knobs

# The run that a bare address opens; a bare comparison has its seeds. Of 24 pairs of seeds, this one's errors, at the
# end and in the first lesson, are among those nearest the medians (benchmarks/opening.py): a class sees what most show.
OPENING = Recipe(Structure(weight_seed=11, label_seed=11))


def default_live(structure: Structure) -> Live:
    """Returns Live() for the structure's depth, with a label budget that its data can have. Where the data are no
    images, it has the weights and noise that did best on held-out training rows (benchmarks/defaults.py)."""
    info, base = datasets.DATASETS[structure.dataset], Live()
    if info.image_shape is None:
        std = 0.1 if info.n_features == 2 else 0.3
        base = replace(base, lambdas=(10.0, 1.0, 0.1, 0.1, 0.1), noise_std=(std,) * 5)
    budget = min(max(base.n_labeled, protocol.n_classes(structure)), protocol.most_labels(structure))
    return replace(fitted(base, structure.n_layers), n_labeled=budget)


def carried_over(live: Live, old: Structure, new: Structure) -> Live:
    """Returns a run's choices for another structure. Choices that do not fit it, or that were only the usual ones for
    the old structure, are the usual ones for the new structure. Switches are fitted to its depth."""
    usual, fresh = default_live(old), default_live(new)
    names = ["n_labeled"] if (new.dataset, new.known_classes) != (old.dataset, old.known_classes) else []
    for name in ("lambdas", "noise_std"):
        if new.n_layers != old.n_layers or getattr(live, name) == getattr(usual, name):
            names.append(name)
    return replace(fitted(live, new.n_layers, SWITCHES), **{name: getattr(fresh, name) for name in names})


def moved(old: Structure, live: Live, new: Structure, then: Live) -> list[str]:
    """Returns the names of the choices that somebody changes who goes from a run of `old` with the choices `live` to
    one of `new` with `then`: those of the structure that differ, and live ones that differ and are not merely carried
    over."""
    carried = carried_over(live, old, new)
    same = {name: (getattr(live, name), getattr(carried, name)) for name in knobs(Live)}
    names = [name for name in knobs(Structure) if getattr(old, name) != getattr(new, name)]
    return names + [name for name, values in same.items() if getattr(then, name) not in values]


def label_budgets(structure: Structure, most: int) -> list[int]:
    """Returns the numbers of labels that are offered for a structure's data: 1 to 500 for each class, below `most`, and
    `most`."""
    n = protocol.n_classes(structure)
    return [*(n * k for k in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500) if n * k < most), most]
