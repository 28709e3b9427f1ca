"""Each way of laying out a folder: one image and one outline for each patient, and a reason for everybody else."""

import json

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_files import series

from radsurv.errors import CohortError, ConfigError
from radsurv.ingest.choose import WhichFiles
from radsurv.ingest.images import find_images
from radsurv.ingest.placed_files import place

IDS = ["P1", "P2", "P3"]


@pytest.fixture
def find(images, tmp_path):
    """What is chosen in a folder with these files; `which` may have options."""

    def find(paths, outlines=(), by_patient_id=False, **which):
        found = images(paths, outlines)
        return find_images(found, tmp_path / "out", WhichFiles(**which), by_patient_id=by_patient_id)

    return find


# Images and outlines by patient id, as they should be found among further files.
LAYOUTS = {
    "BraTS 2020": (
        [f"{p}/{p}_{s}.nii.gz" for p in IDS for s in ("t1", "t1ce", "t2", "flair")],
        [f"{p}/{p}_seg.nii.gz" for p in IDS],
        {p: (f"{p}/{p}_t1ce.nii.gz", f"{p}/{p}_seg.nii.gz") for p in IDS},
    ),
    "BraTS 2023": (
        [
            f"BraTS-GLI-0000{n}-000/BraTS-GLI-0000{n}-000-{s}.nii.gz"
            for n in (1, 2)
            for s in ("t1n", "t1c", "t2w", "t2f")
        ],
        [f"BraTS-GLI-0000{n}-000/BraTS-GLI-0000{n}-000-seg.nii.gz" for n in (1, 2)],
        {
            f"BraTS-GLI-0000{n}-000": tuple(
                f"BraTS-GLI-0000{n}-000/BraTS-GLI-0000{n}-000-{s}.nii.gz" for s in ("t1c", "seg")
            )
            for n in (1, 2)
        },
    ),
    "BIDS": (
        [f"sub-0{n}/ses-01/anat/sub-0{n}_ses-01_{s}.nii.gz" for n in (1, 2) for s in ("T1w", "ce-GAD_T1w", "FLAIR")],
        [
            *(f"derivatives/lesions/sub-0{n}/ses-01/anat/sub-0{n}_ses-01_label-lesion_mask.nii.gz" for n in (1, 2)),
            *(f"derivatives/bet/sub-0{n}/anat/sub-0{n}_desc-brain_mask.nii.gz" for n in (1, 2)),
        ],
        {
            f"sub-0{n}": (
                f"sub-0{n}/ses-01/anat/sub-0{n}_ses-01_ce-GAD_T1w.nii.gz",
                f"derivatives/lesions/sub-0{n}/ses-01/anat/sub-0{n}_ses-01_label-lesion_mask.nii.gz",
            )
            for n in (1, 2)
        },
    ),
    "BIDS without contrast": (
        [f"sub-0{n}/anat/sub-0{n}_T1w.nii.gz" for n in (1, 2)],
        [f"sub-0{n}/anat/sub-0{n}_dseg.nii.gz" for n in (1, 2)],
        {f"sub-0{n}": (f"sub-0{n}/anat/sub-0{n}_T1w.nii.gz", f"sub-0{n}/anat/sub-0{n}_dseg.nii.gz") for n in (1, 2)},
    ),
    "nnU-Net": (
        [f"imagesTr/CASE_{n}_0000.nii.gz" for n in (1, 2)],
        [f"labelsTr/CASE_{n}.nii.gz" for n in (1, 2)],
        {f"CASE_{n}": (f"imagesTr/CASE_{n}_0000.nii.gz", f"labelsTr/CASE_{n}.nii.gz") for n in (1, 2)},
    ),
    "one folder": (
        [f"{p}_image.nii.gz" for p in IDS],
        [f"{p}_mask.nii.gz" for p in IDS],
        {p: (f"{p}_image.nii.gz", f"{p}_mask.nii.gz") for p in IDS},
    ),
    "words in front": (
        [f"image_{p}.nii.gz" for p in IDS],
        [f"mask_{p}.nii.gz" for p in IDS],
        {p: (f"image_{p}.nii.gz", f"mask_{p}.nii.gz") for p in IDS},
    ),
    "images and masks": (
        [f"images/{p}.nii.gz" for p in IDS],
        [f"masks/{p}.nii.gz" for p in IDS],
        {p: (f"images/{p}.nii.gz", f"masks/{p}.nii.gz") for p in IDS},
    ),
    "a folder for each, names that say nothing": (
        [f"{p}/{n}_ax_T1_post.nii.gz" for n, p in enumerate(IDS)],
        [f"{p}/tumor mask.nrrd" for p in IDS],
        {p: (f"{p}/{n}_ax_T1_post.nii.gz", f"{p}/tumor mask.nrrd") for n, p in enumerate(IDS)},
    ),
    "a folder for each, the same unknown names": (
        [f"{p}/MPRAGE.nii.gz" for p in IDS],
        [f"{p}/MPRAGE_label.nii.gz" for p in IDS],
        {p: (f"{p}/MPRAGE.nii.gz", f"{p}/MPRAGE_label.nii.gz") for p in IDS},
    ),
    "two hospitals that number alike": (
        [f"{h}/{p}.nii.gz" for h in "AB" for p in IDS],
        [f"{h}/{p}_seg.nii.gz" for h in "AB" for p in IDS],
        {f"{h}_{p}": (f"{h}/{p}.nii.gz", f"{h}/{p}_seg.nii.gz") for h in "AB" for p in IDS},
    ),
    "two hospitals with their names": (
        [f"{h}/{h}_{p}.nii.gz" for h in ("UCSF", "UKM") for p in IDS],
        [f"{h}/{h}_{p}_seg.nii.gz" for h in ("UCSF", "UKM") for p in IDS],
        {f"{h}_{p}": (f"{h}/{h}_{p}.nii.gz", f"{h}/{h}_{p}_seg.nii.gz") for h in ("UCSF", "UKM") for p in IDS},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_each_patient_one_image_and_one_outline(find, layout):
    paths, outlines, expected = LAYOUTS[layout]
    found = find(paths, outlines)
    assert {p: (str(found.images[p]), str(found.masks[p])) for p in found.images} == expected
    assert not found.reasons


def test_an_ending_can_say_that_a_file_is_an_outline(find):
    found = find(["P1.nrrd", "P2.nrrd"], ["P1_seg.nrrd", "P2.seg.nrrd"])
    assert {p: str(path) for p, path in found.masks.items()} == {"P1": "P1_seg.nrrd", "P2": "P2.seg.nrrd"}


def test_a_format_without_a_reader_is_said(images, tmp_path):
    root = images(["P1_t1.nii.gz"], ["P1_seg.nii.gz"])
    (root / "P2_t1.mgz").write_bytes(b"x")
    (root / "P2_seg.nii.gz").write_bytes(b"x")
    found = find_images(root, tmp_path / "out", WhichFiles())
    assert list(found.images) == ["P1"]
    assert found.reasons["P2"].startswith("P2_t1.mgz: no reader for P2_t1.mgz as an image (there are ")
    assert "NIfTI (.nii, .nii.gz)" in found.reasons["P2"]


def test_nnunet_names_its_channels(images, tmp_path):
    root = images([f"imagesTr/C_000{n}.nii.gz" for n in (0, 1)], ["labelsTr/C.nii.gz"])
    with pytest.raises(ConfigError, match=r"no contrast-enhanced T1 .* channel 0 \(1 file\), channel 1 \(1 file\)"):
        find_images(root, tmp_path / "out", WhichFiles())
    (root / "dataset.json").write_text(json.dumps({"channel_names": {"0": "FLAIR", "1": "T1 Gd"}}))
    assert str(find_images(root, tmp_path / "out", WhichFiles()).images["C"]) == "imagesTr/C_0001.nii.gz"
    (root / "dataset.json").write_text("[]")
    with pytest.raises(CohortError, match=r"dataset\.json is not readable"):
        find_images(root, tmp_path / "out", WhichFiles())


def test_cases_without_labels_are_left_out(find):
    found = find(["imagesTr/A_0000.nii.gz", "imagesTs/B_0000.nii.gz"], ["labelsTr/A.nii.gz"])
    assert found.reasons == {"B": "no outline among its files (imagesTs/B_0000.nii.gz)"}


SEQUENCES = [f"{p}_{s}.nii.gz" for p in IDS for s in ("t1", "t2", "flair")]
MASKS = [f"{p}_seg.nii.gz" for p in IDS]


def test_of_several_sequences_one_is_asked_for(find):
    with pytest.raises(ConfigError, match=r"but flair \(3 files\), t1 \(3 files\), t2 \(3 files\).*--sequence"):
        find(SEQUENCES, MASKS)
    assert str(find(SEQUENCES, MASKS, sequence="flair").images["P2"]) == "P2_flair.nii.gz"
    assert str(find(SEQUENCES, MASKS, image="*_t2.nii.gz").images["P2"]) == "P2_t2.nii.gz"
    with pytest.raises(ConfigError, match="--sequence adc: no image is one; there are flair"):
        find(SEQUENCES, MASKS, sequence="adc")
    with pytest.raises(ConfigError, match="--image nothing: no file is called so"):
        find(SEQUENCES, MASKS, image="nothing")


def test_who_lacks_the_sequence_is_left_out(find):
    found = find(["P1_t1ce.nii.gz", "P1_t1.nii.gz", "P2_t1.nii.gz"], MASKS)
    assert list(found.images) == ["P1"]
    assert found.reasons["P2"] == "no t1ce among its files (P2_seg.nii.gz, P2_t1.nii.gz)"
    assert found.reasons["P3"] == "no image among its files (P3_seg.nii.gz)"


def test_an_atlas_and_brain_masks_are_nobodys(find):
    found = find(
        ["sub-1/anat/sub-1_T1w.nii.gz", "atlas.nii.gz"],
        ["sub-1/anat/sub-1_mask.nii.gz", "derivatives/x/sub-1_desc-brain_mask.nii.gz"],
    )
    assert list(found.images) == ["sub-1"]
    assert not found.reasons
    assert found.said[-1] == "2 files that are neither (brain masks, predictions, derivatives): not taken"


def test_two_outlines_are_not_chosen_from(find):
    found = find(["P1.nii.gz"], ["P1_seg.nii.gz", "P1_gtv_seg.nii.gz"])
    assert found.reasons == {
        "P1": "2 outlines (P1_gtv_seg.nii.gz, P1_seg.nii.gz); expected one: say which with --mask PATTERN"
    }
    assert (
        str(find(["P1.nii.gz"], ["P1_seg.nii.gz", "P1_gtv_seg.nii.gz"], mask="*gtv*").masks["P1"])
        == "P1_gtv_seg.nii.gz"
    )


def test_of_several_sessions_the_outlines_is_taken_and_said(find):
    paths = [f"sub-1/ses-{n}/anat/sub-1_ses-{n}_T1w.nii.gz" for n in (1, 2)]
    found = find(paths, ["sub-1/ses-2/anat/sub-1_ses-2_mask.nii.gz"])
    assert str(found.images["sub-1"]) == paths[1]
    assert any(
        line.startswith("several images fit for 1 patient; taken: that of the outline's session") for line in found.said
    )


def test_our_own_folder_hidden_files_and_links_are_not_looked_into(images, tmp_path):
    root = images(["P1.nii.gz"], ["P1_seg.nii.gz", "out/P1_mask.nii.gz", ".hidden_seg.nii.gz"])
    (root / "link").symlink_to(tmp_path, target_is_directory=True)
    found = find_images(root, root / "out", WhichFiles())
    assert str(found.masks["P1"]) == "P1_seg.nii.gz"
    assert found.said[:2] == ["1 link to a folder: not followed", "1 hidden file: not looked at"]


@pytest.mark.parametrize("what", ["nothing", "empty"])
def test_a_folder_without_images_is_refused(tmp_path, what):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CohortError, match="is no folder" if what == "nothing" else "holds no image"):
        find_images(tmp_path / what, tmp_path / "out", WhichFiles())


def test_dicom_series_are_listed_by_folder(shared, tmp_path):
    found = find_images(shared / "images/dicom_rtstruct", tmp_path, WhichFiles())
    assert any(line.startswith("DICOM: 1 series of images, 1 RTSTRUCT or SEG") for line in found.said)


def test_several_series_in_one_folder_are_named_by_a_file_of_theirs(tmp_path):
    for patient in ("P1", "P2"):
        folder = tmp_path / "images" / patient
        for description in ("AX FLAIR", "AX T1 POST GD"):
            series(folder, np.arange(2 * 4 * 5, dtype=np.int16).reshape(2, 4, 5), description)
        mask = folder / f"{patient}_seg.nii.gz"
        sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 4, 5), np.uint8)), str(mask))
    found = find_images(tmp_path / "images", tmp_path / "out", WhichFiles(sequence="t1ce"))
    assert list(found.images) == ["P1", "P2"], found.reasons
    for path in found.images.values():
        read = pydicom.dcmread(tmp_path / "images" / path, stop_before_pixels=True)
        assert read.SeriesDescription == "AX T1 POST GD"
    # All files of the folder go with the one that is named: a series is many files.
    placed = place(tmp_path / "images", found.images.values(), tmp_path / "out", overwrite=False)
    assert len(list((tmp_path / "out/ingested_images/P1").iterdir())) == 5
    assert placed.said == [
        "10 files linked into " + str(tmp_path / "out/ingested_images") + " (hard links: no space is taken)"
    ]
