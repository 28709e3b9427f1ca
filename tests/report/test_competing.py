"""An event with several causes, and a landmark, on the page."""

import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.catalogue.tables import COHORT
from radsurv.report.competing import Competing
from radsurv.report.figures.incidence_plot import incidence_figure
from radsurv.report.figures.kaplan_meier_plot import cohort_survival_figure
from radsurv.report.header import header
from radsurv.report.html import render
from radsurv.report.page.patient_flow import PatientFlow
from radsurv.survival.cumulative_incidence import Causes, cumulative_incidence

OPTIONS = (
    "cohort.event_of_interest=1",
    "cohort.values={event: {progression: 1, death: 2, none: 0}}",
    "cohort.landmark_days=90",
)


@pytest.fixture
def several(load, configured, cohort, predictions, qc, metrics):
    """A run in which every other patient without the event died."""
    causes = np.where(predictions["event"] == 1, 1, 0)
    censored = np.flatnonzero(causes == 0)
    causes[censored[::2]] = 2
    early = qc["patient_id"] == "P040"
    qc.loc[early, "reason"] = "follow-up ends at or before the landmark (cohort.landmark_days)"
    rows = cohort.assign(event=[*predictions["event"], 0, 0, 0], event_cause=[*causes, 0, 0, 0])
    return load(
        config=configured(*OPTIONS),
        cohort=rows,
        qc=qc,
        metrics=metrics | {"n_competing_events": float((causes == 2).sum())},
    )


def test_the_page_says_what_is_censored_and_draws_the_incidence(several):
    n_others = int((several.table(COHORT)["event_cause"] == 2).sum())
    page = render(several)
    told = Competing.of(several).told
    assert told.startswith("the event is cause 1 (progression), which")
    assert f"cause 2 (death) in {n_others})" in told
    for said in (
        told,
        "would overstate how many have the event",
        "by the Aalen-Johansen estimate",
        f"{n_others} of other causes, censored",
        "Survival without event, other causes censored (%)",
        "Time, days since the landmark (90 days)",
        "(1 at or before the landmark of 90 days: 1 no longer followed)",
    ):
        assert said in page, said
    steps = {step.name: step.said for step in header(several).steps}
    assert steps["Landmark"].startswith("times start 90 days after those of the table")
    assert steps["Follow-up"].endswith("from the landmark on")
    rows = {row.name: row.cells for row in PatientFlow.of(several).baseline.rows}
    assert rows["events of other causes (censored)"][0].startswith(f"{n_others} (")


def test_beside_probabilities_stands_what_they_are_not(several, load, configured, cohort, predictions):
    assert "above the share that has it" in Competing.of(several).not_the_risk
    assert Competing.of(load(config=configured(*OPTIONS[2:]))) is None
    happened = [*predictions["event"], 0, 0, 0]
    nobody_died = cohort.assign(event=happened, event_cause=happened)
    assert Competing.of(load(config=configured(*OPTIONS), cohort=nobody_died)) is None


def test_curves_are_the_estimate_of_each_group(several):
    rows = Competing.of(several).rows
    axes = incidence_figure(rows, 1, "days", landmark_days=90).axes[0]
    curves = {line.get_label(): line for line in axes.lines}
    for name in ("short", "long"):
        own = rows[rows["group"] == name]
        causes = Causes(own["time"].to_numpy(float), own["event_cause"].to_numpy())
        for cause, of in ((1, "event"), (2, "another cause")):
            expected = cumulative_incidence(causes, cause)["incidence"]
            np.testing.assert_allclose(curves[f"{name}, {of}, all"].get_ydata()[1:], expected, atol=1e-12)
    assert axes.get_xlabel() == "Time, days since the landmark (90 days)"
    assert axes.get_ylabel() == "Cumulative incidence (%)"


def test_a_cohort_is_one_curve():
    rows = pd.DataFrame({"time": [1.0, 2, 3, 4], "event": [1, 0, 0, 1], "event_cause": [1, 2, 0, 1]})
    labels = [line.get_label() for line in incidence_figure(rows, 1, "days").axes[0].lines]
    assert labels == [
        "all, event, all",
        "all, event, certain",
        "all, another cause, all",
        "all, another cause, certain",
    ]
    plain = cohort_survival_figure(rows, "months", landmark_days=30)
    assert plain.axes[0].get_xlabel() == "Time, months since the landmark (30 days)"


def test_without_the_options_nothing_is_said_of_them(load):
    page = render(load())
    assert "landmark of" not in page
    assert "since the landmark" not in page
    assert "Aalen-Johansen" not in page
    assert "other causes" not in page.lower()
    assert conf.cohort(table="t.csv").landmark == 0.0
