"""Sentences about files, without what files and their names say."""

import pytest

from radsurv.cohort.discretion import discreet, names_of_files
from radsurv.cohort.patient import Patient


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("has no structure 'GTV O\\'Hara', only 1 \"D'Arcy\", 2 'x'", "has no structure '…', only 1 '…', 2 '…'"),
        ("the table's folder holds the patient's file", "the table's folder holds the patient's file"),
        ("of 0.5 × 0.75 × 3 mm, version 1.2.3", "of 0.5 × 0.75 × 3 mm, version 1.2.3"),
        ("in 1.2.840.113619.2.5.1762583153, elsewhere", "in UID, elsewhere"),
        ("cannot be read: /data/Meier/t1.nii: no header; copy it", "cannot be read: a path: no header; copy it"),
    ],
)
def test_texts_identifiers_and_paths_go_and_numbers_stay(sentence, shown):
    assert discreet(sentence, {}) == shown


def test_names_of_all_files_that_a_reader_may_look_at_become_those_of_columns(tmp_path):
    folder = tmp_path / "Meier Hans" / "T1 of Hans"
    folder.mkdir(parents=True)
    for name in ("hans 1.dcm", "2.dcm"):
        (folder / name).touch()
    mask = folder.parent / "rs Hans.dcm"
    mask.touch()
    files = names_of_files(Patient("P", {"image": folder}, {"mask": mask, "mask_reader2": None}))
    said = {
        "T1 of Hans: series 'x' lacks 1 section: between hans 1.dcm (7 mm) and 2.dcm (13 mm)": (
            "image: series '…' lacks 1 section: between a file of image (7 mm) and a file of image (13 mm)"
        ),
        "T1 of Hans/hans 1.dcm is no DICOM file": "a file of image is no DICOM file",
        "Meier Hans/rs Hans.dcm does not exist": "mask does not exist",
        "structure 'GTV' of rs Hans.dcm: 2 contours": "structure '…' of mask: 2 contours",
    }
    assert {sentence: discreet(sentence, files) for sentence in said} == said


def test_a_folder_that_is_not_there_names_itself_alone(tmp_path):
    files = names_of_files(Patient("P", {"image": tmp_path / "gone" / "Hans.nii"}, {}))
    assert (
        discreet("gone/Hans.nii does not exist; correct the table", files) == "image does not exist; correct the table"
    )


def test_a_name_of_image_and_outline_is_said_of_neither_alone(tmp_path):
    image, mask = tmp_path / "images" / "P0007.nii.gz", tmp_path / "masks" / "P0007.nii.gz"
    for file in (
        image,
        mask,
        image.with_name("P0008.nii.gz"),
        mask.with_name("P0008.nii.gz"),
        mask.with_name("P0009.nii.gz"),
    ):
        file.parent.mkdir(exist_ok=True)
        file.touch()
    files = names_of_files(Patient("P", {"image": image}, {"mask": mask, "mask_reader2": mask}))
    said = {
        "P0007.nii.gz is empty": "image or mask or mask_reader2 is empty",
        "images/P0007.nii.gz is empty": "image is empty",
        f"{mask} is empty": "mask or mask_reader2 is empty",
        "P0008.nii.gz is empty": "a file of image or mask or mask_reader2 is empty",
        "P0009.nii.gz is empty": "a file of mask or mask_reader2 is empty",
    }
    assert {sentence: discreet(sentence, files) for sentence in said} == said


def test_counts_stay_where_files_are_called_by_numbers(tmp_path):
    for number in (*range(1, 25), 1024):
        (tmp_path / str(number)).touch()
    files = names_of_files(Patient("P", {"image": tmp_path}, {"mask": tmp_path / "3"}))
    said = {
        "holds 24 sections of 512 × 24 pixels, 3 mm apart": "holds 24 sections of 512 × 24 pixels, 3 mm apart",
        f"{tmp_path.name}/24 is cut short": "a file of image or mask is cut short",
        f"{tmp_path.name}/3 is cut short": "mask is cut short",
        "1024 is cut short": "a file of image or mask is cut short",
    }
    assert {sentence: discreet(sentence, files) for sentence in said} == said
