"""The text set that is made of installed libraries."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ladder.data import docstrings
from ladder.data.docstrings import EACH, LIBRARIES, MOST_WORDS, cleaned
from ladder.data.preparing import prepare
from ladder.data.rows import labeled_rows
from ladder.problems import Problem


@pytest.fixture(scope="module")
def made():
    return docstrings.table()


def test_each_library_has_as_many_different_texts_without_any_library_s_name(made):
    assert made.cells["library"].value_counts().to_dict() == dict.fromkeys(LIBRARIES, EACH)
    words = [set(text.split()) for text in made.cells["text"]]
    assert not set().union(*words) & {*LIBRARIES, "np", "pd", "tensor", "tensors", "dataframe", "ndarray", "series"}
    assert max(len(text.split()) for text in made.cells["text"]) <= MOST_WORDS


def test_code_and_markup_are_no_words():
    said = "Compute ``x.sum()`` of an :class:`Array`.\n\n>>> import numpy as np\n\nThe sum of all values along one axis"
    assert cleaned(said) == "compute of an the sum of all values along one axis"
    assert cleaned("Too short.") is None


def test_few_labels_leave_much_to_learn(made):
    data = prepare(made, docstrings.CHOICES).data
    assert data.x.shape == (1400, 500) and len(data.y_test) == 600
    errors = []
    for seed in range(3):
        rows = labeled_rows(data, 50, seed)
        fitted = LogisticRegression(max_iter=2000).fit(data.x[rows], data.y[rows])
        errors.append(1 - fitted.score(data.x_test, data.y_test))
    assert 0.1 < np.mean(errors) < 0.7  # by chance 0.8


def test_a_library_without_sources_is_a_sentence(monkeypatch):
    monkeypatch.setitem(LIBRARIES, "numpy", ("nowhere",))
    with pytest.raises(Problem) as caught:
        docstrings.table()
    assert caught.value.key == "own_no_sources"
