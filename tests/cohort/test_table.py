import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.cohort.table import QC_COLUMNS, examine_table, read_table
from radsurv.errors import CohortError, TableFaults


def test_a_table_with_nothing_wrong(cohort):
    table, qc = read_table(cohort())
    assert list(table) == ["patient_id", "image", "mask", "time", "event", "age", "sex"]
    assert table["time"].tolist() == [100.0 + n for n in range(12)]
    assert table["event"].tolist() == [n % 2 for n in range(12)]
    assert table["event"].dtype == np.int64
    assert table["age"].dtype == np.float64
    assert tuple(qc) == QC_COLUMNS
    assert qc.empty


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": "0"}, r"time: line 5 \(patient 'P03'\) has '0'; expected a number of days above 0"),
        ({"time": "-4"}, r"has '-4'; expected a number of days above 0"),
        ({"time": "two years"}, r"has 'two years'; expected a number of days above 0"),
        ({"time": ""}, r"\(patient 'P03'\) has empty; expected a number of days above 0"),
        ({"time": "nan"}, r"has 'nan'; expected a number"),
        ({"time": "inf"}, r"has 'inf'; expected a number"),
        ({"time": "1_000"}, r"has '1_000'; expected a number"),
        ({"event": "2"}, r"event: line 5 \(patient 'P03'\) has '2'; expected 1 \(died, progressed\) or 0 \(censored\)"),
        ({"event": "dead"}, r"has 'dead'; expected 1 .* cohort\.values\.event"),
        ({"event": ""}, r"has empty; expected 1"),
        ({"event": "0_1"}, r"has '0_1'; expected 1"),
        ({"age": "old"}, r"age: line 5 \(patient 'P03'\) has 'old'; expected a number, or nothing"),
        ({"patient_id": "P02"}, r"line 4 .*'P02', line 5 .*'P02'; expected one row per patient"),
        ({"patient_id": ""}, r"patient_id: line 5 \(patient empty\) has empty; expected an id"),
        ({"patient_id": "../P03"}, r"has '\.\./P03'; expected an id .* without slashes"),
        ({"patient_id": ".."}, r"expected an id"),
        ({"patient_id": "P\x0703"}, r"has 'P\\x0703'; expected an id .* printable"),
        ({"patient_id": "P" * 129}, r"expected an id of 1 to 128"),
        ({"image": "/etc/passwd"}, r"image: line 5 .* '/etc/passwd'; expected a path inside the table's folder"),
        ({"image": "../other/P03.nii.gz"}, r"expected a path inside the table's folder"),
        ({"mask": "masks/../../P03.nii.gz"}, r"mask: line 5 .* expected a path inside the table's folder"),
        ({"mask": "masks\\P03.nii.gz"}, r"with forward slashes"),
    ],
)
def test_one_bad_cell_stops_the_run_with_a_sentence(cohort, row, changes, message):
    rows = [row(n) for n in range(12)]
    rows[3] |= changes
    with pytest.raises(CohortError, match=message) as caught:
        read_table(cohort(rows))
    assert "clinical.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_link_out_of_the_folder_is_refused(cohort, tmp_path):
    config = cohort()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "P00.nii.gz").symlink_to("/etc/passwd")
    with pytest.raises(CohortError, match=r"'images/P00\.nii\.gz'; expected a path inside"):
        read_table(config)
    (tmp_path / "images" / "P00.nii.gz").unlink()
    (tmp_path / "images" / "P00.nii.gz").symlink_to(tmp_path / "images" / "real.nii.gz")
    assert len(read_table(config)[0]) == 12


def test_many_faults_make_one_short_message(cohort, row):
    rows = [row(n, time="0") if n else row(n, event="x") for n in range(30)]
    with pytest.raises(CohortError) as caught:
        read_table(cohort(rows))
    message = str(caught.value)
    assert message.count("has '0'") == 5
    assert "and 24 more; expected a number" in message
    assert "has 'x'" in message


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False"), ("TRUE", "false"), ("1.0", "0.0")])
def test_events_as_people_write_them(cohort, row, yes, no):
    table, _ = read_table(cohort([row(n, event=no if n else yes) for n in range(12)]))
    assert table["event"].tolist() == [1] + 11 * [0]


def test_too_few_patients(cohort, row):
    with pytest.raises(CohortError, match=r"9 patients can take part; expected at least 10 \(cohort\.min_patients\)"):
        read_table(cohort([row(n) for n in range(9)]))
    assert len(read_table(cohort([row(n) for n in range(9)], min_patients=9))[0]) == 9
    with pytest.raises(CohortError, match=r"6 patients can take part \(6 left out, 6 of them: not selected: sex=M\)"):
        read_table(cohort(select={"sex": ["F"]}))


def test_no_events(cohort, row):
    with pytest.raises(CohortError, match="no event among 12 patients"):
        read_table(cohort([row(n, event="0") for n in range(12)]))


def test_nobody_vanishes(cohort, row):
    rows = [row(n, sequence="GE" if n < 3 else "SE") for n in range(20)]
    rows[5]["image"], rows[6]["mask"] = "", "NA"
    table, qc = read_table(cohort(rows, select={"sequence": ["SE"]}))
    assert len(table) == 15
    assert qc.to_numpy().tolist() == [
        ["P00", "excluded", "cohort", "not selected: sequence=GE"],
        ["P01", "excluded", "cohort", "not selected: sequence=GE"],
        ["P02", "excluded", "cohort", "not selected: sequence=GE"],
        ["P05", "excluded", "cohort", "the table names no image"],
        ["P06", "excluded", "cohort", "the table names no mask"],
    ]


def test_who_is_left_out_need_have_no_outcome(cohort, row):
    rows = [row(n, sequence="GE" if n < 3 else "SE") for n in range(20)]
    rows[0]["time"], rows[1]["event"], rows[2]["image"] = "", "unknown", "/elsewhere"
    assert len(read_table(cohort(rows, select={"sequence": ["SE"]}))[0]) == 17


def test_of_several_rows_per_patient_one_may_be_selected(cohort, row):
    rows = [row(n, sequence=name) for n in range(12) for name in ("SE", "GE")]
    rows += [row(20, sequence="GE"), row(20, sequence="GE")]
    table, qc = read_table(cohort(rows, select={"sequence": ["SE"]}))
    assert len(table) == 12
    assert qc.loc[qc["status"] == "excluded", "patient_id"].tolist() == ["P20"]
    assert (qc["status"] == "warning").sum() == 12
    with pytest.raises(CohortError, match="one row per patient"):
        read_table(cohort(rows))


def test_rare_classes_are_remarked_on(cohort, row):
    rows = [row(n, sex="F" if n in (2, 5) else "M") for n in range(12)]
    _, qc = read_table(cohort(rows))
    assert qc.to_numpy().tolist() == [
        ["P02", "warning", "cohort", "sex=F has only 2 patients"],
        ["P05", "warning", "cohort", "sex=F has only 2 patients"],
    ]


def test_a_ready_feature_table_needs_no_images(cohort):
    rows = [{"patient_id": f"P{n}", "time": str(n + 1), "event": "1", "image": "/gone"} for n in range(12)]
    assert len(read_table(cohort(rows, features="features.csv"))[0]) == 12


def test_missing_columns_are_named_with_the_nearest(cohort):
    rows = [{"Patient ID": f"P{n}", "Time": "3", "dead": "1"} for n in range(12)]
    with pytest.raises(CohortError) as caught:
        read_table(cohort(rows, features="features.csv"))
    message = str(caught.value)
    assert "no column 'patient_id'; nearest: 'Patient ID': name yours with 'cohort.columns={patient_id" in message
    assert "no column 'time'; nearest: 'Time'" in message
    assert "no column 'event'; the table has 'Patient ID', 'Time', 'dead'" in message


def test_an_unknown_covariate_is_named_with_the_nearest(cohort):
    with pytest.raises(CohortError, match=r"cohort\.covariates: no column 'agee'; nearest: 'age'"):
        read_table(cohort(covariates=["agee"]))


def test_types_of_other_columns(cohort, row):
    rows = [
        row(n, grade=str(2 + n % 2), idh="mut" if n else "", simulated="True", kps="80" if n else "") for n in range(12)
    ]
    table, _ = read_table(cohort(rows))
    assert table["grade"].dtype == np.float64
    assert table["idh"].isna().tolist() == [True] + 11 * [False]
    assert table["simulated"].dtype == bool
    assert np.isnan(table["kps"][0])


def test_parquet_and_csv_give_the_same_table(cohort, tmp_path):
    config = cohort()
    pd.read_csv(config.table).to_parquet(tmp_path / "clinical.parquet")
    from_parquet, _ = read_table(config.model_copy(update={"table": str(tmp_path / "clinical.parquet")}))
    pd.testing.assert_frame_equal(from_parquet, read_table(config)[0])


def test_tcga_lgg(shared):
    table, qc = read_table(conf.cohort(name="lgg", table=str(shared / "cohorts/tcga_lgg/clinical.csv")))
    assert (len(table), table["event"].sum()) == (60, 17)
    assert qc["reason"].tolist() == ["site=EZ has only 1 patient"]


def test_plgg(shared):
    config = conf.cohort(
        name="plgg",
        table=str(shared / "tables/plgg/clinical.csv"),
        features=str(shared / "tables/plgg/features.csv"),
        time_unit="months",
        columns={"age": "Age at Diagnosis", "sex": "Sex"},
        values={"sex": {"1": "M", "0": "F"}},
        covariates=["age", "sex", "NF1"],
    )
    table, qc = read_table(config)
    assert (len(table), table["event"].sum()) == (160, 47)
    assert set(table["sex"]) == {"M", "F"}
    assert table["age"].dtype == np.float64
    assert qc.empty


def test_words_of_archives_are_no_value_anywhere(cohort, row):
    rows = [row(n, age="'--" if n == 2 else str(50 + n), sex="Unknown" if n == 3 else "MF"[n % 2]) for n in range(14)]
    for n, line in enumerate(rows):
        line |= {
            "kps": "[Not Available]" if n == 4 else str(70 + n),
            "grade": "ND" if n == 5 else "-999" if n == 6 else "2",
        }
    rows[7]["image"], rows[8]["mask"] = "[Not Available]", "--"
    table, qc = read_table(cohort(rows, missing=["nd", -999]))
    table = table.set_index("patient_id")
    assert table["age"].isna().sum() == table["kps"].isna().sum() == table["sex"].isna().sum() == 1
    assert table["grade"].isna().tolist() == [name in ("P05", "P06") for name in table.index]
    assert table["grade"].dtype == table["kps"].dtype == np.float64
    assert qc[qc["status"] == "excluded"]["reason"].tolist() == ["the table names no image", "the table names no mask"]


def test_a_word_that_may_be_a_label_is_remarked_on_where_it_is_a_covariate(cohort, row):
    rows = [row(n, drug="none" if n % 2 else "TMZ", other="none") for n in range(12)]
    _, qc = read_table(cohort(rows, covariates=["drug"]))
    assert qc.to_numpy().tolist() == [
        [
            "P01",
            "warning",
            "cohort",
            "drug: 'none' is read as no value (6 patients); if it is a label, name it with cohort.values.drug",
        ]
    ]
    table, qc = read_table(cohort(rows, covariates=["drug"], values={"drug": {"none": "untreated"}}))
    assert qc.empty
    assert set(table["drug"]) == {"untreated", "TMZ"}


def test_a_number_with_faults_is_refused_where_it_is_a_covariate_and_text_elsewhere(cohort, row):
    rows = [row(n, size="not done" if n == 3 else str(n + 0.5)) for n in range(12)]
    with pytest.raises(
        CohortError, match=r"size: line 5 \(patient 'P03'\) has 'not done'; expected a number, as in most"
    ):
        read_table(cohort(rows, covariates=["size"]))
    assert read_table(cohort(rows))[0]["size"].dtype == object
    assert np.isnan(read_table(cohort(rows, covariates=["size"], missing=["Not Done"]))[0]["size"][3])


def test_a_decimal_comma_is_called_one(cohort, row):
    rows = [row(n) for n in range(12)]
    rows[3]["time"] = '"26,4"'
    with pytest.raises(CohortError, match=r"has '26,4' \(a decimal comma: write a point\); expected a number of days"):
        read_table(cohort(rows))


def test_all_faults_are_told_and_the_usable_rows_stay(cohort, row):
    """More of them than a message shows; cells at fault are missing, rows without a usable id or path are gone."""
    rows = [row(n) for n in range(14)]
    for n in range(7):
        rows[n]["time"] = "never"
    rows[7]["event"], rows[8]["age"], rows[9]["image"], rows[10]["patient_id"] = "dead", "old", "../a.nii", ""
    with pytest.raises(TableFaults, match="and 2 more; expected a number of days") as caught:
        read_table(cohort(rows))
    told = [(fault.patient_id, fault.column) for fault in caught.value.faults]
    ids = [one["patient_id"] for one in rows]
    expected = [(ids[n], "time") for n in range(7)] + [(ids[7], "event"), (ids[8], "age"), (ids[9], "image")]
    assert sorted(told) == sorted([*expected, ("", "patient_id")])
    assert all(fault.what.startswith("line ") for fault in caught.value.faults)
    assert all(fault.remedy.startswith("expected ") for fault in caught.value.faults)
    found = examine_table(cohort(rows))
    assert found.table["patient_id"].tolist() == [*ids[:9], *ids[11:]]
    assert found.table["time"].isna().tolist() == [True] * 7 + [False] * 5
    assert found.table["event"].isna().tolist() == [False] * 7 + [True] + [False] * 4
    assert found.table["age"].isna().tolist() == [False] * 8 + [True] + [False] * 3


def test_without_an_outcome_there_are_rows_to_look_at(cohort, row):
    rows = [{name: cell for name, cell in row(n).items() if name not in ("time", "event")} for n in range(12)]
    found = examine_table(cohort(rows))
    assert [fault.column for fault in found.faults] == ["time", "event"]
    assert len(found.table) == 12
    with pytest.raises(TableFaults, match="no column 'time'"):
        read_table(cohort(rows))


@pytest.mark.parametrize("cells", [("False", ""), ("0", "NA"), ("", ""), ("FALSE", "0")])
def test_who_is_not_said_to_be_made_up_was_not(cohort, row, cells):
    table, _ = read_table(cohort([row(n, simulated=cells[n % 2]) for n in range(12)]))
    assert table["simulated"].dtype == bool
    assert not table["simulated"].any()
    table, _ = read_table(cohort([row(n, simulated="1" if n == 3 else cells[n % 2]) for n in range(12)]))
    assert table["simulated"].tolist() == [n == 3 for n in range(12)]
