import dataclasses

import pandas as pd
import pytest

from radsurv.cohort.patient import ANALYSED, Patient, named, patients
from radsurv.errors import PatientError


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "patient_id": ["b", "a"],
            "mask_reader2": [None, "two/a.nrrd"],
            "image": ["b.nii", "a.nii"],
            "mask": ["one/b.nii", "one/a.nii"],
            "flair": ["f/b.nii", "f/a.nii"],
        }
    )


def test_files_are_resolved_in_the_order_asked_for(tmp_path, table):
    found = patients(table, tmp_path, ["image", "flair"], ["mask", "mask_reader2"])
    root = tmp_path.resolve()
    assert found == [
        Patient(
            "b",
            {"image": root / "b.nii", "flair": root / "f/b.nii"},
            {"mask": root / "one/b.nii", "mask_reader2": None},
        ),
        Patient(
            "a",
            {"image": root / "a.nii", "flair": root / "f/a.nii"},
            {"mask": root / "one/a.nii", "mask_reader2": root / "two/a.nrrd"},
        ),
    ]
    assert list(found[0].images) == ["image", "flair"]
    assert list(found[0].outlines) == ["mask", "mask_reader2"]


def test_no_file_of_a_patient_is_outside_the_cohort_folder(tmp_path, table):
    for column in ("image", "mask_reader2"):
        with pytest.raises(PatientError, match="leads out of the cohort folder"):
            patients(table.assign(**{column: "../a.nii"}), tmp_path, ["image"], ["mask", "mask_reader2"])


def test_a_patient_does_not_change(tmp_path, table):
    patient = patients(table, tmp_path, ["image"], ["mask"])[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        patient.patient_id = "c"


def test_faults_of_further_images_name_their_column():
    for column, reason in (("flair", "flair: is empty"), (ANALYSED, "is empty")):
        with pytest.raises(PatientError) as caught, named(column):
            raise PatientError("is empty")
        assert caught.value.reason == reason
