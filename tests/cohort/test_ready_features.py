import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.cohort.ready_features import NOT_IN_COHORT, match_patients, read_feature_table
from radsurv.cohort.table import examine_table
from radsurv.errors import CohortError


def read(path, **options):
    """The features of a table, for a cohort with options."""
    return read_feature_table(conf.cohort(name="c", table="clinical.csv", features=str(path), **options)).table


@pytest.fixture
def csv(tmp_path):
    def write(content):
        (tmp_path / "features.csv").write_text(content, encoding="utf-8")
        return tmp_path / "features.csv"

    return write


def test_numbers_are_read_to_the_last_bit(csv, tmp_path):
    values = np.random.default_rng(0).normal(size=(20, 5)) * 10.0 ** np.arange(-90, 100, 45)
    frame = pd.DataFrame(values, columns=list("abcde"))
    frame.insert(0, "patient_id", [f"{n:03d}" for n in range(20)])
    frame.iloc[3, 2] = np.nan
    pd.testing.assert_frame_equal(read(csv(frame.to_csv(index=False))), frame)
    frame.to_parquet(tmp_path / "features.parquet")
    pd.testing.assert_frame_equal(read(tmp_path / "features.parquet"), frame)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "id,a\nP1,2\n",
            "no column 'patient_id'; the table has 'id', 'a': name the one of ids with cohort.feature_id=YOURS",
        ),
        ("patient_id\nP1\n", "no feature columns"),
        ("patient_id,a,a\nP1,2,3\n", "column 'a' is there 2 times"),
        ("patient_id,a\nP1,-inf\n", "'a' is infinite for patient 'P1'"),
        (
            "patient_id,a,b\nP1,1,2\nP2,,-3e200\n",
            "value of 'b' is 3e\\+200 in size .patient 'P2'.; expected 1e-100 to 1e",
        ),
    ],
)
def test_what_is_no_feature_table(csv, content, message):
    with pytest.raises(CohortError, match=message):
        read(csv(content))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"patient_id": ["a", "b"], "x": ["1", "high"]}), "row 2: 'x' is 'high'; expected a number"),
        (pd.DataFrame({"x": [1.0], "id": ["a"]}), "no column 'patient_id'"),
        (pd.DataFrame({"patient_id": ["a"], "x": ["high"]}), "no feature columns .not read: 1 with text .'x'.."),
        (pd.DataFrame({"patient_id": ["a", None], "x": [1.0, 2.0]}), "1 rows have no patient_id"),
        (pd.DataFrame({"patient_id": ["a"], "x": [np.inf]}), "'x' is infinite"),
    ],
)
def test_what_is_no_feature_table_in_parquet(tmp_path, frame, message):
    frame.to_parquet(tmp_path / "features.parquet")
    with pytest.raises(CohortError, match=message):
        read(tmp_path / "features.parquet")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CohortError, match="does not exist"):
        read(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_text("no")
    with pytest.raises(CohortError, match="not readable as Parquet"):
        read(tmp_path / "bad.parquet")


def test_patients_of_one_table_only_are_named():
    cohort = pd.DataFrame({"patient_id": ["c", "a", "b"], "time": [3.0, 1.0, 2.0]})
    features = pd.DataFrame({"patient_id": ["a", "d", "c"], "x": [10.0, 40.0, 30.0]})
    matched = match_patients(cohort, features, "features.csv")
    assert matched.cohort["patient_id"].tolist() == matched.features["patient_id"].tolist() == ["c", "a"]
    assert matched.features["x"].tolist() == [30.0, 10.0]
    assert matched.without_features == {"b": "not in the feature table"}
    assert matched.without_outcome == {"d": NOT_IN_COHORT}
    assert matched.notes == []


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_one_file_for_both_calls_patients_alike(tmp_path, suffix):
    path = tmp_path / f"both.{suffix}"
    table = pd.DataFrame(
        {"who": ["1", "2", "3"], "time": "5", "event": "1", "sex": ["F", "M", "F"], "core": [1.5, 2.5, 3.5]}
    )
    (table.to_csv if suffix == "csv" else table.to_parquet)(path, index=False)
    options = {
        "columns": {"patient_id": "who"},
        "values": {"patient_id": {"3": "P3"}},
        "select": {"sex": ["F"]},
        "feature_columns": ["core"],
    }
    both = conf.cohort(name="c", table=str(path), features=str(path), **options)
    ids = examine_table(both).table["patient_id"].tolist()
    features = read_feature_table(both).table
    assert ids == features["patient_id"].tolist() == ["1", "P3"]
    assert features["core"].tolist() == [1.5, 3.5]
    assert read(path, feature_id="who", feature_columns=["core"])["patient_id"].tolist() == ["1", "2", "3"]


def test_plgg(shared):
    features = read(shared / "tables/plgg/features.csv")
    assert features.shape == (160, 439)
    assert set(features.dtypes[1:]) == {np.dtype(np.float64)}
    assert not features.isna().any(axis=None)


def test_a_nameless_first_column_is_left_out_or_holds_the_ids(csv, tmp_path):
    expected = pd.DataFrame({"patient_id": ["P1", "P2"], "a": [1.0, 2.0]})
    for content in (",patient_id,a\n0,P1,1\n1,P2,2\n", "Unnamed: 0,patient_id,a\n0,P1,1\n1,P2,2\n", ",a\nP1,1\nP2,2\n"):
        pd.testing.assert_frame_equal(read(csv(content)), expected)
    for index in (["P1", "P2"], [7, 8]):
        frame = expected[["a"]] if index[0] == "P1" else expected
        frame.set_axis(index, axis=0).to_parquet(tmp_path / "features.parquet")
        pd.testing.assert_frame_equal(read(tmp_path / "features.parquet"), expected)
    frame = expected.assign(**{"Unnamed: 0": [0, 1]})[["Unnamed: 0", "patient_id", "a"]]
    frame.to_parquet(tmp_path / "features.parquet", index=False)
    pd.testing.assert_frame_equal(read(tmp_path / "features.parquet"), expected)


def test_words_for_no_value(csv, tmp_path):
    content = "patient_id,a,b\nNA,[Not Available],-999\nP2,'--,2\n"
    assert read(csv(content))["b"].tolist() == [-999.0, 2.0]
    found = read(csv(content), missing=["-999.0", "ND"])
    assert found["patient_id"].tolist() == ["NA", "P2"]
    assert found["a"].isna().all()
    assert found["b"].isna().tolist() == [True, False]
    pd.DataFrame({"patient_id": ["P1"], "a": [-999]}).to_parquet(tmp_path / "features.parquet")
    assert np.isnan(read(tmp_path / "features.parquet", missing=["-999"])["a"][0])


@pytest.mark.parametrize("cell", ["26.4,0", "1_000"])
def test_what_is_no_number_is_no_number_here_either(csv, cell):
    with pytest.raises(CohortError, match=f"'a' is '{cell}'; expected a number"):
        read(csv(f'patient_id,a\nP1,"{cell}"\n'))
    with pytest.raises(CohortError, match=r"'26,4' \(a decimal comma: write a point\)"):
        read(csv('patient_id,a\nP1,"26,4"\n'))


def test_no_patient_in_both_tables():
    cohort = pd.DataFrame({"patient_id": ["P01", "P02", "P03", "P04"], "time": 1.0})
    features = pd.DataFrame({"patient_id": ["P1", "P2", "P3", "P4", "P5"], "x": 1.0})
    with pytest.raises(CohortError) as caught:
        match_patients(cohort, features, "features.csv")
    assert str(caught.value) == (
        "features.csv: none of the 4 patients of the cohort table ('P01', 'P02', 'P03', …) is among the 5 of the feature table"
        " ('P1', 'P2', 'P3', …); expected the same patient_id in both: 4 would match but for leading zeros: write the ids alike"
        " in both tables"
    )


def test_some_patients_whose_ids_are_written_in_another_way_are_told_and_not_matched():
    cohort = pd.DataFrame({"patient_id": ["P01", "P02", "X"], "time": 1.0})
    features = pd.DataFrame({"patient_id": ["P01", "p02"], "x": 1.0})
    matched = match_patients(cohort, features, "features.csv")
    assert matched.cohort["patient_id"].tolist() == ["P01"]
    assert matched.without_features == {
        "P02": "not in the feature table, which has 'p02'",
        "X": "not in the feature table",
    }
    (note,) = matched.notes
    assert (
        "of 2 patients of the cohort table who are not in it ('P02', 'X'), 1 would match but for upper and lower"
        in note
    )
