"""The same twelve patients in every shape have the same time and event; who has none is left out with a reason."""

from pathlib import Path

import pytest
import survival_shapes
from survival_shapes import DAYS, EVENT, SHAPES

from radsurv.errors import CohortError, ConfigError
from radsurv.ingest.asked import Asked
from radsurv.ingest.clinical_file import read_clinical
from radsurv.ingest.outcome import table_outcome


@pytest.fixture
def followed(tmp_path):
    """The follow-up of a table given as text, or written by a function."""

    def read(content, name="clinical.csv", **asked):
        path = tmp_path / name
        if callable(content):
            content(path)
        else:
            path.write_text(content, encoding="utf-8")
        return table_outcome(read_clinical(path, Asked(**asked)).table, Asked(**asked), Path(name)).followed

    return read


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_days_and_events_worked_out_by_hand(followed, shape):
    found = followed(SHAPES[shape])
    assert found.time.tolist() == pytest.approx(DAYS, rel=1e-9)
    assert found.event.tolist() == EVENT
    assert set(found.reasons) == {""}


@pytest.mark.parametrize(
    ("write", "name"), [(survival_shapes.parquet, "c.parquet"), (survival_shapes.workbook, "c.xlsx")]
)
def test_so_do_files_that_know_what_a_date_is(followed, write, name):
    found = followed(write, name)
    assert found.time.tolist() == DAYS
    assert found.event.tolist() == EVENT


def test_another_endpoint_has_columns_of_its_own(followed):
    found = followed(SHAPES["cBioPortal"], endpoint="PFS")
    assert found.time.tolist() == pytest.approx([days / 2 for days in DAYS])
    with pytest.raises(CohortError, match="--endpoint DFS"):
        followed(SHAPES["cBioPortal"], endpoint="DFS")


GDC = "case,vital_status,days_to_death,days_to_last_follow_up\n"
LEFT_OUT = {
    "A,Dead,'--,300": "dead, but days_to_death is empty",
    "A,Alive,'--,'--": "alive, but days_to_last_follow_up is empty",
    "A,Alive,20,300": "contradiction: alive, but days_to_death is 20",
    "A,Dead,100,131": "contradiction: days_to_last_follow_up (131 days) is long after days_to_death (100 days)",
    "A,Not Reported,397,'--": "vital_status is 'Not Reported': whether the event happened is not known",
    "A,Alive,'--,-4": "follow-up of −4 days (days_to_death or days_to_last_follow_up); expected more than 0",
    "A,Dead,0,'--": "follow-up of 0 days (days_to_death or days_to_last_follow_up); expected more than 0",
    "A,Dead,soon,'--": "days_to_death has 'soon'; expected a number",
}


@pytest.mark.parametrize("row", LEFT_OUT)
def test_who_has_no_usable_follow_up_is_left_out_with_the_reason(followed, row):
    found = followed(GDC + row + "\nB,Dead,100,130\nC,Alive,,50\n")
    assert found.reasons.tolist() == [LEFT_OUT[row], "", ""]
    assert found.time.tolist()[1:] == [100, 50]
    assert found.event.tolist()[1:] == [1, 0]


def test_without_a_vital_status_a_day_of_death_is_a_death(followed):
    found = followed("case,days_to_death,days_to_last_follow_up\nA,5,\nB,,7\nC,,\n")
    assert found.event.tolist()[:2] == [1, 0]
    assert found.reasons.tolist() == ["", "", "alive, but days_to_last_follow_up is empty"]
    assert "who has days_to_death died" in found.said[0]


def test_alive_later_against_an_event_is_a_contradiction(followed):
    found = followed("id,time,event\nA,ALIVE (361 days later),0\nB,ALIVE (361 days later),1\nC,12,1\n")
    assert found.time.tolist()[::2] == [361, 12]
    assert "'ALIVE (N days later)' at N days (2 rows)" in found.said[0]
    assert found.reasons.iloc[1].startswith("contradiction: time is 'ALIVE (361 days later)'")


AMBIGUOUS = "id,date of diagnosis,date of death,last contact\nA,01/02/2015,,01/05/2015\nB,05/06/2015,06/06/2015,\n"


def test_dates_that_can_be_read_in_two_ways_are_refused_until_one_is_named(followed):
    with pytest.raises(CohortError, match=r"'01/02/2015' and all 4 dates .*--date-order"):
        followed(AMBIGUOUS)
    assert followed(AMBIGUOUS, date_order="DMY").time.tolist() == [89, 1]  # 1 February to 1 May
    assert followed(AMBIGUOUS, date_order="MDY").time.tolist() == [3, 31]  # 2 to 5 January


def test_dates_that_contradict_each_other_are_refused(followed):
    with pytest.raises(CohortError, match="'13/02/2015' has the day first and '03/14/2016' the month"):
        followed("id,date of diagnosis,date of death,last contact\nA,13/02/2015,,03/14/2016\n")


def test_a_date_that_is_none_is_one_patients_reason(followed):
    found = followed(
        "id,date_of_diagnosis,dod,last_seen\nA,2015-02-31,,2016-01-01\nB,2015,,2016-01-01\nC,2015-01-01,,2016-01-01\n"
    )
    assert found.reasons.tolist()[:2] == [
        "date_of_diagnosis has '2015-02-31'; expected a date to the day, like 2020-04-30",
        "date_of_diagnosis has '2015'; expected a date to the day, like 2020-04-30",
    ]
    assert found.time.iloc[2] == 365


def test_words_that_nobody_knows_are_refused_until_they_are_named(followed):
    table = "id,time,status\nA,5,1\nB,6,2\nC,7,2\n"
    with pytest.raises(CohortError, match=r"status has '2' \(2 times\).*--event-is"):
        followed(table)
    assert followed(table, event_is=("2",)).event.tolist() == [0, 1, 1]


VAIN = {
    "--time-unit": {"time_unit": "months"},
    "--date-order": {"date_order": "DMY"},
    "--column start=case_submitter_id": {"columns": {"start": "case_submitter_id"}, "outcome": "gdc"},
}


@pytest.mark.parametrize("option", VAIN)
def test_what_would_change_nothing_is_refused(followed, option):
    with pytest.raises(ConfigError, match=f"{option} changes nothing: follow-up is read by rule 'gdc'"):
        followed(SHAPES["GDC"], **VAIN[option])


def test_a_word_for_the_event_that_is_nowhere_is_refused(followed):
    with pytest.raises(
        ConfigError, match=r"--event-is died: vital_status of .* has no such cell; it has 'Dead', 'Alive'"
    ):
        followed(SHAPES["GDC"], event_is=("Died",))


def test_a_point_in_a_name_is_a_prefix_of_gdc_only(followed):
    table = "cases.submitter_id,demographic.days_to_death,diagnoses.days_to_last_follow_up,demographic.vital_status\nA,5,,Dead\n"
    assert followed(table).event.tolist() == [1]
    assert followed("id,smoking.status,status,time\nA,never,dead,5\nB,always,alive,5\n").event.tolist() == [1, 0]


def test_codes_of_several_causes_are_refused_with_the_option_that_takes_them(followed):
    table = "id,time,status\nA,5,0\nB,6,1\nC,7,2\nD,8,1\n"
    with pytest.raises(
        CohortError,
        match=r"status has the codes 0 \(1 times\), 1 \(2 times\), 2 \(1 times\): several causes .*--event-is 1"
        r" .*cohort\.event_of_interest=1",
    ):
        followed(table)
    assert followed(table, event_is=("1",)).event.tolist() == [0, 1, 0, 1]
    unknown = "id,time,status\n" + "".join(f"P{n},{n + 5},{n % 2}\n" for n in range(9)) + "X,7,9\n"
    assert followed(unknown).event.isna().tolist() == [False] * 9 + [True]  # 9 is no third cause


def test_a_column_called_censored_does_not_say_what_one_means(followed):
    with pytest.raises(CohortError, match="censored has '1'"):
        followed("id,time,censored\nA,5,1\nB,6,0\n")
    assert followed("id,time,censored\nA,5,1\nB,6,0\n", event_is=("0",)).event.tolist() == [0, 1]


def test_the_unit_is_from_the_name_or_said_to_be_assumed(followed):
    assert "assumed, its name has no unit" in followed(SHAPES["Lung1"]).said[0]
    in_months = followed("id,OS months,died\nA,16,1\nB,32,0\n")
    assert in_months.time.tolist() == [487, 974]
    assert "in months, times 30.4375 = days (by its name)" in in_months.said[0]
    assert followed("id,OS months,died\nA,16,1\nB,32,0\n", time_unit="days").time.tolist() == [16, 32]


def test_columns_can_be_named(followed):
    table = "id,T,E,time,event\nA,5,1,50,0\nB,6,0,60,1\n"
    assert followed(table).time.tolist() == [50, 60]
    assert followed(table, columns={"time": "T", "event": "E"}).event.tolist() == [1, 0]
    with pytest.raises(CohortError, match="--column time=t: no column 't'"):
        followed(table, columns={"time": "t"})


def test_a_time_without_an_event_is_no_death_unless_the_user_says_so(followed):
    with pytest.raises(CohortError, match="no rule finds survival"):
        followed("id,time\nA,5\nB,6\n")
    with pytest.raises(CohortError, match="no rule finds survival"):
        followed("id,T\nA,5\nB,6\n", columns={"time": "T"})
    assert followed("id,T\nA,5\nB,6\n", columns={"time": "T"}, outcome="survival_days").event.tolist() == [1, 1]


def test_a_second_rule_that_would_fit_is_said_and_can_be_taken(followed):
    table = "id,days_to_death,days_to_last_follow_up,OS_MONTHS,OS_STATUS\nA,487,,32,0:LIVING\nB,,5,1,1:DECEASED\n"
    assert (
        "not used, though the table would allow it: rule 'cbioportal' (OS_MONTHS, OS_STATUS)"
        in followed(table).said[-1]
    )
    assert followed(table, outcome="cbioportal").event.tolist() == [0, 1]
    with pytest.raises(ConfigError, match="there are gdc, cbioportal, dates"):
        followed(table, outcome="os")


def test_a_table_without_survival_is_refused(followed):
    with pytest.raises(CohortError, match=r"no rule finds survival .* among the columns 'id', 'age'"):
        followed("id,age\nA,5\n")


def test_gdc_by_name_reads_days_to_death_and_to_the_last_contact_from_columns_that_are_named(followed):
    """As UPENN-GBM has it: the days of the living stand in a column of their own."""
    table = (
        "ID,died_after,censored_after,state\nA,5,,Deceased\nB,,7,Lost to Follow-up\nC,,9,Deceased - uncertain date\n"
    )
    named = {"death": "died_after", "last_contact": "censored_after", "event": "state"}
    found = followed(table, columns=named, outcome="gdc", event_is=("Deceased",))
    assert (found.time.tolist(), found.event.tolist()) == ([5, 7, 9], [1, 0, 0])
    with pytest.raises(CohortError, match="no column 'censored'"):
        followed(table, columns={**named, "last_contact": "censored"}, outcome="gdc")
