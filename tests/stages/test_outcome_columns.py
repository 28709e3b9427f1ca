import numpy as np
import pandas as pd
import pytest
import toys

import conf
from radsurv.errors import CohortError, ConfigError
from radsurv.stages.outcome_columns import check_outcome_columns, plausibility_notes, selection_notes

N = 40
RNG = np.random.default_rng(3)
IDS = [f"P{number}" for number in range(N)]
TABLE = pd.DataFrame(
    {"patient_id": IDS, "time": RNG.exponential(500, N) + 1, "event": (RNG.random(N) < 0.8).astype(int), "age": 60.0}
)
NOBODY = pd.DataFrame({"patient_id": []})


def cohort(**options):
    return conf.cohort(name="toy", table="clinical.csv", **options)


def features(**columns):
    return pd.DataFrame({"patient_id": IDS, "f0": RNG.normal(size=N), **columns})


def test_nothing_is_said_of_honest_columns():
    table = TABLE.assign(age=RNG.normal(60, 9, N), sex=["M", "F"] * 20)
    assert check_outcome_columns(cohort(covariates=["age", "sex"]), table, features()) == []
    assert check_outcome_columns(cohort(covariates=["age"]), table, NOBODY) == []
    assert check_outcome_columns(cohort(), table, NOBODY) == []


def test_all_columns_that_are_the_outcome_are_named_in_one_line():
    table = TABLE.assign(status=np.where(TABLE["event"] == 1, "dead", "alive"))
    with pytest.raises(CohortError) as caught:
        check_outcome_columns(
            cohort(covariates=["status"], features="features.csv"), table, features(os=np.log(TABLE["time"]))
        )
    assert str(caught.value) == (
        "features.csv, clinical.csv: 'status' tells by its classes which of the 40 patients have the event; 'os' has the order"
        " of the follow-up times of all 40 patients: the outcome cannot be among what predicts it; remove the columns, or, if"
        " known before follow-up began, say 'cohort.allow=[status, os]'"
    )


def test_a_covariate_and_a_feature_of_one_name_are_both_looked_at():
    table = TABLE.assign(x=RNG.normal(size=N))
    with pytest.raises(CohortError, match="'x' has the order"):
        check_outcome_columns(cohort(covariates=["x"]), table, features(x=TABLE["time"]))
    with pytest.raises(CohortError, match="'x' has the order"):
        check_outcome_columns(cohort(covariates=["x"]), table.assign(x=table["time"]), features(x=RNG.normal(size=N)))


def test_what_is_allowed_is_noted():
    (note,) = check_outcome_columns(cohort(allow=["os", "f0"]), TABLE, features(os=TABLE["time"]))
    assert note.startswith("cohort.allow lets 'os' in, which has the order of the follow-up times of all 40 patients")
    with pytest.raises(ConfigError, match=r"cohort\.allow: no column .* is called 'oss'; nearest: 'os'"):
        check_outcome_columns(cohort(allow=["oss"]), TABLE, features(os=TABLE["time"]))


@pytest.mark.parametrize("name", ["time", "Event", "os_months"])
def test_the_name_of_an_outcome_is_enough(name):
    config = cohort(columns={"time": "OS_MONTHS"})
    with pytest.raises(CohortError, match=f"'{name}' bears the name of a column of the outcome"):
        check_outcome_columns(config, TABLE, features(**{name: RNG.normal(size=N)}))


def test_selection_by_outcome():
    assert selection_notes(cohort(select={"sequence": ["SE"]})) == []
    notes = selection_notes(cohort(select={"event": [1], "time": [3]}))
    assert ["by event" in notes[0], "by time" in notes[1]] == [True, True]


def test_features_beyond_belief_are_told():
    values = RNG.normal(size=(N, 2))
    time, event = TABLE["time"].to_numpy(), TABLE["event"].to_numpy()
    assert plausibility_notes(toys.patients(values, time, event)) == []
    (note,) = plausibility_notes(toys.patients(np.column_stack([values, time]), time, event))
    assert note.startswith(
        "1 feature alone orders the patients by their outcome, C or 1 − C of at least 0.95: feature 2 (C 1.0"
    )
    (note,) = plausibility_notes(toys.patients(np.column_stack([time] * 7), time, event))
    assert "7 features alone order the patients" in note
    assert "feature 4 (C 1.000) and 2 more; hardly" in note
