"""The simulation runs, and its closed forms are what they say."""

import harmonisation as bench
import numpy as np
import pytest
from lifelines import NelsonAalenFitter

from radsurv.survival.outcome import check_outcome


def test_martingale_residuals_of_lifelines():
    generator = np.random.default_rng(0)
    outcome = check_outcome(generator.integers(1, 8, 20), generator.random(20) < 0.6)
    found = bench.martingale_residuals(outcome)
    for fold in range(20):
        members = np.delete(np.arange(20), fold)
        time, event = outcome.time[members], outcome.event[members]
        hazard = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, event).cumulative_hazard_at_times(time)
        assert found[fold, members] == pytest.approx(event - hazard.to_numpy(), abs=1e-12)
        assert found[fold, fold] == 0


def test_leave_one_out_is_what_a_loop_would_do():
    """With a table of its own for every fold."""
    generator = np.random.default_rng(1)
    tables = generator.normal(size=(15, 15, 4))
    outcome = check_outcome(generator.integers(1, 30, 15), generator.random(15) < 0.7)
    residuals = bench.martingale_residuals(outcome)
    score, threshold = np.empty(15), np.empty(15)
    for fold in range(15):
        members = np.delete(np.arange(15), fold)
        mean, sd = tables[fold][members].mean(axis=0), tables[fold][members].std(axis=0, ddof=1)
        z = (tables[fold] - mean) / sd
        risk = z @ (residuals[fold, members] @ z[members])
        score[fold], threshold[fold] = risk[fold], np.median(risk[members])
    expected = bench.separation(outcome, score, score > threshold)
    assert bench.leave_one_out(tables)(outcome, 0) == pytest.approx(expected, rel=1e-9)


def test_one_outcome_and_one_table():
    generator = np.random.default_rng(2)
    table = generator.normal(size=(20, 5)) + 3
    outcome = check_outcome(generator.integers(1, 9, 20), generator.random(20) < 0.7)
    many = bench.leave_one_out(table[None])(outcome, 0)
    assert bench.leave_one_out_once(table, outcome) == pytest.approx(many, rel=1e-9)


def test_a_left_out_patient_has_no_part_in_the_harmonisation_of_the_fold(monkeypatch):
    patients, outcome = bench.simulated(0, 20, bench.SETTINGS[0])
    seen = []
    monkeypatch.setattr(bench, "leave_one_out", lambda tables: seen.append(tables))
    bench.in_fold(patients, outcome)
    spoilt = patients.values.copy()
    spoilt[7] = 1e3 * np.arange(20)
    bench.in_fold(patients.with_values(spoilt, patients.names), outcome)
    others = np.delete(np.arange(60), 7)
    assert np.array_equal(seen[0][7, others], seen[1][7, others])
    assert not np.array_equal(seen[0][8, others], seen[1][8, others])


def test_it_runs(printed, tmp_path):
    figure = tmp_path / "figure.png"
    said = printed(bench.main, "--tiny", "--figure", str(figure))
    assert figure.stat().st_size > 10_000
    assert said.count("in the fold") == 3
    assert said.count("event kept, every shuffle") == 1
