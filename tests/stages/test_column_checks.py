"""Columns that say too little, or too much."""

import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import multivariate_logrank_test

from radsurv.config import validate
from radsurv.formats import p_value
from radsurv.stages.column_checks import SMALLEST_CLASS, column_checks
from radsurv.stages.compose import compose

N = 30


@pytest.fixture
def cohort():
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "patient_id": [f"P{number}" for number in range(N)],
            "time": rng.exponential(300, N).round() + 1,
            "event": (np.arange(N) % 4 > 0).astype(int),
            "age": rng.normal(60, 9, N).round(),
            "sex": ["F", "M"] * (N // 2),
            "site": ["A", "B", "C"] * (N // 3),
        }
    )


def found(cohort, *overrides):
    checks = column_checks(validate(compose(["cohort=table", *overrides])), cohort)
    return {(check.column, check.severity): check.what for check in checks}


COVARIATES = "cohort.covariates=[age,sex]"


def test_a_sound_cohort(cohort):
    assert found(cohort, COVARIATES) == {}


def test_missing_values_are_a_warning_where_patients_would_be_lost(cohort):
    cohort.loc[:2, ["age", "site"]] = None
    said = f"empty for 3 of {N} patients (10\N{NO-BREAK SPACE}%)"
    assert found(cohort, COVARIATES) == {("age", "warning"): said, ("site", "note"): said}
    assert found(cohort, COVARIATES, "transforms=imputation") == {("age", "note"): said, ("site", "note"): said}


def test_covariates_that_tell_nothing(cohort):
    constant = cohort.assign(sex="F", tag=[f"label {number}" for number in range(N)])
    answer = found(constant, "cohort.covariates=[age,sex,tag]")
    assert answer[("sex", "warning")] == "the same for everybody (F)"
    assert answer[("tag", "warning")].startswith(f"{N} different labels for {N} patients")
    assert len(answer) == 2
    assert found(constant, "cohort.covariates=[age]") == {}  # nobody asked for them
    assert ("age", "warning") in found(cohort.assign(age=np.nan), COVARIATES)


@pytest.mark.parametrize("column", ["site", "sequence", "scanner_model", "MagneticFieldStrength", "hospital"])
def test_what_decides_how_an_image_looks_should_not_tell_survival(cohort, column):
    """P as lifelines has it."""
    cohort["time"] += 900 * (cohort["site"] == "B")
    p = multivariate_logrank_test(cohort["time"], cohort["site"], cohort["event"]).p_value
    said = found(cohort.rename(columns={"site": column}))[(column, "warning")]
    assert f"(log-rank P {p_value(p)})" in said
    assert "between its 3 classes" in said


def test_other_columns_may(cohort):
    cohort["time"] += 900 * (cohort["site"] == "B")
    assert found(cohort.rename(columns={"site": "grade"})) == {}


def test_small_classes_take_no_part(cohort):
    """Two classes of whom the smaller has too few patients cannot be compared."""
    cohort["site"] = np.where(np.arange(N) < SMALLEST_CLASS - 1, "small", "large")
    cohort["time"] += 900 * (cohort["site"] == "small")
    assert found(cohort) == {}
    cohort["site"] = np.where(np.arange(N) < SMALLEST_CLASS, "small", "large")
    cohort["time"] = 100.0 + np.arange(N) + 900 * (cohort["site"] == "small")
    assert ("site", "warning") in found(cohort)
