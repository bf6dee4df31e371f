"""All files as which the ladder of a run leaves."""

import numpy as np

from ladder.analysis.snapshot import evaluate
from ladder.arithmetic import Computed, key_of
from ladder.arrays import Floats
from ladder.data.protocol import load
from ladder.portable.denoiser import denoiser
from ladder.portable.frozen import freeze
from ladder.portable.onnx_file import onnx_bytes
from ladder.portable.script import script
from ladder.portable.tensors import description, tensors_bytes
from ladder.recipe.plain import recipe_to_json
from ladder.settings import Recipe
from ladder.training.train import State

ONNX, TENSORS, DESCRIPTION, SCRIPT = "ladder.onnx", "ladder.safetensors", "ladder.json", "run.py"


def model_files(recipe: Recipe, update: int, theta: Floats, computed: tuple[Computed, ...]) -> dict[str, bytes]:
    """Returns the content of the files ONNX, TENSORS, DESCRIPTION and SCRIPT by name, for the ladder of a run after
    `update` updates, whose parameters are `theta` (n_parameters,). `computed`: what has trained it. Raises Problem as
    datasets.load does."""
    structure, live, nothing = recipe.structure, recipe.at(update), np.zeros(0, np.float32)
    data = load(structure)
    state = State(theta, nothing, nothing, update)  # of a state, an error needs the parameters
    error = evaluate(state, structure, live, data).test_error
    frozen, down = freeze(theta, structure, live, data), denoiser(theta, structure, live, data)
    about = {"updates": update, "test_error": error, "recipe": recipe_to_json(recipe)}
    about |= {"computed": [one.to_json() for one in computed]}
    return {
        ONNX: onnx_bytes(frozen, data.class_names, about),
        TENSORS: tensors_bytes(frozen, down),
        DESCRIPTION: description(frozen, down, data.class_names, about).encode(),
        SCRIPT: script(recipe, update, error, key_of(computed)).encode(),
    }
