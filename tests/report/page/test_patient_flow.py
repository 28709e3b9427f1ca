"""Who took part: every column that says something of the patients, and none that does not."""

import statistics

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from radsurv.formats import number
from radsurv.report.characteristics import MOST_FURTHER
from radsurv.report.html import render
from radsurv.report.page.patient_flow import Loss, PatientFlow

HOSTILE = "<script>G2</script>"


@pytest.fixture
def shown(load, cohort):
    """The table of characteristics, of a cohort with further columns."""

    def make(**further):
        experiment = load(cohort=cohort.assign(**{name: values[: len(cohort)] for name, values in further.items()}))
        return PatientFlow.of(experiment).baseline, experiment

    return make


def test_further_columns_are_shown(shown):
    baseline, experiment = shown(
        grade=["G2", HOSTILE] * 30, resected=[0.0, 1.0] * 30, codel=[True, False] * 30, volume=np.linspace(1, 9.5, 60)
    )
    names = [row.name for row in baseline.rows]
    assert names[:2] == ["age, median (quartiles)", "age, mean ± SD (range)"]
    assert names[4:] == [f"grade: {HOSTILE}", "grade: G2", "resected: 0", "resected: 1", "codel: False", "codel: True",
                         "volume, median (quartiles)", "volume, mean ± SD (range)"]  # fmt: skip
    assert baseline.hidden == ()
    assert HOSTILE not in render(experiment)


def test_names_files_outcomes_and_facts_of_the_image_are_not(shown):
    baseline, _ = shown(
        time=np.linspace(1, 9, 60), event=[0, 1] * 30, image=["a.nii", "b.nii"] * 30, flair=["a", "b"] * 30,
        flair_hash=["c", "d"] * 30, n_voxels=np.arange(60) % 50, simulated=[True, False] * 30,
        record=np.arange(60) + 1000.0, comment=[f"seen by {who}" for who in range(60)], country=["DE"] * 60,
    )  # fmt: skip
    assert [row.name.partition(":")[0] for row in baseline.rows] == [
        "events",
        "median follow-up (reverse Kaplan-Meier), days",
        "median survival (Kaplan-Meier), days",
        "age, median (quartiles)",
        "age, mean ± SD (range)",
        "sex",
        "sex",
    ]


def test_means_outcomes_and_what_is_missing(load, cohort, predictions):
    """Against lifelines and the standard library, of everybody and of each predicted group."""
    ids = predictions["patient_id"]
    rows = cohort.drop(columns="time").merge(predictions[["patient_id", "time", "event"]], on="patient_id", how="left")
    rows["age"] = rows["age"].astype(float).mask(rows.index < 3)
    baseline = PatientFlow.of(load(cohort=rows.fillna({"time": 5.0, "event": 0}))).baseline
    cells = {row.name: dict(zip(baseline.counts, row.cells, strict=True)) for row in baseline.rows}
    for part in ("All", "Short", "Long"):
        own = predictions if part == "All" else predictions[predictions["group"] == part.lower()]
        age = rows.set_index("patient_id").loc[own["patient_id"], "age"]
        known = age.dropna().tolist()
        mean, sd = number(statistics.mean(known)), number(statistics.stdev(known))
        assert cells["age, mean ± SD (range)"][part] == f"{mean} ± {sd} ({number(min(known))} to {number(max(known))})"
        assert cells["age, missing"][part].startswith(f"{age.isna().sum()} (")
        assert cells["events"][part].startswith(f"{own['event'].sum()} (")
        fitted = KaplanMeierFitter().fit(own["time"], own["event"])
        assert cells["median survival (Kaplan-Meier), days"][part] == number(fitted.median_survival_time_)
        reverse = KaplanMeierFitter().fit(own["time"], 1 - own["event"])
        assert cells["median follow-up (reverse Kaplan-Meier), days"][part] == number(reverse.median_survival_time_)
    assert len(ids) == baseline.counts["All"]


def test_a_text_of_one_patient_alone_is_nobody_elses_business(shown):
    """A remark in few rows is a column of few classes."""
    baseline, experiment = shown(
        remark=["called by Mrs Mueller", "moved", *[None] * 58], stage=["IV", *["II", "III"] * 29, "II"],
        rare=[1, *[0] * 59], grade=["G4"] * 2 + ["G2"] * 58,
    )  # fmt: skip
    named = [row.name for row in baseline.rows if not row.name.startswith(("age", "sex"))]
    assert named == ["rare: 0", "rare: 1", "grade: G2", "grade: G4"]
    assert "Mueller" not in render(experiment)


def test_columns_are_capped_and_the_rest_counted(shown):
    baseline, experiment = shown(**{f"gene{number:02d}": [0, 1] * 30 for number in range(MOST_FURTHER + 4)})
    assert list(baseline.hidden) == [f"gene{number}" for number in range(MOST_FURTHER, MOST_FURTHER + 4)]
    assert "Not shown: 4 more columns of the cohort table." in render(experiment)


def test_losses_are_in_the_order_of_the_stages(load, qc):
    flow = PatientFlow.of(load(qc=qc.iloc[::-1]))
    assert flow.losses == (Loss("cohort", 1), Loss("radiomics", 2))
    assert (flow.n_table, flow.n_included, flow.warned) == (43, 40, "1 patient")
