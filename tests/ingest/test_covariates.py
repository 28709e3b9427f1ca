"""Columns of a clinical table: known at the start, outcome, or neither."""

import pandas as pd
import pytest

from radsurv.errors import ConfigError
from radsurv.ingest.covariates import covariates

ROWS = {f"P{n}": [f"line {n + 2}"] for n in range(12)}


def table(**columns):
    return pd.DataFrame(columns, index=[f"line {n + 2}" for n in range(12)], dtype=object)


KEPT = [
    "age",
    "Age at Diagnosis",
    "gender",
    "Grade",
    "IDH_status",
    "MGMT promoter",
    "site",
    "sequence",
    "Extent_of_Resection",
]
TELLING = [
    "days_to_death", "vital_status", "age_at_death", "OS_MONTHS", "PFS_STATUS", "Survival.time", "progression", "last_contact",
    "deadstatus.event", "cause of death", "site_of_recurrence", "DaysToDeath",
]  # fmt: skip
OTHERS = ["project_id", "comment", "image", "time point"]


def test_what_was_known_at_the_start_is_kept_and_what_tells_the_outcome_is_not():
    found = covariates(table(**{name: ["1", "2"] * 6 for name in [*KEPT, *TELLING, *OTHERS]}), ROWS, [], [])
    assert list(found.table) == KEPT
    assert found.proposed == KEPT


def test_cells_are_cleaned_of_words_for_no_value_only():
    found = covariates(table(sex=["F", "'--", "Not Reported", " weiblich"] * 3), ROWS, [], [])
    assert found.table["sex"].tolist()[:4] == ["F", "", "", " weiblich"]


NOT_PROPOSED = {
    "in days": (["20368", "7459"] * 6, "up to 20368, so not in years"),
    "empty": (["50", "", "", "61"] * 3, "empty for 6 of 12 patients"),
    "constant": (["50"] * 12, "always '50'"),
    "a fault among numbers": ([">90", *map(str, range(50, 61))], "'>90' among numbers"),
    "codes": ([f"C71.{n}x" for n in range(12)], "12 different texts, no classes"),
}


@pytest.mark.parametrize("case", NOT_PROPOSED)
def test_what_would_stop_a_run_or_say_nothing_is_kept_and_not_proposed(case):
    cells, why = NOT_PROPOSED[case]
    found = covariates(table(age_of_patient=cells), ROWS, [], [])
    assert list(found.table) == ["age_of_patient"]
    assert found.proposed == []
    assert found.said[-1].startswith(f"age_of_patient: not proposed as a covariate: {why}")


def test_an_age_that_is_no_number_is_emptied_by_name():
    found = covariates(table(age=[">90", *map(str, range(50, 61))]), ROWS, [], [])
    assert found.table["age"].iloc[0] == ""
    assert "age: '>90' of P0 is no number; left empty" in found.said


def test_rows_of_a_patient_that_differ_are_left_empty_and_counted():
    rows = {"A": ["line 2", "line 3"], "B": ["line 4", "line 5"]}
    found = covariates(table(grade=["2", "", "3", "4"] * 3), rows, [], [])
    assert found.table["grade"].tolist() == ["2", ""]
    assert "grade: rows of 1 patient differ; left empty there" in found.said


def test_a_column_is_kept_because_it_is_asked_for():
    found = covariates(
        table(comment=["a", "b"] * 6, followup_site=["a", "b"] * 6), ROWS, [], ["comment", "followup_site"]
    )
    assert list(found.table) == ["comment", "followup_site"]
    with pytest.raises(ConfigError, match="--keep comment: the follow-up or id is from it"):
        covariates(table(comment=["a", "b"] * 6), ROWS, ["comment"], ["comment"])
