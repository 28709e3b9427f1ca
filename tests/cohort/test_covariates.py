import numpy as np
import pandas as pd
import pytest

from radsurv.cohort.covariates import covariate_classes, encode_covariates, unknown_labels
from radsurv.errors import CohortError


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "patient_id": ["a", "b", "c", "d", "e"],
            "time": 5.0,
            "age": [60.0, np.nan, 50.0, 40.0, 70.0],
            "sex": ["F", "M", "F", None, "F"],
            "idh": ["wt", "mut", "codel", "mut", "wt"],
            "treated": [True, False, True, True, False],
        }
    )


def test_numbers_stay_as_they_are(table):
    encoded = encode_covariates(table, ["age", "treated"])
    assert list(encoded) == ["patient_id", "clinical_age", "clinical_treated"]
    np.testing.assert_array_equal(encoded["clinical_age"], table["age"])
    assert encoded["clinical_treated"].tolist() == [1.0, 0.0, 1.0, 1.0, 0.0]


def test_two_classes_make_one_column(table):
    encoded = encode_covariates(table, ["sex"])
    assert list(encoded) == ["patient_id", "clinical_sex_M"]
    np.testing.assert_array_equal(encoded["clinical_sex_M"], [0, 1, 0, np.nan, 0])


def test_of_equally_frequent_classes_the_first_in_the_alphabet_is_the_reference(table):
    encoded = encode_covariates(table, ["idh"])
    assert list(encoded) == ["patient_id", "clinical_idh_codel", "clinical_idh_wt"]
    assert encoded["clinical_idh_wt"].tolist() == [1, 0, 0, 0, 1]
    assert encoded["clinical_idh_codel"].tolist() == [0, 0, 1, 0, 0]


def test_nothing_asked_nothing_given(table):
    assert list(encode_covariates(table, [])) == ["patient_id"]
    table["sex"] = None
    assert list(encode_covariates(table, ["sex"])) == ["patient_id"]


def test_outcomes_do_not_matter(table):
    shuffled = table.assign(time=[9.0, 1.0, 4.0, 2.0, 8.0])
    pd.testing.assert_frame_equal(
        encode_covariates(table, ["age", "sex", "idh"]), encode_covariates(shuffled, ["age", "sex", "idh"])
    )


def test_two_covariates_never_become_one_column(table):
    """clinical_a_b_x is the label b_x of a, and the label x of a_b."""
    with_labels = table.assign(a=["b_x", "w", "w", "w", "b_x"], a_b=["x", "w", "w", "w", "w"])
    assert list(encode_covariates(with_labels, ["a"]))[1:] == list(encode_covariates(with_labels, ["a_b"]))[1:]
    with pytest.raises(
        CohortError, match=r"^cohort\.covariates: 'a' and 'a_b' both become the feature 'clinical_a_b_x'"
    ):
        encode_covariates(with_labels, ["age", "a", "a_b"])


def test_nor_does_a_number_become_the_column_of_a_label(table):
    sex_m = table.assign(sex_M=[1.0, 2.0, 3.0, 4.0, 5.0])
    for order in (["sex", "sex_M"], ["sex_M", "sex"]):
        with pytest.raises(
            CohortError, match=f"'{order[0]}' and '{order[1]}' both become the feature 'clinical_sex_M'"
        ):
            encode_covariates(sex_m, order)


@pytest.mark.parametrize("name", ["time", "event", "patient_id", "image"])
def test_the_outcome_is_no_covariate(table, name):
    with pytest.raises(CohortError, match=f"'{name}' is no property of a patient at the start"):
        encode_covariates(table, [name])


def test_an_unknown_covariate(table):
    with pytest.raises(CohortError, match="no column 'agee'; nearest: 'age'"):
        encode_covariates(table, ["agee"])


def test_the_encoding_of_another_cohort(table):
    """The reference stays that of the other cohort, and a label that is unknown there is missing here."""
    assert covariate_classes(table, ["age", "sex", "idh"]) == {
        "age": None, "sex": ["F", "M"], "idh": ["mut", "codel", "wt"],
    }  # fmt: skip
    classes = {"sex": ["M", "F"], "idh": ["wt", "mut"], "age": None}
    encoded = encode_covariates(table, ["age", "sex", "idh"], classes)
    assert list(encoded) == ["patient_id", "clinical_age", "clinical_sex_F", "clinical_idh_mut"]
    np.testing.assert_array_equal(encoded["clinical_sex_F"], [1, 0, 1, np.nan, 1])
    np.testing.assert_array_equal(encoded["clinical_idh_mut"], [0, 1, np.nan, 1, 0])
    assert unknown_labels(table, classes) == {"c": "idh=codel is none of the labels that the model knows: wt, mut"}


def test_its_own_encoding_is_the_default(table):
    names = ["age", "sex", "idh", "treated"]
    pd.testing.assert_frame_equal(
        encode_covariates(table, names), encode_covariates(table, names, covariate_classes(table, names))
    )


@pytest.mark.parametrize(
    ("name", "classes", "said"),
    [
        ("age", ["young", "old"], "'age' holds numbers here, and labels"),
        ("sex", None, "'sex' holds labels here, and numbers"),
    ],
)
def test_numbers_in_one_cohort_and_labels_in_the_other(table, name, classes, said):
    with pytest.raises(CohortError, match=f"{said} in the cohort of the model: translate it with cohort.values.{name}"):
        encode_covariates(table, [name], {name: classes})
    table[name] = np.nan  # nothing to contradict
    columns = encode_covariates(table, [name], {name: classes}).columns[1:]
    assert list(columns) == ([f"clinical_{name}"] if classes is None else ["clinical_age_old"])
