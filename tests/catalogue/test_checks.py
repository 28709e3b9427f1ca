"""The contract of checks.csv."""

from radsurv.catalogue.checks import SEVERITIES, Check, checks_table, of_error, ordered
from radsurv.errors import ConfigError, Fault, TableFaults


def test_the_columns_are_those_that_others_read():
    table = checks_table(
        [Check(patient_id="P1", column="time", severity="error", what="line 3 has 'x'", remedy="a number")]
    )
    assert list(table) == ["patient_id", "column", "severity", "what", "remedy"]
    assert table.iloc[0].tolist() == ["P1", "time", "error", "line 3 has 'x'", "a number"]
    assert list(checks_table([])) == list(table)


def test_the_most_serious_come_first_and_none_twice():
    one = [Check(severity=severity, what="same") for severity in reversed(SEVERITIES)]
    late = Check(severity="error", what="later")
    assert ordered([*one, late, *one]) == [one[-1], late, *one[-2::-1]]


def test_faults_of_a_table_stand_by_themselves():
    faults = [Fault(f"cell {number}", "mend", f"P{number}", "time") for number in range(9)]
    found = of_error(TableFaults("t.csv: five of them", faults))
    assert [(check.patient_id, check.what) for check in found] == [(f"P{n}", f"cell {n}") for n in range(9)]
    assert of_error(ConfigError("no")) == [Check(severity="error", what="no")]
