import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import FOLDS, TRIALS
from radsurv.validation.finding import Finding, together


def test_a_metric_that_nobody_described_is_a_mistake():
    with pytest.raises(AssertionError, match="no_such_metric"):
        Finding(metrics={"harrell_c": 0.5, "no_such_metric": 1.0})


def test_findings_in_their_order():
    one, other = pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [2]})
    first = Finding({FOLDS: one}, {"harrell_c": 0.6, "uno_c": np.nan}, {"uno_c": "too short"}, ["first"])
    second = Finding({TRIALS: other}, {"n_folds": 3}, {}, ["second"])
    whole = together([first, second])
    assert list(whole.tables) == [FOLDS, TRIALS]
    assert list(whole.metrics) == ["harrell_c", "uno_c", "n_folds"]
    assert whole.reasons == {"uno_c": "too short"}
    assert whole.notes == ["first", "second"]
    assert first.notes == ["first"]  # nobody's own lists were changed
    assert first.tables.keys() == {FOLDS}
    assert together([]) == Finding()
