"""Tables with several rows for a patient: they agree, or the patient is left out."""

import pandas as pd

from radsurv.ingest.outcome_rule import Followed
from radsurv.ingest.patient_rows import by_patient


def rows(*cells):
    """Rows of (id, time, event, reason)."""
    table = pd.DataFrame(
        cells, columns=["id", "time", "event", "reason"], index=[f"line {n}" for n in range(2, 2 + len(cells))]
    )
    return table["id"], Followed(table["time"], table["event"], table["reason"])


def test_rows_that_agree_are_one_patient_and_a_row_without_follow_up_says_nothing():
    found = by_patient(*rows(("A", 5.0, 1.0, ""), ("A", 5.0, 1.0, ""), ("B", None, None, "empty"), ("B", 7.0, 0.0, "")))
    assert found.table.to_dict("index") == {"A": {"time": 5.0, "event": 1.0}, "B": {"time": 7.0, "event": 0.0}}
    assert found.said == ["2 patients with several rows: the follow-up that these agree on"]


def test_rows_that_disagree_are_a_contradiction_and_no_row_is_chosen():
    found = by_patient(*rows(("A", 5.0, 1.0, ""), ("A", 9.0, 0.0, ""), ("B", None, None, "empty"), ("", 1.0, 1.0, "")))
    assert found.table.empty
    assert found.reasons == {
        "A": "contradiction: its rows have 2 different follow-ups (line 2: 5 days, event 1; line 3: 9 days, event 0)",
        "B": "empty",
    }
