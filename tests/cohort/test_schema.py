import pandas as pd
import pytest

from radsurv.cohort.missing import MissingWords
from radsurv.cohort.schema import cohort_schema, faults, identifier_schema

NO_VALUE = MissingWords()


@pytest.fixture
def table():
    columns = {
        "patient_id": ["a", "b", "c"],
        "image": ["a.nii", "b.nii", "c.nii"],
        "mask": ["a.nii", "b.nii", "c.nii"],
        "time": ["1", "2.5", "3e2"],
        "event": ["1", "0", "True"],
    }
    return pd.DataFrame(columns, index=["line 2", "line 3", "line 4"], dtype=object)


def test_nothing_wrong(table, tmp_path):
    schema = cohort_schema(tmp_path, "days", ["image", "mask"], NO_VALUE)
    assert faults(schema, table) == []
    assert faults(identifier_schema(), table) == []


def test_one_sentence_per_rule_in_the_order_of_the_rows(table, tmp_path):
    table.loc["line 4", "time"], table.loc["line 2", "time"], table.loc["line 3", "event"] = "x", "-1", "maybe"
    schema = cohort_schema(tmp_path, "months", ["image", "mask"], NO_VALUE)
    first, second = faults(schema, table)
    assert first.said.startswith(
        "time: line 2 (patient 'a') has '-1', line 4 (patient 'c') has 'x'; expected a number of months"
    )
    assert second.said.startswith("event: line 3 (patient 'b') has 'maybe'; expected 1")


def test_paths_matter_only_where_images_are_read(table, tmp_path):
    table["image"] = "/somewhere/else"
    assert len(faults(cohort_schema(tmp_path, "days", ["image", "mask"], NO_VALUE), table)) == 1
    assert faults(cohort_schema(tmp_path, "days", [], NO_VALUE), table) == []
