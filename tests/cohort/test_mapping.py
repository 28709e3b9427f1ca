import pandas as pd
import pytest

import conf
from radsurv.cohort.mapping import canonical, map_table, select_rows
from radsurv.errors import CohortError


@pytest.fixture
def raw():
    columns = {"ID": ["a", "b"], "OS": ["3", "4"], "time": ["x", "y"], "died": ["1", "0.0"]}
    return pd.DataFrame(columns, index=["line 2", "line 3"])


def config(**options):
    return conf.cohort(name="test", table="t.csv", **options)


def test_columns_get_our_names(raw, tmp_path):
    table = map_table(raw, config(columns={"patient_id": "ID", "event": "died"}), tmp_path)
    assert sorted(table) == ["OS", "event", "patient_id", "time"]
    assert table["event"].tolist() == ["1", "0.0"]


def test_a_mapped_column_takes_the_place_of_one_with_our_name(raw, tmp_path):
    table = map_table(raw, config(columns={"time": "OS"}), tmp_path)
    assert table["time"].tolist() == ["3", "4"]
    assert sorted(table) == ["ID", "died", "time"]


def test_names_can_be_swapped_and_used_twice(raw, tmp_path):
    table = map_table(raw, config(columns={"time": "OS", "OS": "time", "again": "OS"}), tmp_path)
    assert (table["time"].tolist(), table["OS"].tolist(), table["again"].tolist()) == (
        ["3", "4"],
        ["x", "y"],
        ["3", "4"],
    )


def test_labels_are_translated_however_they_are_written(raw, tmp_path):
    table = map_table(raw, config(values={"died": {"1": "yes", "0": None}, "ID": {"a": 7}}), tmp_path)
    assert table["died"].tolist() == ["yes", ""]
    assert table["ID"].tolist() == ["7", "b"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"time": "os"}}, r"cohort\.columns\.time: no column 'os'; nearest: 'OS'"),
        ({"values": {"dead": {"1": 0}}}, r"cohort\.values\.dead: no column 'dead'; nearest: 'died'"),
    ],
)
def test_unknown_names(raw, tmp_path, options, message):
    with pytest.raises(CohortError, match=message):
        map_table(raw, config(**options), tmp_path)


def test_selection(raw, tmp_path):
    selected, reasons = select_rows(raw, config(select={"died": [0, 1], "OS": [4]}), tmp_path)
    assert selected["ID"].tolist() == ["b"]
    assert reasons.to_dict() == {"line 2": "not selected: OS=3"}
    with pytest.raises(CohortError, match=r"cohort\.select\.di: no column"):
        select_rows(raw, config(select={"di": [1]}), tmp_path)


def test_empty_cells_can_be_left_out_and_named(tmp_path):
    table = pd.DataFrame({"sequence": ["SE", ""]}, index=["line 2", "line 3"])
    _, reasons = select_rows(table, config(select={"sequence": ["SE"]}), tmp_path)
    assert reasons.tolist() == ["not selected: sequence=empty"]


def test_canonical():
    assert len({canonical(value) for value in (1, "1", 1.0, " 1.0 ", "1e0")}) == 1
    assert len({canonical(value) for value in (True, "true", "TRUE ")}) == 1
    assert canonical("1") != canonical("True")
    assert canonical(None) == canonical("")
    assert canonical("G2") == "G2"


def test_values_are_looked_for_as_they_stand_and_then_without_case(raw, tmp_path):
    raw["status"], raw["grade"] = [" DEAD", "Alive"], ["A", "a"]
    values = {"status": {"dead": 1, "alive": 0}, "grade": {"a": "small", "A": "large"}}
    table = map_table(raw, config(values=values), tmp_path)
    assert table["status"].tolist() == ["1", "0"]
    assert table["grade"].tolist() == ["large", "small"]


def test_a_value_that_differs_in_case_from_two_stays(raw, tmp_path):
    raw["status"] = ["DEAD", "dead"]
    table = map_table(raw, config(values={"status": {"Dead": 1, "dead": 0}}), tmp_path)
    assert table["status"].tolist() == ["DEAD", "0"]


def test_null_selects_every_word_for_no_value(raw, tmp_path):
    raw["grade"] = ["[Not Available]", "3"]
    selected, _ = select_rows(raw, config(select={"grade": [None]}), tmp_path)
    assert selected["ID"].tolist() == ["a"]
    assert select_rows(raw, config(select={"grade": ["[Not Available]"]}), tmp_path)[0]["ID"].tolist() == ["a"]


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_a_first_column_without_a_name_can_be_mapped_and_goes_otherwise(tmp_path, name):
    raw = pd.DataFrame({"Unnamed: 0": ["P1"], "OS": ["3"]}, index=["line 2"])
    assert map_table(raw, config(columns={"patient_id": name}), tmp_path).loc["line 2"].to_dict() == {
        "patient_id": "P1",
        "OS": "3",
    }
    assert list(map_table(raw, config(), tmp_path)) == ["OS"]
    with pytest.raises(CohortError, match=r"cohort\.columns\.time: no column 'Unnamed: 0'"):
        map_table(raw.drop(columns="Unnamed: 0"), config(columns={"time": name}), tmp_path)
