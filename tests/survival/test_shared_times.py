"""Follow-up in whole months, where somebody is censored in the month of an event: the values of R (tests/data/months)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.survival.brier import brier_at_horizons, integrated_brier
from radsurv.survival.discrimination import auc, uno_c
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.outcome import check_outcome

MONTHS = Path(__file__).parent.parent / "data/months"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(MONTHS / "patients.csv")


@pytest.fixture(scope="module")
def outcome(table):
    return check_outcome(table["months"], table["event"])


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(MONTHS / "reference.csv", skipinitialspace=True)


def horizons_of(reference: pd.DataFrame) -> np.ndarray:
    return reference["horizon"].to_numpy(float)


def test_somebody_is_censored_in_the_month_of_an_event(table):
    assert (table.groupby("months")["event"].nunique() == 2).sum() == 11


def test_brier_score_is_that_of_riskregression(table, outcome, reference):
    horizons = horizons_of(reference)
    survival = table[[f"survival_{time:g}" for time in horizons]].to_numpy()
    found = brier_at_horizons(outcome, survival, horizons)
    np.testing.assert_allclose(found, reference["brier"], rtol=1e-12)
    assert integrated_brier(found, horizons) == pytest.approx(reference["integrated_brier"][0], rel=1e-12)


def test_brier_score_of_the_curve_of_all_is_that_of_riskregressions_null_model(outcome, reference):
    horizons = horizons_of(reference)
    everybody = np.tile(survival_curve(outcome).at(horizons), (len(outcome), 1))
    np.testing.assert_allclose(brier_at_horizons(outcome, everybody, horizons), reference["brier_km"], rtol=1e-12)


def test_auc_is_that_of_riskregression(table, outcome, reference):
    found = auc(outcome, table["score"].to_numpy(), horizons_of(reference))
    np.testing.assert_allclose(found.at_horizon, reference["auc"], rtol=1e-12)


def test_uno_c_is_that_of_survival(table, outcome, reference):
    score, horizons = table["score"].to_numpy(), horizons_of(reference)
    found = [uno_c(outcome, score, horizons[: last + 1]) for last in range(len(horizons))]
    np.testing.assert_allclose(found, reference["uno_c"], rtol=1e-12)
