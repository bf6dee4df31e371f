"""A trained ladder as an ONNX file, built node by node: raw rows in, probabilities and the likeliest class out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ladder.arrays import Numbers
from ladder.models.shapes import LEAKY_SLOPE
from ladder.portable.frozen import Frozen

OPSET, IR_VERSION = 17, 8  # of 2022: every runtime of these years reads them
ROWS, LABEL, PROBABILITIES = "rows", "label", "probabilities"
KINDS = {"relu": "Relu", "leaky_relu": "LeakyRelu", "tanh": "Tanh"}


class _Graph:
    """Nodes in order. `value`: the name of what the last one gives."""

    def __init__(self, value: str) -> None:
        self.value, self.nodes, self.constants = value, list[onnx.NodeProto](), list[onnx.TensorProto]()

    def constant(self, name: str, values: Numbers | np.ndarray) -> str:
        """Returns the name of a constant."""
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def then(self, kind: str, gives: str, *others: str, **attributes: Any) -> None:
        """Adds a node of this kind, which takes the present value and `others`."""
        self.nodes.append(helper.make_node(kind, [self.value, *others], [gives], name=gives, **attributes))
        self.value = gives


def onnx_bytes(frozen: Frozen, classes: Sequence[str | float], about: Mapping[str, object]) -> bytes:
    """Returns the file. Its input `rows` (n, d) float32 are rows in the units in which they were measured. Its outputs
    are `label` (n,), an entry of `classes` (K,), texts or whole numbers, and `probabilities` (n, K) float32. Where two
    classes are equally likely, the first is the label. `about`: what else is known of the run. The file keeps it beside
    its graph, as JSON texts by name, with the names of the features."""
    graph, arrays = _Graph(ROWS), frozen.arrays()
    told = {"features": frozen.feature_names, **about}
    if frozen.scale is not None:
        graph.then("Sub", "centred", graph.constant("scale_mean", arrays["scale_mean"]))
        graph.then("Div", "standardised", graph.constant("scale_std", arrays["scale_std"]))
    top = len(frozen.layers)
    for l in range(1, top + 1):
        for kind, name in (("MatMul", "W"), ("Sub", "mean"), ("Div", "std"), ("Add", "beta"), ("Mul", "gamma")):
            if f"{name}{l}" in arrays:
                graph.then(kind, f"{kind}{l}", graph.constant(f"{name}{l}", arrays[f"{name}{l}"]))
        if l < top:
            slope = {"alpha": LEAKY_SLOPE} if frozen.activation == "leaky_relu" else {}
            graph.then(KINDS[frozen.activation], f"h{l}", **slope)
    graph.then("Softmax", PROBABILITIES, axis=1)
    graph.then("ArgMax", "likeliest", axis=1, keepdims=0)
    whole = all(type(one) is int for one in classes)
    names = np.array(classes, np.int64) if whole else np.array([str(one) for one in classes], object)
    graph.nodes.append(helper.make_node("Gather", [graph.constant("classes", names), "likeliest"], [LABEL], name=LABEL))
    type_of_label = TensorProto.INT64 if whole else TensorProto.STRING
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "ladder",
            [helper.make_tensor_value_info(ROWS, TensorProto.FLOAT, ["n", frozen.n_features])],
            [
                helper.make_tensor_value_info(LABEL, type_of_label, ["n"]),
                helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["n", frozen.widths[-1]]),
            ],
            graph.constants,
        ),
        producer_name="ladder-lab",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(made, {name: json.dumps(value) for name, value in told.items()})
    onnx.checker.check_model(made)
    content: bytes = made.SerializeToString()
    return content
