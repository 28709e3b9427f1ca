"""The sections on accuracy, calibration and decisions: there where the tables are, left out where not."""

import numpy as np
import pandas as pd
import pytest

from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.sections.predictions import accuracy, calibration, decision
from radsurv.report.wording import METRICS
from radsurv.survival.horizons import choose_horizons
from radsurv.survival.outcome import check_outcome
from radsurv.survival.prediction_metrics import PredictedSurvival, prediction_metrics
from radsurv.validation.bootstrap_interval import bootstrap_interval

TABLES = ["horizons", "calibration", "decision"]


@pytest.fixture(scope="module")
def judged(tables):
    predictions = tables["predictions.parquet"]
    outcome = check_outcome(predictions["time"], predictions["event"])
    horizons, _ = choose_horizons(outcome)
    hazard = np.exp(predictions["risk"].to_numpy()) / 420
    survival = np.exp(-hazard[:, None] * horizons)
    average = np.tile(survival.mean(axis=0), (len(outcome), 1))
    predicted = PredictedSurvival(horizons, survival, average, np.exp(-hazard * outcome.time))
    return prediction_metrics(outcome, predictions["risk"].to_numpy(), predicted)


@pytest.fixture
def with_tables(make_run, metrics, judged):
    """A run with the tables, its metrics changed where asked."""

    def make(folder="run", **changes) -> Experiment:
        run_dir = make_run(folder, metrics=metrics | judged.values | changes)
        for name in TABLES:
            getattr(judged, name).to_parquet(run_dir / f"{name}.parquet", index=False)
        return Experiment.load(run_dir)

    return make


def test_tables_are_read_back(with_tables, judged):
    experiment = with_tables()
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(experiment, name), getattr(judged, name))


def test_page_has_the_sections_with_their_figures(with_tables):
    page = render(with_tables())
    for name, figure in (
        ("accuracy", "accuracy"),
        ("calibration", "calibration-curve"),
        ("decision", "decision-curve"),
    ):
        assert f'<section id="{name}">' in page
        assert f'class="figure {figure}"' in page
    assert "Every time" in page
    assert "95&nbsp;% limits" in page


def test_without_tables_there_are_no_sections(make_run):
    experiment = Experiment.load(make_run())
    assert accuracy(experiment) is calibration(experiment) is decision(experiment) is None
    assert '<section id="accuracy">' not in render(experiment)


def test_empty_tables_are_no_sections(with_tables, judged):
    parts = {name: getattr(judged, name).iloc[:0] for name in TABLES}
    experiment = Experiment({}, {}, {}, **parts)
    assert accuracy(experiment) is calibration(experiment) is decision(experiment) is None


def test_without_a_model_nothing_is_calibrated(with_tables):
    """Whatever an older run folder holds."""
    experiment = with_tables(n_null_folds=40)
    page = render(experiment)
    assert "Not judged: no model tells patients apart" in page
    assert 'class="figure calibration-curve"' not in page
    assert "a large one" not in page.split('<section id="calibration">')[1].split("</section>")[0]
    assert decision(experiment) is None


def test_words_follow_the_numbers(with_tables):
    better, worse = with_tables("a", scaled_brier=0.123), with_tables("b", scaled_brier=-0.05)
    assert "the Brier score of the predictions is 12\xa0% lower than that" in render(better)
    assert "the Brier score of the predictions is 5\xa0% higher than that" in render(worse)
    for nothing in (0.0001, 0.0, -0.004):
        page = render(with_tables(f"nothing{nothing}", scaled_brier=nothing))
        assert "is practically that of the Kaplan-Meier curve: as probabilities, they are no better than" in page
    silent = render(with_tables("c", scaled_brier=None, calibration_slope=None, d_calibration_p=None))
    assert "Averaged over this time" not in silent
    assert "1 is right" not in silent
    assert "a small P says" not in silent


def test_every_metric_has_a_name_and_a_meaning(judged):
    outcome = check_outcome([1, 2, 3, 4], [1, 1, 1, 0])
    limits = bootstrap_interval(outcome, np.arange(4.0), np.arange(4) > 1, seed=0)
    assert {*judged.values, *limits.values} <= set(METRICS)
