import numpy as np
import pandas as pd
import pytest

from radsurv.cohort.ready_features import NOT_IN_COHORT, match_patients, read_feature_table
from radsurv.errors import CohortError


@pytest.fixture
def csv(tmp_path):
    def write(content):
        (tmp_path / "features.csv").write_text(content, encoding="utf-8")
        return tmp_path / "features.csv"

    return write


def test_numbers_are_read_to_the_last_bit(csv, tmp_path):
    values = np.random.default_rng(0).normal(size=(20, 5)) * 10.0 ** np.arange(-150, 100, 50)
    frame = pd.DataFrame(values, columns=list("abcde"))
    frame.insert(0, "patient_id", [f"{n:03d}" for n in range(20)])
    frame.iloc[3, 2] = np.nan
    pd.testing.assert_frame_equal(read_feature_table(csv(frame.to_csv(index=False))), frame)
    frame.to_parquet(tmp_path / "features.parquet")
    pd.testing.assert_frame_equal(read_feature_table(tmp_path / "features.parquet"), frame)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,a\nP1,2\n", "the first column is 'id'; expected patient_id first"),
        ("a,patient_id\n2,P1\n", "the first column is 'a'"),
        ("patient_id\nP1\n", "no feature columns"),
        ("patient_id,a,a\nP1,2,3\n", "column 'a' is there 2 times"),
        ("patient_id,a\nP1,2\nP1,3\n", "patient 'P1' has several rows"),
        ("patient_id,a\n,2\n", "1 rows have no patient_id"),
        ("patient_id,a\nP1,2\nP2,high\n", "line 3: 'a' is 'high'; expected a number"),
        ("patient_id,a\nP1,-inf\n", "'a' is infinite for patient 'P1'"),
        ("patient_id,a\nP1,1e999\n", "'a' is infinite for patient 'P1'"),
    ],
)
def test_what_is_no_feature_table(csv, content, message):
    with pytest.raises(CohortError, match=message):
        read_feature_table(csv(content))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"patient_id": ["a"], "x": ["1"]}), "'x' holds string|'x' holds large_string"),
        (pd.DataFrame({"x": [1.0], "patient_id": ["a"]}), "the first column is 'x'"),
        (pd.DataFrame({"patient_id": ["a", None], "x": [1.0, 2.0]}), "1 rows have no patient_id"),
        (pd.DataFrame({"patient_id": ["a"], "x": [np.inf]}), "'x' is infinite"),
    ],
)
def test_what_is_no_feature_table_in_parquet(tmp_path, frame, message):
    frame.to_parquet(tmp_path / "features.parquet")
    with pytest.raises(CohortError, match=message):
        read_feature_table(tmp_path / "features.parquet")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CohortError, match="does not exist"):
        read_feature_table(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_text("no")
    with pytest.raises(CohortError, match="not readable as Parquet"):
        read_feature_table(tmp_path / "bad.parquet")


def test_patients_of_one_table_only_are_named():
    cohort = pd.DataFrame({"patient_id": ["c", "a", "b"], "time": [3.0, 1.0, 2.0]})
    features = pd.DataFrame({"patient_id": ["a", "d", "c"], "x": [10.0, 40.0, 30.0]})
    matched = match_patients(cohort, features, "features.csv")
    assert matched.cohort["patient_id"].tolist() == matched.features["patient_id"].tolist() == ["c", "a"]
    assert matched.features["x"].tolist() == [30.0, 10.0]
    assert matched.without_features == {"b": "not in the feature table"}
    assert matched.without_outcome == {"d": NOT_IN_COHORT}
    assert matched.notes == []


def test_plgg(shared):
    features = read_feature_table(shared / "tables/plgg/features.csv")
    assert features.shape == (160, 439)
    assert set(features.dtypes[1:]) == {np.dtype(np.float64)}
    assert not features.isna().any(axis=None)
