"""Stratified Cox models against R: glmnet's `stratifySurv`, and `coxph` with `strata()`. Data and R code: tests/data/strata."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.survival.cox_regression import cox_coefficients
from radsurv.survival.elastic_net_path import PathSettings, fit_coxnet
from radsurv.survival.model import SurvivalModel, model_of
from radsurv.survival.nested_path import nested_path
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.reduction import Reduction
from radsurv.survival.strata import in_time_order

DATA = Path(__file__).parents[1] / "data/strata"
PATIENTS = pd.read_csv(DATA / "patients.csv")
Z = PATIENTS[[f"x{number}" for number in range(12)]].to_numpy()
OUTCOME = check_outcome(PATIENTS["time"], PATIENTS["event"])
STRATA, FOLDS = PATIENTS["stratum"].tolist(), PATIENTS["fold"].to_numpy()
KEPT = np.arange(3)
REDUCTION = Reduction(KEPT, np.full(3, 0.6), KEPT, 3)
# Per patient: n * RIDGE / 2 of the squared coefficients, ridge(x0, x1, x2, theta = 1e-3 * n, scale = FALSE) + strata(stratum).
COXPH = np.array([0.5433091912507934, -0.4147266261688121, 0.0375207392316103])
# basehaz(…, centered = FALSE) of that model, in each stratum at 5, 20 and its end.
BASELINE = {
    "A": [0.144194119841436, 1.07037617578512, 4.41132400295292],
    "B": [0.695815666476062, 1.33611066630842, 1.33611066630842],
    "C": [0.0602117584361708, 0.493164993837084, 2.50007563592077],
    "D": [0.404597396963418, 1.10608204237441, 1.10608204237441],
}


def path(strata, outcome=OUTCOME, alpha=0.5):
    return fit_coxnet(Z, outcome, FOLDS, PathSettings(alpha, 12, until_minimum=False), 0, strata)


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_path_and_inner_cross_validation_are_those_of_glmnet(alpha):
    """Ties, censorings at the time of an event, four strata of 10 to 37 patients; some folds lack a stratum."""
    expected = pd.read_csv(DATA / f"glmnet_{alpha:g}.csv")
    found = path(STRATA, alpha=alpha)
    np.testing.assert_allclose(found.lambdas, expected["lambda"], rtol=1e-12)
    np.testing.assert_allclose(found.coefficients, expected.iloc[:, 4:], rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.deviance_ratio, expected["dev"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.cv_deviance, expected["cvm"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.cv_error, expected["cvsd"], rtol=0, atol=1e-8)


def test_plain_regression_is_that_of_coxph():
    assert cox_coefficients(Z[:, :3], OUTCOME, STRATA) == pytest.approx(COXPH, abs=1e-8)


def test_every_stratum_has_the_baseline_hazard_of_r_and_others_that_of_all():
    model = model_of(Z[:, :3], REDUCTION, OUTCOME, COXPH, np.nan, STRATA)
    for stratum, expected in BASELINE.items():
        assert model.strata[stratum].at(np.array([5.0, 20.0, 1e9])) == pytest.approx(expected, rel=1e-9)
    times, table = np.array([5.0, 20.0]), Z[:4, :3]
    found = model.survival(table, times, ["C", "elsewhere", None, "A"])
    relative = np.exp(model.score(table))[:, None]
    np.testing.assert_allclose(found[0], np.exp(-relative[0] * BASELINE["C"][:2]), rtol=1e-9)
    np.testing.assert_allclose(found[3], np.exp(-relative[3] * BASELINE["A"][:2]), rtol=1e-9)
    pooled = model_of(Z[:, :3], REDUCTION, OUTCOME, COXPH, np.nan)
    assert np.array_equal(found[1:3], pooled.survival(table, times)[1:3])
    names = ["x0", "x1", "x2"]
    assert np.array_equal(SurvivalModel.from_dict(model.to_dict(names), names).survival(table, times, ["C"] * 4),
                          model.survival(table, times, ["C"] * 4))  # fmt: skip


def test_a_stratum_without_event_is_judged_by_the_baseline_of_all():
    event = OUTCOME.event & (PATIENTS["stratum"] != "D").to_numpy()
    model = model_of(Z[:, :3], REDUCTION, Outcome(OUTCOME.time, event), COXPH, np.nan, STRATA)
    assert sorted(model.strata) == ["A", "B", "C"]


def test_times_of_different_strata_are_never_compared():
    """Another clock in every stratum changes no bit: neither of the path nor of its inner cross-validation."""
    clock = PATIENTS["stratum"].map({"A": 1.0, "B": 1e3, "C": 1e-3, "D": 7.0}).to_numpy()
    other = Outcome(OUTCOME.time * clock, OUTCOME.event)
    found, expected = path(STRATA, other), path(STRATA)
    for part in ("lambdas", "coefficients", "draw_deviance", "draw_error", "fold_deviance"):
        assert np.array_equal(getattr(found, part), getattr(expected, part))
    assert np.array_equal(cox_coefficients(Z[:, :3], other, STRATA), cox_coefficients(Z[:, :3], OUTCOME, STRATA))
    assert not np.allclose(path(None, other).coefficients[-1], path(None).coefficients[-1], atol=1e-2)


def test_one_stratum_is_no_strata():
    """To the tolerance of glmnet's Fortran, whose stops the plain path follows."""
    one, plain = path(["all"] * len(Z)), path(None)
    assert one.lambdas == pytest.approx(plain.lambdas, rel=1e-6)
    assert one.coefficients == pytest.approx(plain.coefficients, abs=1e-2)
    assert one.cv_deviance == pytest.approx(plain.cv_deviance, abs=1e-2)
    assert cox_coefficients(Z[:, :3], OUTCOME, ["all"] * len(Z)) == pytest.approx(
        cox_coefficients(Z[:, :3], OUTCOME), abs=1e-6
    )


def test_the_nested_path_is_the_same_on_the_same_features_and_its_pairs_are_within_strata():
    settings = PathSettings(0.5, 12, until_minimum=False)
    found = nested_path([Z] * 6, OUTCOME, FOLDS[None], settings, [0] * 6, STRATA)
    expected = path(STRATA)
    # Scaled anew in every inner training set: the curve is another one, the path of everybody the same.
    np.testing.assert_allclose(found.coefficients, expected.coefficients, rtol=0, atol=1e-9)
    concordant = comparable = 0.0
    place = 6
    for fold in range(1, 6):
        out = fold == FOLDS
        own = Z[~out]
        scaled = (Z - own.mean(axis=0)) / own.std(axis=0, ddof=1)
        inner = nested_path(
            [scaled[~out]] * 6, OUTCOME.take(np.flatnonzero(~out)), (np.arange((~out).sum()) % 5 + 1)[None], settings, [0] * 6,
            [stratum for stratum, away in zip(STRATA, out, strict=True) if not away],
        )  # fmt: skip
        beta = np.array(
            [np.interp(found.lambdas[place], inner.lambdas[::-1], one[::-1]) for one in inner.coefficients.T]
        )
        eta = scaled @ beta
        for a in np.flatnonzero(out & OUTCOME.event):
            for b in np.flatnonzero(out):
                later = OUTCOME.time[b] > OUTCOME.time[a] or (
                    OUTCOME.time[b] == OUTCOME.time[a] and not OUTCOME.event[b]
                )
                if later and STRATA[a] == STRATA[b]:
                    comparable += 1
                    concordant += (eta[a] > eta[b]) + 0.5 * (eta[a] == eta[b])
    assert found.concordance[place] == pytest.approx(concordant / comparable, abs=1e-12)


def test_the_order_is_by_stratum_and_no_two_strata_share_a_time():
    order, rank, event, last = in_time_order(check_outcome([3, 1, 3, 3, 2], [0, 1, 1, 1, 0]), ["b", "a", "b", "a", "b"])
    assert order.tolist() == [1, 3, 4, 2, 0]
    assert rank.tolist() == [0, 1, 2, 3, 3]
    assert event.tolist() == [True, True, False, True, False]
    assert np.flatnonzero(last).tolist() == [1, 4]
    assert len(last) % 8 == 0
    plain = in_time_order(check_outcome([3, 1, 3], [0, 1, 1]), None)
    assert (plain.order.tolist(), plain.time.tolist(), plain.last.tolist()) == ([1, 2, 0], [1.0, 3.0, 3.0], [])


@pytest.mark.parametrize("name", ["cox", "coxnet", "ridge_cox"])
def test_models_say_their_strata(name):
    assert conf.model(name, strata="site").describe().endswith(", stratified by site")
    assert "strat" not in conf.model(name).describe()
