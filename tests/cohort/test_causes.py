"""An event with several causes: which is the event, what is kept of the others, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.cohort.causes import EVENT_CAUSE, cause_name, cause_of, competing_counts
from radsurv.cohort.table import read_table
from radsurv.errors import CohortError
from radsurv.survival.group_comparison import hazard_ratio, log_rank
from radsurv.survival.outcome import check_outcome, of_any_cause

DATA = Path(__file__).parents[1] / "data" / "competing"
WORDS = {"none": 0, "progression": 1, "recurrence": 1, "death": 2}
FATES = ["progression", "death", "none", "recurrence"] * 3


@pytest.fixture
def table(tmp_path):
    """Reads a ready cohort of twelve with these events."""

    def read(events, more=None, **options):
        rows = pd.DataFrame({"patient_id": [f"P{n:02d}" for n in range(12)], "time": range(1, 13), "event": events})
        rows.assign(**(more or {})).to_csv(tmp_path / "clinical.csv", index=False)
        return read_table(conf.cohort(table=str(tmp_path / "clinical.csv"), features="f.csv", **options))[0]

    return read


@pytest.mark.parametrize(
    ("cell", "cause"),
    [("0", 0), ("1", 1), ("2.0", 2), (" 3 ", 3), ("99", 99), ("TRUE", 1), ("false", 0), ("100", None), ("-1", None),
     ("1.5", None), ("dead", None), ("", None), ("nan", None), ("inf", None)],
)  # fmt: skip
def test_a_cell_names_a_cause_by_its_number(cell, cause):
    assert cause_of(cell) == cause


def test_the_cause_of_interest_is_the_event_and_the_others_are_kept_beside_it(table):
    found = table(FATES, values={"event": WORDS}, event_of_interest=1)
    assert list(found)[:4] == ["patient_id", "time", "event", EVENT_CAUSE]
    assert found["event"].tolist() == [1, 0, 0, 1] * 3
    assert found[EVENT_CAUSE].tolist() == [1, 2, 0, 1] * 3
    assert found.dtypes[["event", EVENT_CAUSE]].tolist() == [np.int64, np.int64]
    other = table(FATES, values={"event": WORDS}, event_of_interest=2)
    assert other["event"].tolist() == [0, 1, 0, 0] * 3


def test_causes_are_called_by_the_words_of_the_table(tmp_path):
    own = conf.cohort(table="t.csv", values={"event": WORDS}, event_of_interest=1)
    assert cause_name(own, 1) == "cause 1 (progression, recurrence)"
    assert cause_name(own, 2) == "cause 2 (death)"
    assert cause_name(conf.cohort(table="t.csv"), 2) == "cause 2"
    rows = pd.DataFrame({"event": [1, 0, 0, 0], EVENT_CAUSE: [1, 2, 2, 0]})
    assert competing_counts(own, rows) == {"cause 2 (death)": 2}


def test_without_the_option_there_is_one_event_and_no_column_of_causes(table):
    assert EVENT_CAUSE not in table([0, 1, 1] * 4)
    with pytest.raises(
        CohortError, match=r"has '2'.*; expected 1 .* name the one that counts with cohort\.event_of_interest"
    ):
        table([0, 1, 2] * 4)


@pytest.mark.parametrize(
    ("events", "more", "options", "said"),
    [
        (FATES, {}, {}, r"has 'progression'.*expected 0 \(censored\) or the number of a cause \(1, 2, …\)"),
        ([0, 1, 120] * 4, {}, {}, r"has '120'.*expected 0 \(censored\) or the number of a cause"),
        ([0, 2, 3] * 4, {}, {}, r"no event of cause 1 .* the column has cause 2 in 4, cause 3 in 4; name one of these"),
        ([0] * 12, {}, {}, "the column has no cause at all"),
        (
            [0, 1, 2] * 4,
            {EVENT_CAUSE: "x"},
            {},
            r"event_cause: .* which a column of the table has; name .* cohort\.columns\.event",
        ),
        ([0, 1, 2] * 4, {}, {"covariates": [EVENT_CAUSE]}, "no column 'event_cause'"),
    ],
)
def test_what_cannot_be_said_so_is_refused(table, events, more, options, said):
    with pytest.raises(CohortError, match=said):
        table(events, more, event_of_interest=1, **options)


def test_hazards_are_those_of_the_cause_as_r_has_them(tmp_path):
    patients = pd.read_csv(DATA / "patients.csv").rename(columns={"month": "time", "status": "event"})
    patients.insert(0, "patient_id", [f"P{n}" for n in range(len(patients))])
    patients.to_csv(tmp_path / "clinical.csv", index=False)
    own = conf.cohort(table=str(tmp_path / "clinical.csv"), features="f.csv", time_unit="months", event_of_interest=1)
    table, _ = read_table(own)
    outcome, short = check_outcome(table["time"], table["event"]), (table["group"] == "short").to_numpy()
    expected = pd.read_csv(DATA / "hazard.csv").iloc[0]
    assert hazard_ratio(outcome, short).ratio == pytest.approx(expected["hazard_ratio"], abs=1e-9)
    assert log_rank(outcome, short).chi2 == pytest.approx(expected["log_rank_chi2"], abs=1e-10)
    assert of_any_cause(table).event.sum() == (patients["event"] > 0).sum()
