import dicom_files
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_files import contours, series
from matplotlib.path import Path as Outline
from skimage.draw import polygon2mask

from radsurv.cohort.check import facts
from radsurv.cohort.choice import Choice
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient
from radsurv.cohort.readers import read_image, read_outline
from radsurv.errors import PatientError

# In mm on the series of `dicom_files.series`: 16 pixels of section 1, 4 of section 2.
SQUARE = [(-19.625, 10.25, 7), (-16.625, 10.25, 7), (-16.625, 12.25, 7), (-19.625, 12.25, 7)]
SMALL = [(-19.625, 10.25, 10), (-18.125, 10.25, 10), (-18.125, 11.25, 10), (-19.625, 11.25, 10)]


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(-900, 900, (5, 8, 9)).astype(np.int16)


@pytest.fixture
def folder(tmp_path, voxels):
    return series(tmp_path / "P1", voxels)


def read(path, folder, **choice):
    return read_outline(path, read_image(folder), Choice(**choice))


def refused(path, folder, match, **choice):
    with pytest.raises(PatientError, match=match) as caught:
        read(path, folder, **choice)
    assert "SECRET" not in str(caught.value)


def test_the_only_structure_with_contours_is_the_one(folder, tmp_path):
    path = contours(tmp_path / "RS.dcm", {"Couch": [], "GTV": [SQUARE, SMALL], "Isocentre": [SMALL[:1]]})
    mask = read(path, folder)
    expected = np.zeros((5, 8, 9), dtype=bool)
    expected[1, 1:5, 1:5] = expected[2, 1:3, 1:3] = True
    np.testing.assert_array_equal(mask.array, expected)
    assert mask.remarks == ()
    loaded = load_patient(Patient("P", {"image": folder}, {"mask": path}), Requirements())
    found = facts(loaded.images["image"], loaded.outlines[0])
    assert (found.n_voxels, found.n_sections, found.n_pixels) == (20, 2, 16)
    assert loaded.warnings == []


def test_structures_are_chosen_by_name_number_or_expression_and_a_list_is_merged(folder, tmp_path):
    path = contours(tmp_path / "RS.dcm", {"GTV 1": [SQUARE], "GTV 2": [SMALL], "Brain": [SQUARE], "Old": [SMALL[:2]]})
    refused(path, folder, r"^RS\.dcm holds 3 structures \(1 'GTV 1', 2 'GTV 2', 3 'Brain'\); expected one: choose it")
    for wanted, n_voxels in (
        ("GTV 1", 16),
        ("gtv 2", 4),
        ("2", 4),
        ("bra.*", 16),
        (["GTV.*"], 20),
        (["GTV 2", "9"], 4),
    ):
        mask = read(path, folder, structure=wanted)
        assert mask.array.sum() == n_voxels
    assert mask.remarks == ("no structure '9', only 2 'GTV 2'",)
    refused(path, folder, r"2 structures that 'GTV\.\*' fits", structure="GTV.*")
    refused(path, folder, r"no structure 'CTV', only 1 'GTV 1', ", structure="CTV")
    refused(path, folder, r"no closed contour of 4 'Old', only of 1 'GTV 1'", structure="Old")
    merged = read(path, folder, structure=["Old", "GTV 2"])
    assert merged.array.sum() == 4
    assert merged.remarks[1:] == ("no closed contour of 4 'Old' in RS.dcm",)


def test_contours_of_one_or_two_points_are_ignored_with_a_remark(folder, tmp_path):
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE, SQUARE[:1], SMALL[:2]]})
    mask = read(path, folder)
    assert mask.array.sum() == 16
    assert mask.remarks == ("structure 'GTV' of RS.dcm: 2 contours of one or two points ignored",)
    refused(contours(path, {"GTV": [SQUARE]}, kind="OPEN_PLANAR"), folder, "no closed contour|holds no structure")


def test_remarks_become_warnings_of_the_patient(folder, tmp_path):
    far = [(x - 2, y, z) for x, y, z in SQUARE]
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE, [(x, y, z + 6) for x, y, z in far]]})
    loaded = load_patient(Patient("P", {"image": folder}, {"mask": path}), Requirements())
    assert loaded.warnings == [
        "structure 'GTV' of RS.dcm: 1 contour clipped at the edge of the image",
        "structure 'GTV' of RS.dcm: no contours in 1 of the 3 sections from the first to the last that has some (2); they stay empty",
    ]


def test_another_frame_of_reference_is_refused_by_name(folder, tmp_path):
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE]}, frame="1.2.3")
    refused(
        path,
        folder,
        r"^structure 'GTV' of RS\.dcm was drawn in another frame of reference \(1\.2\.3\) than the image's",
    )


def test_contours_can_be_drawn_on_a_converted_image(folder, tmp_path, voxels):
    """Which has no frame of reference, and the same place in the patient."""
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.75, 0.5, 3.0))
    image.SetOrigin((-20, 10, 4))
    sitk.WriteImage(image, str(tmp_path / "image.nrrd"))
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE, SMALL]}, frame="1.2.3")
    mask = read_outline(path, read_image(tmp_path / "image.nrrd"))
    assert mask.array.sum(axis=(1, 2)).tolist() == [0, 16, 4, 0, 0]


def test_no_image(folder, tmp_path):
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE]})
    with pytest.raises(
        PatientError, match=r"^RS\.dcm is RTSTRUCT \(a DICOM file\), which holds no image; expected DICOM series"
    ):
        read_image(path)
    with pytest.raises(PatientError, match=r"^P1 is DICOM series .*, which holds no outline; expected .*RTSTRUCT"):
        read(folder, folder)


@pytest.mark.parametrize("spoil", ["nan", "1e300", "x", "9"])
def test_coordinates_that_are_none(folder, tmp_path, spoil):
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE]})
    given = pydicom.dcmread(path)
    text = path.read_bytes()
    if spoil == "9":
        del given.ROIContourSequence[0].ContourSequence[0].ContourData[-1]
        path = dicom_files.save(path, given)
    else:
        path.write_bytes(text.replace(b"-19.625000", spoil.ljust(10).encode()))
    refused(path, folder, r"^RS\.dcm (has a contour of 12 coordinates|has a contour of 11|is cut short or damaged)")


def test_a_file_that_is_cut_short_never_gives_an_outline(folder, tmp_path):
    path = contours(tmp_path / "RS.dcm", {"GTV": [SQUARE, SMALL]})
    content, image = path.read_bytes(), read_image(folder)
    for length in range(300, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(PatientError, match=r"^RS\.dcm "):
            read_outline(path, image)


def test_a_real_structure_agrees_with_two_other_rasterisations(shared):
    """skimage's and matplotlib's, of the contours as pydicom reads them."""
    folder = shared / "images" / "dicom_rtstruct"
    patient = Patient("P", {"image": folder / "image"}, {"mask": folder / "mask" / "RS.dcm"})
    loaded = load_patient(patient, Requirements())
    image, mask = loaded.images["image"], loaded.outlines[0].mask.array
    theirs, again = np.zeros_like(mask), np.zeros_like(mask)
    centres = np.argwhere(np.ones(mask.shape[1:]))
    for contour in pydicom.dcmread(folder / "mask" / "RS.dcm").ROIContourSequence[0].ContourSequence:
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        place = (points - image.origin) @ image.direction / image.spacing_mm
        section = round(place[0, 0])
        theirs[section] ^= polygon2mask(mask.shape[1:], place[:, 1:])
        again[section] ^= Outline(place[:, 1:]).contains_points(centres).reshape(mask.shape[1:])
    for other in (theirs, again):
        assert 2 * np.count_nonzero(mask & other) / (mask.sum() + other.sum()) > 0.98
        assert mask.sum() == pytest.approx(other.sum(), rel=0.01)
    assert loaded.warnings == []
    assert np.count_nonzero(loaded.outlines[0].n_pixels) == 16
