"""The page and the charts say what the search chose."""

import numpy as np
import pandas as pd
import pytest

from radsurv.report.charts import charts_of
from radsurv.report.html import render
from radsurv.report.page.hyper_parameters import Choice, HyperParameter, HyperParameters
from radsurv.stages.analysis import protocol_of
from radsurv.validation.search_importance import importance_table
from radsurv.validation.search_record import trials_table
from radsurv.validation.splits import EVERYBODY, Place
from radsurv.validation.trials import Trial

SPACE = ("search.cindex=[0.6,0.65]", "search.alpha=[0.1,1.0]", "search.pearson=null")
LOW, HIGH = {"cindex": 0.6, "alpha": 0.1}, {"cindex": 0.6, "alpha": 1.0}
OTHERS = {"cindex": 0.65, "alpha": 0.1}, {"cindex": 0.65, "alpha": 1.0}


def searched(best):
    """All four combinations, of which α alone matters; `best` is the smallest."""
    return [Trial(one, 2.0 + (one["alpha"] != best["alpha"]) - 0.001 * (one == best)) for one in (LOW, HIGH, *OTHERS)]


@pytest.fixture
def loaded(load, configured):
    def loaded(places, *overrides, importance=None):
        config = configured(*SPACE, *overrides)
        protocol = protocol_of(config, config.validation)
        trials = trials_table(places, protocol)
        found = importance_table(trials, protocol) if importance is None else importance
        return load(config=config, trials=trials, importance=found)

    return loaded


NESTED = [(Place(0, 0), searched(HIGH)), (Place(0, 1), searched(HIGH)), (Place(0, 2), searched(LOW))]


def test_what_was_chosen_and_what_mattered(loaded):
    section = HyperParameters.of(loaded(NESTED, "search=optuna"))
    alpha, cindex = section.rows
    assert (alpha.name, alpha.chosen, alpha.share.replace("\xa0", " ")) == ("alpha", "1", "67 %")
    assert float(alpha.importance) > 0.75  # of four trials, of which every tree draws some twice
    assert (cindex.name, cindex.chosen) == ("cindex", "0.6")
    assert (section.n_sets, section.n_trials, section.objective, section.flat) == (3, 4, "deviance", False)
    assert section.choices[2] == Choice(repeat=0, fold="2", values=("0.1", "0.6"), value="1.999")


def test_importance_by_hand(loaded):
    table = pd.DataFrame(
        [(0, fold, name, value) for fold, pair in enumerate([(0.9, 0.1), (0.5, 0.5), (np.nan, np.nan)])
         for name, value in zip(("cindex", "alpha"), pair, strict=True)],
        columns=["repeat", "fold", "hyper_parameter", "importance"],
    )  # fmt: skip
    experiment = loaded(NESTED, "search=optuna", importance=table)
    (first, second) = HyperParameters.of(experiment).rows
    assert first == HyperParameter("cindex", "0.6", "100\xa0%", "0.70", "0.50", "0.90")
    assert (second.importance, second.lowest, second.highest) == ("0.30", "0.10", "0.50")
    assert "Every training set (3)" in render(experiment)
    charts = charts_of(experiment)
    assert [(box.name, list(box.x)) for box in charts["hyper_parameters"].data] == [
        ("alpha", [0.1, 0.5]),
        ("cindex", [0.9, 0.5]),
    ]
    shares = {bar.name: bar.x[0] for bar in charts["chosen_values"].data}
    assert shares == {"alpha = 0.1": pytest.approx(1 / 3), "alpha = 1": pytest.approx(2 / 3), "cindex = 0.6": 1.0}


def test_one_search_for_all_folds(loaded):
    section = HyperParameters.of(loaded([(Place(0, EVERYBODY), searched(LOW))], "search=flat"))
    assert section.flat
    assert section.rows[0].chosen == "0.1"


def test_unknown_importance_is_a_dash(loaded):
    same = [(Place(0, 0), [Trial(one, 1.0) for one in (LOW, HIGH, *OTHERS)])]
    experiment = loaded(same, "search=optuna")
    assert {(row.importance, row.lowest) for row in HyperParameters.of(experiment).rows} == {("–", "–")}
    assert "hyper_parameters" not in charts_of(experiment)


def test_nothing_without_a_choice(loaded, load):
    assert HyperParameters.of(load()) is None
    one = [(Place(0, 0), [Trial({"cindex": 0.6, "alpha": 0.1}, 1.0)])]
    assert HyperParameters.of(loaded(one, "search=optuna", "search.cindex=[0.6]", "search.alpha=[0.1]")) is None
