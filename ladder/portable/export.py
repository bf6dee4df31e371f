"""`ladder.export`: a fitted LadderClassifier as a file that other programs read."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from ladder.arrays import Floats
from ladder.files import write_whole
from ladder.portable.classifier import LadderClassifier
from ladder.recipe.plain import recipe_to_json

Scale = tuple[Floats, Floats]


def export(model: object, path: str | os.PathLike[str]) -> None:
    """Writes a fitted LadderClassifier to the file `path`. An ending .onnx makes it ONNX, with the input `rows` and the
    outputs `label` and `probabilities`. An ending .safetensors makes it its arrays, and a JSON file beside it says what
    they are.

    `model` may also be a fitted Pipeline of StandardScaler, MinMaxScaler and, at its end, a LadderClassifier. The file
    then takes rows as the pipeline does. Raises ValueError for another model or ending, NotFittedError, and OSError
    where the file cannot be written.
    """
    target = Path(path)
    classifier, scale = _parts(model)
    frozen = replace(classifier.frozen_, scale=scale, feature_names=tuple(getattr(model, "feature_names_in_", ())))
    classes, recipe = classifier.classes_.tolist(), recipe_to_json(classifier.recipe_)
    for name in ("dataset", "data_noise"):  # those of the page's data: these rows are somebody's own
        del recipe["structure"][name]
    about = {"updates": classifier.n_iter_, "recipe": recipe}
    if target.suffix == ".onnx":
        from ladder.portable.onnx_file import onnx_bytes

        write_whole(target, onnx_bytes(frozen, classes, about))
    elif target.suffix == ".safetensors":
        from ladder.portable.tensors import description, tensors_bytes

        write_whole(target, tensors_bytes(frozen, classifier.denoiser_))
        said = description(frozen, classifier.denoiser_, classes, about)
        write_whole(target.with_suffix(".json"), said.encode())
    else:
        raise ValueError(f"A model is written as .onnx or .safetensors, not as “{target.suffix}”.")


def _parts(model: object) -> tuple[LadderClassifier, Scale | None]:
    """The classifier, and the mean and the std by which the steps before it scale each value."""
    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    *scalers, classifier = [step for step in steps if step != "passthrough" and step is not None]
    if not isinstance(classifier, LadderClassifier):
        raise ValueError(f"{type(classifier).__name__} is no LadderClassifier, and only these are exported.")
    check_is_fitted(classifier)
    scale: Scale | None = None
    for scaler in scalers:
        mean, std = _scale(scaler)
        scale = (mean, std) if scale is None else (scale[0] + scale[1] * mean, scale[1] * std)
    return classifier, scale


def _scale(scaler: object) -> Scale:
    """The mean and the std (d,) such that the scaler makes (x - mean) / std of x."""
    if isinstance(scaler, StandardScaler):
        mean, std = (scaler.mean_ if scaler.with_mean else 0.0), (scaler.scale_ if scaler.with_std else 1.0)
        return np.broadcast_to(mean, scaler.n_features_in_), np.broadcast_to(std, scaler.n_features_in_)
    if isinstance(scaler, MinMaxScaler) and not scaler.clip:
        return -scaler.min_ / scaler.scale_, 1 / scaler.scale_
    name = type(scaler).__name__
    raise ValueError(f"The step {name} cannot be exported: only StandardScaler and MinMaxScaler (clip=False) can.")
