"""The sections on accuracy, calibration and decisions: there where the tables are, left out where not."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import CALIBRATION, DECISION, HORIZONS, PREDICTIONS
from radsurv.report.bands import of_bands
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.page.accuracy_over_time import AccuracyOverTime
from radsurv.report.page.calibration_curve import CalibrationCurve
from radsurv.report.page.net_benefit import NetBenefit
from radsurv.survival.horizons import choose_horizons
from radsurv.survival.outcome import check_outcome
from radsurv.survival.prediction_metrics import PredictedSurvival, prediction_metrics
from radsurv.validation.curve_bands import curve_bands
from radsurv.validation.finding import Finding

TABLES = (HORIZONS, CALIBRATION, DECISION)
SECTIONS = (AccuracyOverTime, CalibrationCurve, NetBenefit)


@pytest.fixture(scope="module")
def judged(tables):
    predictions = tables[PREDICTIONS]
    outcome = check_outcome(predictions["time"], predictions["event"])
    horizons, _ = choose_horizons(outcome)
    hazard = np.exp(predictions["risk"].to_numpy()) / 420
    survival = np.exp(-hazard[:, None] * horizons)
    average = survival.mean(axis=0)
    predicted = PredictedSurvival(horizons, survival, average, np.exp(-hazard * outcome.time))
    score = predictions["risk"].to_numpy()
    found = prediction_metrics(outcome, score, predicted)
    return Finding(curve_bands(outcome, score, predicted, found, seed=0), found.values)


@pytest.fixture
def with_tables(load, metrics, judged):
    """A run with the tables, its metrics changed where asked."""

    def make(**changes) -> Experiment:
        tables = {entry.name: table for entry, table in judged.tables.items()}
        return load(metrics=metrics | judged.metrics | changes, **tables)

    return make


def test_tables_are_read_back(with_tables, judged):
    experiment = with_tables()
    for entry in TABLES:
        pd.testing.assert_frame_equal(experiment.table(entry), judged.tables[entry])


def test_page_has_the_sections_with_their_figures(with_tables):
    page = render(with_tables())
    for name, figure in (
        ("accuracy_over_time", "accuracy"),
        ("calibration_curve", "calibration-curve"),
        ("net_benefit", "decision-curve"),
    ):
        assert f'<section id="{name}">' in page
        assert f'class="figure {figure}"' in page
    assert "Every time" in page
    assert "95&nbsp;% limits" in page


def test_without_tables_there_are_no_sections(load):
    experiment = load()
    assert [section.of(experiment) for section in SECTIONS] == [None, None, None]
    assert '<section id="accuracy_over_time">' not in render(experiment)


def test_empty_tables_are_no_sections(config, judged):
    parts = {entry: judged.tables[entry].iloc[:0] for entry in TABLES}
    experiment = Experiment(config, read=parts.get)
    assert [section.of(experiment) for section in SECTIONS] == [None, None, None]


def test_without_a_model_nothing_is_calibrated(with_tables):
    """Whatever an older run folder holds."""
    experiment = with_tables(n_null_folds=40)
    page = render(experiment)
    assert "Not judged: no model tells patients apart" in page
    assert 'class="figure calibration-curve"' not in page
    assert "a large one" not in page.split('<section id="calibration_curve">')[1].split("</section>")[0]
    assert NetBenefit.of(experiment) is None


@pytest.mark.slow
def test_words_follow_the_numbers(with_tables):
    better, worse = with_tables(scaled_brier=0.123), with_tables(scaled_brier=-0.05)
    assert "the Brier score of the predictions is 12\xa0% lower than that" in render(better)
    assert "the Brier score of the predictions is 5\xa0% higher than that" in render(worse)
    for nothing in (0.0001, 0.0, -0.004):
        page = render(with_tables(scaled_brier=nothing))
        assert "is practically that of the Kaplan-Meier curve: as probabilities, they are no better than" in page
    assert "the Kaplan-Meier curve of all these patients, which cannot tell" in " ".join(render(better).split())
    silent = render(with_tables(scaled_brier=None, calibration_slope=None, d_calibration_p=None))
    assert "Averaged over this time" not in silent
    assert "1 is right" not in silent
    assert "a small P says" not in silent


@pytest.mark.slow
def test_bands_are_called_what_they_are(with_tables, config, judged):
    sections = ("accuracy_over_time", "calibration_curve", "net_benefit")

    def said(experiment: Experiment) -> list[str]:
        page = " ".join(render(experiment).split())
        return [page.split(f'<section id="{name}">')[1].split("</section>")[0] for name in sections]

    for section in said(with_tables()):
        assert "each point by itself" in section
        assert "of these patients and these models; no model is fitted again" in section
        assert "over refits" not in section
    for section in said(with_tables(harrell_c_refit_low=0.4, harrell_c_refit_high=0.8)):
        assert "The limits of C over refits hold more than these bands do" in section
    row = judged.tables[HORIZONS].iloc[9]
    limits = f"{row['auc']:.3f} ({row['auc_low']:.2f} to {row['auc_high']:.2f})"
    assert limits in said(with_tables())[0]


def test_a_finished_model_could_not_be_another(with_tables, monkeypatch):
    monkeypatch.setattr(Experiment, "external", True)
    words = of_bands(with_tables(), with_tables().table(DECISION), "net_benefit")
    assert words.endswith("The model is finished: nothing but the patients could be others.")
    assert "no model is fitted again" not in words


def test_tables_of_earlier_releases_have_no_bands(config, judged):
    limits = r"^(?:auc|brier|net_benefit|resampled)_(?:low|high)$"
    earlier = {entry: table.loc[:, ~table.columns.str.contains(limits)] for entry, table in judged.tables.items()}
    experiment = Experiment(config, read=earlier.get)
    assert [section.of(experiment).bands for section in SECTIONS] == ["", "", ""]
