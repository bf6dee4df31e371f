"""What a trained ladder says of the rows of a file."""

import io
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tables import flowers, table, usual

from ladder.analysis import snapshot
from ladder.data import datasets, keeping
from ladder.data.encoding import Value
from ladder.data.source import Reading
from ladder.portable import predicting
from ladder.portable.frozen import freeze
from ladder.portable.predicting import predict
from ladder.problems import Problem
from ladder.recipe.defaults import default_live
from ladder.settings import Recipe, Structure
from ladder.training.train import initial, train


def trained(dataset: str, n: int = 60):
    """A short run: its recipe and its last state."""
    structure = Structure(dataset=dataset, widths=(12, 8))
    recipe = Recipe(structure, default_live(structure))
    data = datasets.load(dataset)
    (state,), _ = train([initial(structure, data)], [structure], [recipe.live], data, n)
    return recipe, state


@cache
def iris():
    return trained("iris", 250)


def measured(data, rows) -> pd.DataFrame:
    """Rows in the table's units, with their classes."""
    mean, std = data.scale
    frame = pd.DataFrame(data.x_test[rows].astype(np.float64) * std + mean, columns=data.feature_names)
    return frame.assign(label=[data.class_names[k] for k in data.y_test[rows]])


def asked(run, content: bytes, name: str = "rows.csv", sure: float = 0.8):
    recipe, state = run
    return predict(recipe, state.update, state.theta, name, content, Reading(), sure)


def read(found) -> pd.DataFrame:
    assert found.csv.startswith(b"\xef\xbb\xbf")  # by which spreadsheets know that it is UTF-8
    return pd.read_csv(io.BytesIO(found.csv))


def test_it_says_what_the_page_says_of_the_same_rows():
    (recipe, state), data = iris(), datasets.load("iris")
    wanted = snapshot.probabilities(state, recipe.structure, recipe.live, data, data.x_test)
    found = asked(iris(), measured(data, slice(None)).to_csv(index=False).encode())
    table = read(found)
    np.testing.assert_allclose(table[[f"p({name})" for name in data.class_names]], wanted, atol=2e-4)
    assert table["predicted"].tolist() == [data.class_names[k] for k in wanted.argmax(1)]
    assert table["row"].tolist() == list(range(1, len(wanted) + 1))
    sure = wanted.max(1) >= 0.8
    assert (table["sure"] == "yes").tolist() == sure.tolist() and 0 < sure.sum() < len(sure)
    wrong = wanted.argmax(1) != data.y_test
    assert (found.n_known, found.n_wrong) == (len(wanted), wrong.sum())
    tested = found.tested
    assert (tested.n, tested.n_sure) == (len(wanted), sure.sum())
    assert (tested.wrong_sure, tested.wrong_unsure) == ((wrong & sure).sum(), (wrong & ~sure).sum())
    counts = [
        (name, int((wanted.argmax(1) == k).sum()), int((sure & (wanted.argmax(1) == k)).sum()))
        for k, name in enumerate(data.class_names)
    ]
    assert list(found.counts) == counts


def test_the_bound_decides_what_is_sure():
    content = measured(datasets.load("iris"), slice(None)).to_csv(index=False).encode()
    n_sure = [asked(iris(), content, sure=bound).tested.n_sure for bound in (0.4, 0.8, 0.99)]
    assert n_sure == sorted(n_sure, reverse=True) and n_sure[0] > n_sure[-1]
    with pytest.raises(Problem) as caught:
        asked(iris(), content, sure=1.5)
    assert caught.value.key == "bad_number"


def test_what_mattered_is_the_probability_less_that_without_the_value():
    (recipe, state), data = iris(), datasets.load("iris")
    frozen = freeze(state.theta, recipe.structure, recipe.live, data)
    x, usual_row = data.x_test[:5], data.x.mean(0)
    answers = frozen.probabilities(x).argmax(1)
    values = tuple(Value(name, (k,), False) for k, name in enumerate(data.feature_names))
    for row, reasons in enumerate(predicting.explained(frozen, x, answers, values, usual_row)):
        effects = {}
        for k, name in enumerate(data.feature_names):
            other = x[row].copy()
            other[k] = usual_row[k]
            both = snapshot.probabilities(state, recipe.structure, recipe.live, data, np.stack([x[row], other]))
            effects[name] = both[0, answers[row]] - both[1, answers[row]]
        for name, effect in reasons:
            assert effect == pytest.approx(effects[name], abs=1e-4)
        least = min((abs(effect) for _, effect in reasons), default=1)
        left_out = set(effects) - {name for name, _ in reasons}
        assert all(abs(effects[name]) <= max(least, predicting.LEAST_EFFECT) + 1e-4 for name in left_out)


def test_the_words_that_mattered_are_words_of_the_text(home):
    words = {"a": "cat sat on the mat", "b": "dog ran in the park", "c": "rain falls on every town"}
    source = table(text=[f"the {words['abc'[k % 3]]} {k}" for k in range(60)], kind=[*"abc"] * 20)
    name = keeping.keep(source, usual(source), "texts").name
    found = asked(trained(name, 150), b"the dog ran to the town\ncat and mat\n", "texts.txt")
    assert [one.text for one in found.answers] == ["the dog ran to the town", "cat and mat"]
    for one in found.answers:
        assert one.reasons and {word for word, _ in one.reasons} <= {*one.text.split()}


def test_images_have_no_values_that_matter():
    data = datasets.load("digits")
    stream = io.BytesIO()
    np.save(stream, (data.x_test[:9].reshape(-1, 8, 8) * 255).round().astype(np.uint8))
    found = asked(trained("digits", 30), stream.getvalue(), "digits.npy")
    assert not any(one.reasons for one in found.answers) and "because" not in read(found)
    assert len(read(found)) == 9


def test_no_cell_is_a_formula_and_no_heading_comes_twice(home):
    source = flowers()
    name = keeping.keep(source, usual(source), "flowers").name
    cells = source.cells.assign(predicted="=1+1", note="+cmd|' /C calc'!A0")
    found = asked(trained(name, 20), cells.to_csv(index=False).encode())
    headings = list(read(found))
    assert "predicted" in headings and "predicted 2" in headings and len(set(headings)) == len(headings)
    assert set(read(found)["predicted"]) == {"'=1+1"} and set(read(found)["note"]) == {"'+cmd|' /C calc'!A0"}
    numbers = read(found)["length"].dropna()
    assert numbers.tolist() == pytest.approx([float(one) for one in source.cells["length"] if one])


def test_parameters_of_another_network_are_refused():
    recipe, state = iris()
    with pytest.raises(Problem) as caught:
        predict(recipe, 60, state.theta[:20], "rows.csv", b"a,b\n1,2\n", Reading(), 0.8)
    assert caught.value.key == "checkpoint_damaged"
