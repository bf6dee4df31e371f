"""A sweep's runs as files: CSV, Parquet, or event files for TensorBoard."""

from collections.abc import Mapping
from pathlib import Path

from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.names import folder_name
from ladder.experiments.summaries import plain
from ladder.problems import Problem

FORMATS = ("csv", "parquet", "tensorboard")


def rows(points: list[Point], results: Mapping[str, Result]) -> list[dict[str, object]]:
    """Returns a flat dictionary for each run that has a result: its axes in its sweep's words, seed, model, dataset,
    labels, errors (fractions), updates, seconds, parameters, where it diverged, costs (`cost/...`), what it was
    computed with (`version/...`) and its cell's key. `results`: by cell key."""
    found = []
    for point in points:
        result = results.get(point.cell.key)
        if result:
            axes: dict[str, object] = {name: plain(word) for name, word in point.axes}
            found.append(
                axes
                | {
                    "seed": point.seed,
                    "model": point.cell.contestant.model,
                    "dataset": point.cell.structure.dataset,
                    "labels": point.cell.live.n_labeled,
                    "validation_error": result.validation_error,
                    "test_error": result.test_error,
                    "updates": result.updates,
                    "seconds": result.seconds,
                    "n_parameters": result.n_parameters,
                    "diverged_at": result.diverged and result.diverged[0],
                    "diverged_quantity": result.diverged and result.diverged[1],
                }
                | {f"cost/{name}": value for name, value in result.costs.items()}
                | {f"version/{name}": value for name, value in result.versions.items()}
                | {"key": point.cell.key}
                | axes  # again, over entries of the same name: two contestants may have one model, but not one word
            )
    return found


def write(points: list[Point], results: Mapping[str, Result], format: str, path: Path) -> None:
    """Write the runs that have a result to `path`: a file, or for "tensorboard" a folder. `format`: one of FORMATS.
    Raises Problem "bad_choice" for another format, and "sweep_empty" where there is no result yet."""
    if format not in FORMATS:
        raise Problem("bad_choice", name="format", value=format[:40], choices=", ".join(FORMATS))
    found = rows(points, results)
    if not found:
        raise Problem("sweep_empty")
    if format == "tensorboard":
        _write_events(points, results, path)
        return
    import pandas

    table = pandas.DataFrame(found)
    for name in table.columns:  # widths of 50 and of 100-50: a number and a text, which no Parquet column holds
        kinds = set(table[name].dropna().map(type))
        if str in kinds and len(kinds) > 1:
            table[name] = table[name].map(str, na_action="ignore")
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False) if format == "csv" else table.to_parquet(path, index=False)


def _write_events(points: list[Point], results: Mapping[str, Result], folder: Path) -> None:
    """Write a TensorBoard run for each combination and seed: the curves by update, and both errors at the end."""
    from tensorboardX import SummaryWriter

    for point in points:
        result = results.get(point.cell.key)
        if result is None:
            continue
        combination = ",".join(f"{axis}={word}" for axis, word in point.axes)
        place = folder / folder_name(combination or "runs") / f"seed={point.seed}"
        for before in place.glob("events.out.tfevents.*"):  # of an earlier export, which would double every point
            before.unlink()
        with SummaryWriter(str(place)) as writer:
            for tag, values in result.curve.items():
                for update, value in zip(result.curve["update"], values, strict=True):
                    if tag != "update" and value is not None:
                        writer.add_scalar(tag, value, update)
            for tag in ("validation_error", "test_error"):
                if getattr(result, tag) is not None:
                    writer.add_scalar(f"final/{tag}", getattr(result, tag), result.updates)
