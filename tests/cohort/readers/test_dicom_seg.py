from dataclasses import replace

import dicom_files
import numpy as np
import pydicom
import pytest
from dicom_files import segmentation, series

from radsurv.cohort.alignment import GridRules
from radsurv.cohort.choice import Choice
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient
from radsurv.cohort.readers import read_image, read_outline
from radsurv.errors import PatientError

ORIGIN = np.array([-20.0, 10.0, 4.0])  # of the image; voxels of 3 × 0.5 × 0.75 mm


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(-900, 900, (5, 8, 9)).astype(np.int16)


@pytest.fixture
def folder(tmp_path, voxels):
    return series(tmp_path / "P1", voxels)


@pytest.fixture
def traced():
    """Two segments that overlap, in some sections."""
    masks = np.random.default_rng(1).random((2, 5, 8, 9)) < 0.4
    masks[0, [0, 4]] = masks[1, [0, 1, 3]] = False
    return masks


def at(z, y=0, x=0):
    """Position of a voxel of the image."""
    return ORIGIN + np.array([0.75 * x, 0.5 * y, 3 * z])


def frames(traced, order=None):
    """A frame for every section that has some of a segment, as most programs write it."""
    found = [(number, at(z), mask) for number, its in enumerate(traced, 1) for z, mask in enumerate(its) if mask.any()]
    return found if order is None else [found[place] for place in order]


def read(path, folder, **choice):
    return read_outline(path, read_image(folder), Choice(**choice))


def refused(path, folder, match, **choice):
    with pytest.raises(PatientError, match=match) as caught:
        read(path, folder, **choice)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 1, 3, 0, 2]])
def test_segments_of_different_extent_that_overlap_in_any_order(folder, tmp_path, traced, order):
    path = segmentation(tmp_path / "seg.dcm", frames(traced, order), ["Core", "Oedema"])
    refused(
        path,
        folder,
        r"^seg\.dcm holds 2 structures \(1 'Core', 2 'Oedema'\); expected one: choose it with cohort\.structure",
    )
    for choice, expected in (
        ({"structure": "core"}, traced[0]),
        ({"structure": "oed.*"}, traced[1]),
        ({"label": 2}, traced[1]),
        ({"label": 2, "structure": "1"}, traced[0]),
        ({"label": [1, 2]}, traced[0] | traced[1]),
        ({"structure": ["Core", "Oedema"]}, traced[0] | traced[1]),
    ):
        mask = read(path, folder, **choice)
        np.testing.assert_array_equal(mask.array, expected)
    refused(path, folder, r"^seg\.dcm has no segment 3, only 1 'Core', 2 'Oedema'; change cohort\.mask_label", label=3)
    assert read(path, folder, label=[2, 3]).remarks == ("no segment 3 in seg.dcm, only 1 'Core', 2 'Oedema'",)


def test_frames_whose_bits_do_not_begin_with_a_byte(folder, tmp_path):
    crops = np.random.default_rng(2).random((3, 5, 7)) < 0.5
    path = segmentation(tmp_path / "seg.dcm", [(1, at(z + 1, 2, 1), crop) for z, crop in enumerate(crops)])
    expected = np.zeros((5, 8, 9), dtype=bool)
    expected[1:4, 2:7, 1:8] = crops
    np.testing.assert_array_equal(read(path, folder).array, expected)


def test_more_than_the_image_and_nothing_traced_there(folder, tmp_path):
    larger = np.zeros((1, 20, 20), dtype=bool)
    larger[0, 10:12, 8:11] = True
    path = segmentation(tmp_path / "seg.dcm", [(1, at(2, -8, -7), larger[0])])
    expected = np.zeros((5, 8, 9), dtype=bool)
    expected[2, 2:4, 1:4] = True
    np.testing.assert_array_equal(read(path, folder).array, expected)
    larger[0, 0, 0] = True
    path = segmentation(tmp_path / "seg.dcm", [(1, at(2, -8, -7), larger[0])])
    refused(path, folder, r"^1 of 7 outlined voxels lie outside the image")


def test_stored_the_other_way_round(folder, tmp_path, traced):
    """Rows from below, columns from the right: the normal is the same."""
    turned = [(1, at(z, 7, 8), mask[::-1, ::-1]) for z, mask in enumerate(traced[0]) if mask.any()]
    path = segmentation(tmp_path / "seg.dcm", turned, orientation=(-1, 0, 0, 0, -1, 0))
    np.testing.assert_array_equal(read(path, folder).array, traced[0])
    transposed = [(1, at(z), mask.T) for z, mask in enumerate(traced[0]) if mask.any()]
    path = segmentation(tmp_path / "seg.dcm", transposed, spacing=(0.75, 0.5), orientation=(0, 1, 0, 1, 0, 0))
    np.testing.assert_array_equal(read(path, folder).array, traced[0])


def test_every_second_section_of_the_image(folder, tmp_path, traced):
    sparse = [(1, at(z), traced[0, 1]) for z in (0, 2, 4)]
    for apart in (None, 3.0):
        mask = read(segmentation(tmp_path / "seg.dcm", sparse, apart=apart), folder)
        assert mask.array.any(axis=(1, 2)).tolist() == [True, False, True, False, True]
    # Traced on sections twice as thick, it is on another grid, and not empty between them.
    path = segmentation(tmp_path / "seg.dcm", sparse, apart=6.0)
    assert read(path, folder).array.shape == (3, 8, 9)


@pytest.mark.parametrize("apart", [-3.0, 1e-200])
def test_a_distance_that_is_none(folder, tmp_path, traced, apart):
    """The image's counts, and on an image of another orientation the smallest between frames."""
    path = segmentation(tmp_path / "seg.dcm", frames(traced[:1]), apart=apart)
    np.testing.assert_array_equal(read(path, folder).array, traced[0])
    image = read_image(folder)
    mask = read_outline(path, replace(image, direction=image.direction[:, [1, 2, 0]], spacing_mm=(1.0, 1.1, 1.2)))
    assert mask.array.shape == (3, 8, 9)


def test_another_grid_goes_the_way_of_other_outlines(folder, tmp_path):
    mask = np.zeros((6, 7), dtype=bool)
    mask[1:5, 1:6] = True
    path = segmentation(tmp_path / "seg.dcm", [(1, at(z, 0.5, 0.5), mask) for z in (1, 2)])
    patient = Patient("P", {"image": folder}, {"mask": path})
    with pytest.raises(PatientError, match=r"^image and mask differ in size: 9 × 8 × 5 and 7 × 6 × 2 voxels"):
        load_patient(patient, Requirements())
    loaded = load_patient(patient, Requirements(grid=GridRules(outline_grid="resample")))
    assert [remark[:43] for remark in loaded.warnings] == ["the outline lay on a grid of its own (7 × 6"]
    assert loaded.outlines[0].n_pixels.tolist() == [0, 20, 20, 0, 0]


def test_fractions_count_from_one_half(folder, tmp_path):
    """Of at most 200."""
    fractions = np.zeros((8, 9), dtype=np.uint8)
    fractions[1, 1:5] = 99, 100, 200, 1
    mask = read(segmentation(tmp_path / "seg.dcm", [(1, at(2), fractions)], kind="FRACTIONAL"), folder)
    assert np.argwhere(mask.array).tolist() == [[2, 1, 2], [2, 1, 3]]
    assert mask.remarks == ("seg.dcm holds fractions ('probability'): a voxel counts from 0.5 on",)


def test_pixels_that_are_numbers_of_segments(folder, tmp_path):
    labels = np.random.default_rng(3).integers(0, 4, (2, 8, 9))
    path = segmentation(
        tmp_path / "seg.dcm", [(1, at(z + 1), each) for z, each in enumerate(labels)], "abc", kind="LABELMAP"
    )
    np.testing.assert_array_equal(read(path, folder, label=[1, 3]).array[1:3], (labels == 1) | (labels == 3))
    np.testing.assert_array_equal(read(path, folder, structure="b").array[1:3], labels == 2)


def test_a_segment_that_marks_nothing(folder, tmp_path, traced):
    path = segmentation(tmp_path / "seg.dcm", frames(traced[:1]), ["Core", "Necrosis"])
    refused(path, folder, r"^seg\.dcm marks no voxel as 2 'Necrosis'", label=2)


def test_another_frame_of_reference(folder, tmp_path, traced):
    path = segmentation(tmp_path / "seg.dcm", frames(traced[:1]), frame_of_reference="1.2.3")
    refused(path, folder, r"^seg\.dcm was drawn in another frame of reference \(1\.2\.3\) than the image's")


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda of: of.__delattr__("PerFrameFunctionalGroupsSequence"), "does not say where each lies"),
        (lambda of: of.PerFrameFunctionalGroupsSequence[1].__delattr__("PlanePositionSequence"), "no position"),
        (lambda of: of.PerFrameFunctionalGroupsSequence[1].__delattr__("SegmentIdentificationSequence"), "which segment its frame 2"),
        (lambda of: setattr(of, "PixelData", of.PixelData[:-2]), "cut short or damaged"),
        (lambda of: setattr(of, "Rows", 60000), r"cut short or damaged|1,073,741,824"),
        (lambda of: setattr(of, "SegmentSequence", []), "holds no structure"),
        (lambda of: setattr(of.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0], "ImagePositionPatient", [-20, 10, 8.4]),
         "not evenly spaced"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(folder, tmp_path, traced, spoil, match):
    path = segmentation(tmp_path / "seg.dcm", frames(traced[:1]), apart=None)
    given = pydicom.dcmread(path)
    spoil(given)
    refused(dicom_files.save(path, given), folder, match)


def test_a_file_that_is_cut_short_never_gives_an_outline(folder, tmp_path, traced):
    path = segmentation(tmp_path / "seg.dcm", frames(traced[:1]))
    content, image = path.read_bytes(), read_image(folder)
    for length in range(300, len(content), 11):
        path.write_bytes(content[:length])
        with pytest.raises(PatientError, match=r"^seg\.dcm "):
            read_outline(path, image)


def test_a_real_segmentation(shared):
    """Beside its frames as pydicom decodes them, put where they say."""
    folder = shared / "images" / "dicom_seg"
    patient = Patient("P", {"image": folder / "image_dce_ser"}, {"mask": folder / "mask" / "1-1.dcm"})
    loaded = load_patient(patient, Requirements())
    given = pydicom.dcmread(folder / "mask" / "1-1.dcm")
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in (folder / "image_dce_ser").iterdir()]
    places = sorted((float(header.ImagePositionPatient[0]) for header in headers), reverse=True)  # along the normal
    expected = np.zeros((60, 256, 256), dtype=bool)
    for groups, pixels in zip(given.PerFrameFunctionalGroupsSequence, given.pixel_array, strict=True):
        distances = np.abs(np.array(places) - float(groups.PlanePositionSequence[0].ImagePositionPatient[0]))
        assert distances.min() < 1e-4
        expected[np.argmin(distances)] = pixels == 255
    np.testing.assert_array_equal(loaded.outlines[0].mask.array, expected)
    assert expected.sum() == 82527
    assert loaded.warnings == ["1-1.dcm holds fractions ('occupancy'): a voxel counts from 0.5 on"]
