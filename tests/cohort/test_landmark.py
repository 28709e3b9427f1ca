"""Times from a landmark on: who leaves, by which reason, and what is left of a time."""

import pandas as pd
import pytest

import conf
from radsurv.cohort.landmark import lost_before
from radsurv.cohort.table import examine_table, read_table
from radsurv.config import validate
from radsurv.errors import ConfigError, TooFewPatients
from radsurv.stages.compose import compose

TIMES = [30, 89, 90, 91, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
EVENTS = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1]


@pytest.fixture
def own(tmp_path):
    def own(times=TIMES, events=EVENTS, **options):
        ids = [f"P{n:02d}" for n in range(len(times))]
        pd.DataFrame({"patient_id": ids, "time": times, "event": events}).to_csv(tmp_path / "c.csv", index=False)
        return conf.cohort(table=str(tmp_path / "c.csv"), features="f.csv", **options)

    return own


def test_who_left_by_then_is_excluded_by_name_and_the_others_start_there(own):
    table, qc = read_table(own(landmark_days=90))
    assert table["patient_id"].tolist() == [f"P{n:02d}" for n in range(3, 14)]
    assert table["time"].tolist() == [time - 90.0 for time in TIMES[3:]]
    assert table["event"].tolist() == EVENTS[3:]
    assert qc.to_dict("list") == {
        "patient_id": ["P00", "P01", "P02"],
        "status": ["excluded"] * 3,
        "stage": ["cohort"] * 3,
        "reason": [
            "event at or before the landmark (cohort.landmark_days)",
            "follow-up ends at or before the landmark (cohort.landmark_days)",
            "event at or before the landmark (cohort.landmark_days)",
        ],
    }
    assert lost_before(qc["reason"], own(landmark_days=90)) == {"with the event": 2, "no longer followed": 1}
    assert lost_before(qc["reason"], own()) == {}


@pytest.mark.parametrize(("unit", "days"), [("days", 3.0), ("months", 91.3125), ("years", 1095.75)])
def test_the_landmark_is_in_days_whatever_the_unit_of_the_table(own, unit, days):
    table, qc = read_table(own([1, 3, *range(4, 15)], 1, time_unit=unit, landmark_days=days))
    assert qc["patient_id"].tolist() == ["P00", "P01"]
    assert table["time"].tolist() == [time - 3.0 for time in range(4, 15)]


def test_an_early_event_of_another_cause_is_told_apart(own):
    config = own(events=[1, 0, 2, *EVENTS[3:]], landmark_days=90, event_of_interest=1)
    _, qc = read_table(config)
    assert qc["reason"].iloc[2] == "event of another cause at or before the landmark (cohort.landmark_days)"
    assert lost_before(qc["reason"], config) == {
        "with the event": 1, "with an event of another cause": 1, "no longer followed": 1,
    }  # fmt: skip


def test_a_landmark_that_leaves_too_few_is_one_error(own):
    said = (
        r"4 patients can take part \(10 left out, 7 of them: event at or before the landmark \(cohort\.landmark_days\)\);"
        r" expected at least 10 .*: add patients, take an earlier landmark \(cohort\.landmark_days\), or mend"
    )
    with pytest.raises(TooFewPatients, match=said):
        read_table(own(landmark_days=650))


def test_a_time_that_is_a_fault_stays_one(own):
    found = examine_table(own(["soon", *TIMES[1:]], landmark_days=90))
    assert [fault.column for fault in found.faults] == ["time"]
    assert found.table["patient_id"].tolist()[:2] == ["P00", "P03"]
    assert found.table["time"].isna().tolist()[:2] == [True, False]


@pytest.mark.parametrize("days", ["0", "-90", "4000", "inf", "soon"])
def test_a_landmark_is_a_time_after_the_start(days):
    with pytest.raises(ConfigError, match=r"cohort\.landmark_days"):
        validate(compose(["cohort.table=c.csv", f"cohort.landmark_days={days}"]))


@pytest.mark.parametrize("cause", ["0", "-1", "100", "1.5", "death"])
def test_a_cause_is_a_number_from_1_to_99(cause):
    with pytest.raises(ConfigError, match=r"cohort\.event_of_interest"):
        validate(compose(["cohort.table=c.csv", f"cohort.event_of_interest={cause}"]))
