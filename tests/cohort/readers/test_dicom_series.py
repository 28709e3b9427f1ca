import shutil
from pathlib import Path

import dicom_files
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_files import SECRET, section, series
from pydicom.data import get_testdata_file
from pydicom.uid import (
    MPEG4HP41,
    DeflatedExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
)

from radsurv.cohort.choice import Choice
from radsurv.cohort.readers import read_image
from radsurv.errors import PatientError

TURNED = np.deg2rad(20)
OBLIQUE = (np.cos(TURNED), np.sin(TURNED), 0.0, 0.0, 0.0, -1.0)


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(-900, 900, (5, 8, 9)).astype(np.int16)


def refused(path, match, wanted=None):
    """The reason, which never tells who the patient is."""
    with pytest.raises(PatientError, match=match) as caught:
        read_image(path, Choice(series=wanted))
    assert "SECRET" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_sections_come_in_the_order_of_the_patient_whatever_their_files_are_called(tmp_path, voxels):
    image = read_image(series(tmp_path / "P1", voxels))
    np.testing.assert_array_equal(image.array, voxels)
    assert image.array.dtype == np.int16
    assert image.spacing_mm == (3.0, 0.5, 0.75)
    np.testing.assert_array_equal(image.origin, [-20, 10, 4])
    np.testing.assert_array_equal(image.direction, np.eye(3)[:, ::-1])
    assert image.frame_of_reference == dicom_files.FRAME
    names = sorted(path.name for path in (tmp_path / "P1").iterdir())
    positions = [pydicom.dcmread(tmp_path / "P1" / name).ImagePositionPatient[2] for name in names]
    assert positions != sorted(positions)


def test_an_oblique_series_keeps_its_direction_and_is_what_itk_reads(tmp_path, voxels):
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    for z, pixels in enumerate(voxels):
        position = np.round(np.array([5.0, -7.0, 11.0]) - 2.5 * z * normal, 6)
        dicom_files.save(
            tmp_path / "P1" / f"{z}.dcm",
            section(pixels, position, ImageOrientationPatient=[round(c, 6) for c in OBLIQUE]),
        )
    image = read_image(tmp_path / "P1")
    np.testing.assert_array_equal(image.array, voxels[::-1])  # files run against the normal
    np.testing.assert_allclose(image.direction[:, 0], normal, atol=1e-6)
    np.testing.assert_allclose(image.direction[:, 2], OBLIQUE[:3], atol=1e-6)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "P1")))
    theirs = reader.Execute()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(theirs), image.array)
    last = [length - 1 for length in image.array.shape]
    np.testing.assert_allclose(image.corners()[-1], theirs.TransformIndexToPhysicalPoint(last[::-1]), atol=1e-4)


def test_every_section_is_rescaled_by_its_own_numbers(tmp_path, voxels):
    for z, pixels in enumerate(voxels):
        given = section(pixels, (0, 0, z), RescaleSlope=2 if z == 1 else 1, RescaleIntercept=-1024)
        dicom_files.save(tmp_path / "whole" / f"{z}.dcm", given)
        given.RescaleSlope = "0.1"
        dicom_files.save(tmp_path / "fraction" / f"{z}.dcm", given)
    expected = voxels.astype(np.int32) - 1024
    expected[1] += voxels[1]
    image = read_image(tmp_path / "whole")
    assert image.array.dtype == np.int32
    np.testing.assert_array_equal(image.array, expected)
    np.testing.assert_array_equal(read_image(tmp_path / "fraction").array, voxels * 0.1 - 1024)


def test_a_multi_frame_file_in_any_order(tmp_path, voxels):
    given = dicom_files.multi_frame(voxels, [3, 1, 0, 4, 2], slopes=[1, 2, 3, 4, 5])
    path = dicom_files.save(tmp_path / "P1" / "image.dcm", given)
    expected = voxels.astype(np.int64) * np.arange(1, 6)[:, None, None]
    for named in (path, path.parent):
        image = read_image(named)
        np.testing.assert_array_equal(image.array, expected)
        assert image.spacing_mm == (3.0, 0.5, 0.75)
        np.testing.assert_array_equal(image.origin, [-20, 10, 4])
    del given.PerFrameFunctionalGroupsSequence[4]
    refused(dicom_files.save(path, given), "describes 4 frames and declares 5")
    del given.PerFrameFunctionalGroupsSequence
    refused(dicom_files.save(path, given), "does not say where each lies")


def test_a_section_too_few(tmp_path, voxels):
    series(tmp_path / "P1", voxels)
    middle = next(p for p in (tmp_path / "P1").iterdir() if pydicom.dcmread(p).ImagePositionPatient[2] == 10)
    middle.unlink()
    said = refused(
        tmp_path / "P1", r"^P1: series 'T1' lacks 1 section: between \S+ \(7 mm .*\(13 mm\) lie 6 mm, elsewhere 3"
    )
    assert "copy the whole series again" in said


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"ImagePositionPatient": [-20, 10, 7]}, "6 sections at 5 places: .*lie at the same one"),
        ({"ImagePositionPatient": [-20, 10, 20.5]}, r"is not evenly spaced: its sections lie 3 to 4\.5 mm apart \(at 4, 7, 10"),
        ({"ImagePositionPatient": [-18, 10, 19]}, r"shifted against each other: last\.dcm lies 2 mm beside"),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, r"several orientations: last\.dcm and 0 others"),
        ({"PixelSpacing": [0.5, 0.5]}, r"differ in size: 5 of 9 × 8 pixels of 0\.75 × 0\.5 mm, 1 of 9 × 8"),
        ({"FrameOfReferenceUID": "1.2.3"}, "sections in 2 frames of reference"),
        ({"ImagePositionPatient": None}, r"^last\.dcm does not say where its sections lie in the patient: no position"),
        ({"PixelSpacing": None}, "no pixel spacing"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "orientation or a position that is none"),
        ({"ImagePositionPatient": [-20, 10, 1e300]}, "orientation or a position that is none"),
        ({"PixelSpacing": [0, 0.5]}, r"voxels measure 0\.5 × 0 mm"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "picture in colours"),
        ({"SamplesPerPixel": [1, 1]}, r"^last\.dcm is cut short or damaged, or breaks the rules of DICOM"),
        ({"Rows": 60000, "Columns": 60000}, r"expected from 1 to 1,073,741,824|differ in size"),
        ({"NumberOfFrames": 4}, "has 4 frames and does not say where each lies"),
        ({"PixelData": b"\0\0"}, r"^last\.dcm is cut short or damaged"),
        ({"PixelData": None}, r"^last\.dcm is cut short or damaged"),
    ],
)  # fmt: skip
def test_what_is_no_single_stack(tmp_path, voxels, changes, match):
    series(tmp_path / "P1", voxels)
    last = section(voxels[0], changes.get("ImagePositionPatient") or (-20, 10, 19), **changes)
    dicom_files.save(tmp_path / "P1" / "last.dcm", last)
    refused(tmp_path / "P1", match)


def test_positions_rounded_to_two_decimals_are_a_regular_stack(tmp_path, voxels):
    for z, pixels in enumerate(voxels):
        dicom_files.save(tmp_path / "P1" / f"{z}.dcm", section(pixels, (0, 0, round(z * 10 / 3, 2))))
    assert read_image(tmp_path / "P1").spacing_mm[0] == pytest.approx(10 / 3, abs=0.002)


def test_a_file_that_declares_more_than_there_is_memory(tmp_path, voxels):
    path = dicom_files.save(tmp_path / "P1" / "one.dcm", section(voxels[0], (0, 0, 0), Rows=60000, Columns=60000))
    refused(path.parent, r"says that it has 60000 × 60000 × 1 voxels")


def test_one_section_is_as_thick_as_it_says(tmp_path, voxels):
    dicom_files.save(tmp_path / "P1" / "one.dcm", section(voxels[0], (0, 0, 0)))
    assert read_image(tmp_path / "P1").spacing_mm == (3.0, 0.5, 0.75)
    dicom_files.save(tmp_path / "P1" / "one.dcm", section(voxels[0], (0, 0, 0), SliceThickness=None))
    refused(tmp_path / "P1", "has one section and does not say how thick it is")


class TestSeveralSeries:
    @pytest.fixture
    def folder(self, tmp_path, voxels):
        for name, its in (("T1 (Gd)", voxels), ("FLAIR ax", voxels[:3] + 1), ("FLAIR sag", voxels[:2] + 2)):
            series(tmp_path / "P1", its, name)
        return tmp_path / "P1"

    def test_are_listed(self, folder):
        said = refused(folder, r"^P1 holds 3 series \('T1 \(Gd\)' of 5 sections, [\d.]+; 'FLAIR ax' of 3 sections, ")
        assert "choose it with cohort.series, or name one of its files in the table" in said

    @pytest.mark.parametrize(
        ("wanted", "n_sections"),
        [("T1 (Gd)", 5), ("flair AX", 3), (".*sag.*", 2), ("flair s.*", 2), (dicom_files.uid("FLAIR ax"), 3)],
    )
    def test_are_chosen_by_description_expression_or_uid(self, folder, wanted, n_sections):
        assert len(read_image(folder, Choice(series=wanted)).array) == n_sections

    def test_or_by_one_of_their_files(self, folder, voxels):
        for path in folder.iterdir():
            read = read_image(path).array
            offset = {5: 0, 3: 1, 2: 2}[len(read)]
            np.testing.assert_array_equal(read, voxels[: len(read)] + offset)

    @pytest.mark.parametrize(("wanted", "match"), [("T2", "has no series that cohort"), ("FLAIR.*", "has 2 series")])
    def test_and_a_choice_must_fit_one(self, folder, wanted, match):
        refused(folder, f"{match}.*it holds 'T1", wanted)

    def test_also_where_there_is_only_one(self, tmp_path, voxels):
        refused(series(tmp_path / "P2", voxels), "P2 has no series that cohort.series='T2' fits", "T2")


def test_what_else_lies_in_the_folder_is_no_matter(tmp_path, voxels):
    series(tmp_path / "P1", voxels)
    dicom_files.contours(tmp_path / "P1" / "RS.dcm", {})
    for name in ("test-SR.dcm", "rtdose.dcm", "rtplan.dcm"):
        shutil.copy(get_testdata_file(name), tmp_path / "P1")
    shutil.copy(get_testdata_file("dicomdirtests/DICOMDIR"), tmp_path / "P1")
    (tmp_path / "P1" / "notes.txt").write_text("nothing")
    (tmp_path / "P1" / "empty").touch()
    np.testing.assert_array_equal(read_image(tmp_path / "P1").array, voxels)


def test_what_might_have_been_a_section_is_one(tmp_path, voxels):
    series(tmp_path / "P1", voxels)
    (tmp_path / "P1" / "cut.dcm").touch()
    refused(tmp_path / "P1", r"^P1/cut\.dcm is no DICOM file, whatever its name says")
    content = next((tmp_path / "P1").glob("[0-9]*.dcm")).read_bytes()
    for length in (140, 200, 300, content.index(b"SECRET") + 3, len(content) - 2):
        (tmp_path / "P1" / "cut.dcm").write_bytes(content[:length])
        refused(tmp_path / "P1", r"^cut\.dcm is cut short or damaged|at 5 places")


def test_nor_is_an_empty_file_among_files_without_endings_passed_over(tmp_path, voxels):
    for path in series(tmp_path / "P1", voxels).iterdir():
        path.rename(path.with_suffix(""))
    (tmp_path / "P1" / "VERSION").write_text("9" * 200)
    np.testing.assert_array_equal(read_image(tmp_path / "P1").array, voxels)
    (tmp_path / "P1" / "IM6").touch()
    refused(tmp_path / "P1", r"^P1/IM6 is no DICOM file")


@pytest.mark.filterwarnings("default")
def test_a_value_that_breaks_the_rules_is_not_repeated(tmp_path, voxels):
    path = dicom_files.save(tmp_path / "P1" / "one.dcm", section(voxels[0], (0, 0, 0), SliceThickness="3.0000000"))
    path.write_bytes(path.read_bytes().replace(b"3.0000000", b"SECRET^NA"))
    refused(tmp_path / "P1", r"^one\.dcm is cut short or damaged")


def test_a_wrong_length_does_not_let_the_next_element_into_a_message(tmp_path, voxels):
    """Here the description ends with the patient's name."""
    series(tmp_path / "P1", voxels)
    path = dicom_files.save(tmp_path / "P1" / "a.dcm", section(voxels[0], (-20, 10, 19), "FLAIR!"))
    content = path.read_bytes()
    at = content.index(b"FLAIR!")
    assert content[at + 6 :].startswith(b"\x10\x00\x10\x00PN\x0c\x00SECRET")
    path.write_bytes(content[: at - 2] + bytes([6 + 8 + 6, 0]) + content[at:])
    refused(tmp_path / "P1", r"P1 holds 2 series|a\.dcm is cut short or damaged")


def test_nothing_to_see(tmp_path):
    (tmp_path / "P1" / "series").mkdir(parents=True)
    refused(tmp_path / "P1", r"^P1 holds no DICOM image \(only in folders below it are files\); expected")
    refused(tmp_path / "P1" / "series", r"^series holds no DICOM image; expected")
    refused(tmp_path / "P2", f"^{tmp_path.name}/P2 does not exist")


def test_no_link_leads_out(tmp_path, voxels):
    series(tmp_path / "P1", voxels)
    outside = dicom_files.save(tmp_path / "P2" / "secret.dcm", section(voxels[0], (-20, 10, 19)))
    (tmp_path / "P1" / "link.dcm").symlink_to(outside)
    refused(tmp_path / "P1", r"^P1/link\.dcm is a link that leads out of the folder")


def test_no_name_breaks_a_line(tmp_path, voxels):
    series(tmp_path / "P1", voxels)
    dicom_files.save(tmp_path / "P1" / "a\nb.dcm", section(voxels[0], (-20, 10, 19)))
    refused(tmp_path / "P1", r"^P1 holds a file called 'a\\nb\.dcm'; expected")


@pytest.mark.parametrize("name", ["RLE", "jp2klossless", "jpeg_ls_lossless", "bigendian", "implicit", "expb"])
def test_one_image_in_several_syntaxes(tmp_path, name):
    """pydicom's test image, compressed by others."""
    folder = tmp_path / "P1"
    folder.mkdir()
    shutil.copy(get_testdata_file(f"MR_small_{name}.dcm"), folder / "image.dcm")
    image = read_image(folder)
    np.testing.assert_array_equal(image.array[0], pydicom.dcmread(get_testdata_file("MR_small.dcm")).pixel_array)


def placed(path, name):
    """A compressed image of pydicom's, with a place in a patient."""
    given = pydicom.dcmread(get_testdata_file(name))
    given.ImagePositionPatient, given.ImageOrientationPatient = [0, 0, 0], [*dicom_files.AXIAL]
    given.PixelSpacing, given.SliceThickness = [1, 1], 1
    return dicom_files.save(path / name / name, given)


@pytest.mark.parametrize(("compressor", "syntax"), [("JPEG", JPEGLosslessSV1), ("JPEG2000", JPEG2000Lossless)])
def test_what_itk_has_compressed_without_loss(tmp_path, voxels, compressor, syntax):
    image = sitk.GetImageFromArray(voxels[:1])
    image.SetSpacing((0.75, 0.5, 3.0))
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.SetUseCompression(True)
    writer.SetCompressor(compressor)
    writer.SetFileName(str(tmp_path / "one.dcm"))
    for tag, value in (
        ("0008|0060", "MR"),
        ("0020|0032", "-20\\10\\4"),
        ("0020|0037", "1\\0\\0\\0\\1\\0"),
        ("0018|0050", "3"),
    ):
        image.SetMetaData(tag, value)
    writer.Execute(image)
    assert pydicom.dcmread(tmp_path / "one.dcm").file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(read_image(tmp_path / "one.dcm").array, voxels[:1])


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_lossy_syntaxes(tmp_path):
    for name in ("JPEG2000.dcm", "JPEGLSNearLossless_16.dcm"):
        path = placed(tmp_path, name)
        theirs = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
        np.testing.assert_array_equal(read_image(path).array, theirs.reshape(1, *theirs.shape[-2:]))
    # One picture, compressed in two ways; ITK cannot read the one of 12 bits.
    one, other = (read_image(placed(tmp_path, name)).array for name in ("JPEG2000.dcm", "JPGExtended.dcm"))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9


@pytest.mark.parametrize(
    "name", ["MR_small.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm", "MR_small_RLE.dcm"]
)
def test_pixels_that_are_cut_short_are_never_taken_for_whole(tmp_path, name):
    """A decoder of JPEG-LS fills what is missing."""
    content = Path(get_testdata_file(name)).read_bytes()
    path = tmp_path / "one.dcm"
    for length in range(len(content) - 150, 1500, -499):
        path.write_bytes(content[:length])
        refused(path, r"^one\.dcm is cut short or damaged")


def test_what_cannot_be_decoded_is_named_with_a_remedy(tmp_path, voxels):
    given = section(voxels[0], (0, 0, 0))
    given.compress(RLELossless)
    given.file_meta.TransferSyntaxUID = HTJ2KLossless
    path = dicom_files.save(tmp_path / "one.dcm", given)
    refused(
        path,
        r"^one\.dcm is compressed as High-Throughput JPEG 2000 .*cannot be decoded here; .*decompress it, .*gdcmconv --raw",
    )
    given.file_meta.TransferSyntaxUID = MPEG4HP41
    refused(dicom_files.save(path, given), r"compressed as MPEG-4 .*cannot be decoded here")
    given = section(voxels[0], (0, 0, 0))
    given.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    refused(dicom_files.save(tmp_path / "two.dcm", given), r"^two\.dcm is deflated")


def test_real_series_are_what_itk_reads(shared):
    for name in ("dicom_rtstruct/image", "dicom_seg/image_dce_ser"):
        folder = shared / "images" / name
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
        theirs, image = reader.Execute(), read_image(folder)
        np.testing.assert_array_equal(image.array, sitk.GetArrayFromImage(theirs))
        np.testing.assert_allclose(image.spacing_mm[::-1], theirs.GetSpacing(), rtol=1e-12)
        np.testing.assert_allclose(image.origin, theirs.GetOrigin(), rtol=1e-12)
        np.testing.assert_allclose(image.direction[:, ::-1].ravel(), theirs.GetDirection(), atol=1e-9)


def test_the_patient_of_these_tests_has_a_name(tmp_path, voxels):
    path = next(series(tmp_path / "P1", voxels).iterdir())
    assert str(pydicom.dcmread(path).PatientName) == SECRET
