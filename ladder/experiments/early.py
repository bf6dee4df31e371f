"""Whether the first updates of a search's trials predict their end: the budget correlation of DeepCAVE."""

from collections.abc import Iterable

from ladder.experiments.trials import Trial

FEWEST = 6  # finished trials, below which a rank correlation says little
SHARES = (0.1, 0.25, 0.5)  # of the updates


def agreement(trials: Iterable[Trial]) -> dict[float, float]:
    """Returns for each of SHARES of the updates Spearman's rank correlation, -1 to 1, of the finished trials'
    validation errors at that share, or at the nearest point of their curves, with those at their end. Empty for fewer
    than FEWEST trials; a share at which all errors are equal is left out.

    Both errors are of one training, whose learning rate falls at the end: a training that ends there would differ a
    little. Trials that were pruned have no end, so the others agree less than all would.
    """
    from scipy.stats import spearmanr

    curves = [trial.curve for trial in trials if trial.state == "finished" and trial.curve]
    found: dict[float, float] = {}
    for share in SHARES if len(curves) >= FEWEST else ():
        wanted = [share * curve[-1][0] for curve in curves]
        early = [min(curve, key=lambda point: abs(point[0] - at))[1] for curve, at in zip(curves, wanted, strict=True)]
        late = [curve[-1][1] for curve in curves]
        if len(set(early)) > 1 and len(set(late)) > 1:
            found[share] = float(spearmanr(early, late).statistic)
    return found
