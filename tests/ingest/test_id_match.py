"""Ids of images and of a table: each rule pairs what it should, says so, and pairs nobody of whom there are two."""

from pathlib import Path

import pandas as pd
import pytest

from radsurv.errors import CohortError
from radsurv.ingest.asked import Asked
from radsurv.ingest.id_match import match_ids

PATH = Path("clinical.csv")


def match(patients, ids, **asked):
    """The pairing with a table that also has ages."""
    table = pd.DataFrame({"age": [str(40 + n) for n in range(len(ids))], "who": ids})
    return match_ids(table, patients, Asked(**asked), PATH)


RULES = {
    "the same": (["P1", "P2"], ["P2", "P1"], "ids that are the same: 2"),
    "case": (["p1", "p2"], ["P1", "P2"], "ids that differ in upper and lower case: 2 matched"),
    "zeros": (["001", "002"], ["1", "2"], "ids that differ in leading zeros: 2 matched"),
    "a decimal": (["1", "2"], ["1.0", "2.0"], "ids that differ in '1.0' for '1': 2 matched"),
    "marks": (
        ["TCGA_02_1", "TCGA_02_2"],
        ["TCGA-02-1", "TCGA-02-2"],
        "ids that differ in hyphens, underscores and points",
    ),
    "a sample": (
        ["TCGA-02-0006-01A", "TCGA-02-0007-01A"],
        ["TCGA-02-0006", "TCGA-02-0007"],
        "a part such as '-01A': 2 matched",
    ),
    "a longer table": (
        ["TCGA-02-0006", "TCGA-02-0007"],
        ["TCGA-02-0006-01", "TCGA-02-0007-01"],
        "a part such as '-01': 2",
    ),
    "BIDS": (["sub-P1", "sub-P2"], ["P1", "P2"], "ids that differ in a part such as 'sub-': 2 matched"),
    "BIDS without zeros": (
        ["sub-01", "sub-02"],
        ["1", "2"],
        "the way they are written, and in a part such as 'sub-': 2 matched",
    ),
    "a file's name": (
        ["P1", "P2"],
        ["P1.nii.gz", "P2.nii.gz"],
        "ids that differ in the ending of a file's name: 2 matched",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_pairs_and_says_so(rule):
    patients, ids, said = RULES[rule]
    found = match(patients, ids)
    assert found.column == "who"
    assert dict(found.pairs) == dict(zip(sorted(patients), sorted(ids), strict=True))
    assert any(said in line for line in found.said), found.said


def test_several_rules_are_counted_one_by_one():
    found = match(["P1", "p2", "p3", "P4-01A"], ["P1", "P2", "P3", "P4"])
    assert found.said[1:] == [
        "ids that are the same: 1",
        "ids that differ in upper and lower case: 2 matched, first 'p2' (images) with 'P2' (table)",
        "ids that differ in a part such as '-01A': 1 matched, first 'P4-01A' (images) with 'P4' (table)",
    ]


def test_two_of_a_kind_are_nobody():
    found = match(["A", "B", "T-1-01A", "T-1-02A"], ["A", "B", "T-1"])
    assert dict(found.pairs) == {"A": "A", "B": "B"}
    assert found.without_row["T-1-01A"] == (
        "no row of clinical.csv has this id; like it: 'T-1', not the only row or id of that kind"
    )
    assert found.without_image["T-1"].startswith("no image has this id; like it: 'T-1-01A', 'T-1-02A'")


def test_who_is_on_one_side_only_has_a_reason():
    found = match(["A", "B", "C"], ["A", "B", "D"])
    assert found.without_row == {"C": "no row of clinical.csv has this id"}
    assert found.without_image == {"D": "no image has this id"}


def test_ages_are_no_ids_where_patients_are_numbers():
    found = match([str(n) for n in range(41, 51)], [str(n) for n in range(41, 51)])
    assert found.column == "who"


def test_another_column_that_would_do_is_said():
    table = pd.DataFrame({"a": ["P1", "P2"], "b": ["P1", "P2"]})
    assert "as many ids are in 'b'" in match_ids(table, ["P1", "P2"], Asked(), PATH).said[1]
    assert match_ids(table, ["P1", "P2"], Asked(columns={"id": "b"}), PATH).column == "b"


def test_a_table_of_other_patients_is_refused():
    with pytest.raises(CohortError, match=r"no column has the ids of the images \('P1', 'P2'\).*--column id=NAME"):
        match(["P1", "P2"], ["X", "Y"])
    with pytest.raises(CohortError, match="--column id=nobody: no column 'nobody'"):
        match(["P1"], ["P1"], columns={"id": "nobody"})


def test_rows_without_an_id_are_counted():
    assert "1 row of the table without an id: not read" in match(["P1", "P2"], ["P1", "P2", ""]).said
