"""Every row of `misleading_geometry`: the input made, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from misleading_geometry import ROWS

import conf
from radsurv.cohort.alignment import GridRules
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient
from radsurv.errors import PatientError
from radsurv.radiomics.histogram import toolbox_histogram_features
from radsurv.radiomics.vector import radiomics_features
from radsurv.roi.outline_readings import readings
from radsurv.roi.patch import cnn_patch
from radsurv.roi.section import extract_region

SPACING, ORIGIN = (0.75, 0.5, 6.0), (-20.0, 10.0, 4.0)
SHAPE = (5, 20, 24)


def picture(array, *, spacing=SPACING, origin=ORIGIN):
    made = sitk.GetImageFromArray(array)
    made.SetSpacing(spacing)
    made.SetOrigin(origin)
    return made


@dataclass
class Files:
    """Files of one patient, all as they should be until a case changes one."""

    folder: Path

    def __post_init__(self):
        self.image = np.random.default_rng(0).normal(100, 10, SHAPE).astype(np.float32)
        self.mask = np.zeros(SHAPE, np.uint8)
        self.mask[1, 6:12, 8:16] = 1
        self.mask[2, 5:13, 7:17] = 1
        self.mask[2, 5, 7] = 0
        self.options, self.margin = {}, 0.0
        self.further = {}

    def write(self, name, what):
        path = self.folder / name
        if isinstance(what, bytes):
            path.write_bytes(what)
        else:
            sitk.WriteImage(what if isinstance(what, sitk.Image) else picture(what), str(path))
        return path

    def patched(self, at, value):
        """The image as NIfTI with some bytes of its header replaced."""
        content = bytearray(self.write("plain.nii", self.image).read_bytes())
        content[at : at + len(value)] = value
        return bytes(content)

    def said(self, image=None, mask=None, name="image.nii"):
        """All that is said of the patient."""
        paths = {"image": self.write(name, self.image if image is None else image)}
        paths |= {column: self.write(f"{column}.nii", what) for column, what in self.further.items()}
        outline = self.write("mask.nii", self.mask if mask is None else mask)
        roi, patch = conf.roi(), conf.patch(margin=self.margin)
        required = Requirements(grid=GridRules(**self.options), section_axis=roi.section_axis, margin=self.margin)
        try:
            loaded = load_patient(Patient("P", paths, {"mask": outline}), required)
            (reading,) = readings(loaded.images, loaded.outlines, roi, patch, seed=0)
        except PatientError as error:
            return error.reason
        return "; ".join([*loaded.warnings, *reading.remarks]) or "included without a warning"


CASES: dict[str, Callable[[Files], str]] = {}


def case(given):
    def register(function):
        CASES[given] = function
        return function

    return register


@case("an outline whose file stores the x axis reversed, at the same place")
def _(files):
    return files.said(mask=sitk.Flip(picture(files.mask), (True, False, False), False))


@case("an outline whose file stores the axes in another order, at the same place")
def _(files):
    return files.said(mask=sitk.PermuteAxes(picture(files.mask), (2, 0, 1)))


@case("another sequence whose file stores an axis reversed, at the same place")
def _(files):
    files.further["flair"] = sitk.Flip(picture(files.image**2), (True, False, False), False)
    return files.said()


@case("cohort.geometry_tolerance_mm=1000, and an outline 10 mm away from its place")
def _(files):
    files.options = {"tolerance_mm": 1000.0}
    return files.said(mask=picture(files.mask, origin=(-10.0, 10.0, 4.0)))


@case("an outline half a voxel away from the image's grid")
def _(files):
    return files.said(mask=picture(files.mask, origin=(-19.625, 10.0, 4.0)))


@case("an outline on a finer grid, cohort.outline_grid=resample")
def _(files):
    files.options = {"outline_grid": "resample"}
    fine = files.mask.repeat(3, 0).repeat(3, 1).repeat(3, 2)
    spacing = tuple(edge / 3 for edge in SPACING)
    origin = tuple(start - edge / 3 for start, edge in zip(ORIGIN, SPACING, strict=True))
    return files.said(mask=picture(fine, spacing=spacing, origin=origin))


@case("an outline saved without its place in the patient, cohort.outline_grid=resample")
def _(files):
    files.options = {"outline_grid": "resample"}
    return files.said(
        picture(files.image, origin=(-90.0, -120.0, -50.0)), picture(files.mask, spacing=(1.0,) * 3, origin=(0,) * 3)
    )


@case("a sagittal series: sections stacked along the file's first axis")
def _(files):
    along_x = (np.transpose(array, (2, 1, 0)) for array in (files.image, files.mask))
    return files.said(*(picture(array.copy(), spacing=(6.0, 0.5, 0.75)) for array in along_x))


@case("NIfTI with a voxel size of 0")
def _(files):
    return files.said(files.patched(88, np.float32(0).tobytes()))


@case("NIfTI with a voxel size of NaN")
def _(files):
    return files.said(files.patched(88, np.float32(np.nan).tobytes()))


@case("NIfTI with a negative voxel size")
def _(files):
    return files.said(files.patched(88, np.float32(-6).tobytes()))


@case("NIfTI in metres with lengths in mm")
def _(files):
    return files.said(files.patched(123, b"\x01"))


@case("NRRD that does not state the voxel size")
def _(files):
    header = "NRRD0004\ntype: float\ndimension: 3\nsizes: 24 20 5\nencoding: raw\nendian: little\n\n"
    return files.said(header.encode() + files.image.astype("<f4").tobytes(), name="image.nrrd")


@case("a mask of 0.99999994 after resampling")
def _(files):
    return files.said(mask=files.mask * np.float32(0.99999994))


@case("a mask of 255 with a slope of 0.003922, nearly 1/255")
def _(files):
    content = bytearray(files.write("bytes.nii", files.mask * 255).read_bytes())
    content[112:116] = np.float32(0.003922).tobytes()
    return files.said(mask=bytes(content))


@case("NaN outside the brain, in the section of the outline, too")
def _(files):
    files.image[:, :2] = files.image[:, -2:] = files.image[:, :, :2] = files.image[:, :, -2:] = np.nan
    return files.said()


@case("NaN in a corner of the rectangle around the outline")
def _(files):
    files.image[2, 5, 7] = np.nan
    return files.said()


@case("a histogram of negative intensities (CT)")
def _(files):
    values = np.random.default_rng(0).integers(0, 201, 400).astype(float)
    values[:2] = 0, 200
    same = np.array_equal(toolbox_histogram_features(values - 1000), toolbox_histogram_features(values + 1000))
    return "the histogram features of the same intensities above 0, to the last bit" if same else "others"


@case("patch.margin=0.5, 1 and 2 around a tumour of 60 × 50 pixels")
def _(files):
    mask = np.zeros((1, 400, 400), bool)
    mask[0, 150:210, 160:210] = True
    image = np.random.default_rng(0).normal(size=mask.shape)
    sizes, patches = [], []
    for margin in (0.5, 1.0, 2.0):
        region = extract_region(image, mask, (1.0, 1.0, 1.0), margin=margin)
        rows, columns = round(60 * (1 + 2 * margin)), round(50 * (1 + 2 * margin))
        wide = region.image[
            slice((region.image.shape[0] - rows) // 2, (region.image.shape[0] + rows) // 2),
            slice((region.image.shape[1] - columns) // 2, (region.image.shape[1] + columns) // 2),
        ]
        y, x = 150 - (rows - 60) // 2, 160 - (columns - 50) // 2
        assert np.array_equal(wide, image[0, y : y + rows, x : x + columns])
        sizes.append(f"{wide.shape[0]} × {wide.shape[1]}")
        patches.append(cnn_patch(region, conf.patch(margin=margin), 64).tobytes())
    assert len(set(patches)) == 3
    return f"patches of {sizes[0]}, {sizes[1]} and {sizes[2]} pixels"


@case("patch.margin=0.5 for a tumour at the border of the image")
def _(files):
    files.margin = 0.5
    files.mask[:] = 0
    files.mask[2, 2:10, 8:18] = 1
    return files.said()


def test_every_row_has_its_case_and_no_other():
    assert sorted(CASES) == sorted(given for _, given, _, _ in ROWS)
    assert len(ROWS) >= 12


@pytest.mark.parametrize(("given", "now"), [(given, now) for _, given, _, now in ROWS])
def test_what_is_said(given, now, tmp_path):
    assert now in CASES[given](Files(tmp_path))


@pytest.mark.parametrize("name", ["flipped", "sagittal", "mask09999", "nanbg", "mask_u8slope", "offset_neg"])
def test_one_head_stored_in_other_ways_has_the_features_of_the_reference(shared, name):
    """Axis reversed, sagittal, labels off by rounding, background of NaN, scaled labels, 1300 below: not a bit differs."""
    folder = shared / "cases" / "images"

    def features(name):
        paths = (folder / kind / f"{name}.nii.gz" for kind in "im")
        loaded = load_patient(Patient(name, {"image": next(paths)}, {"mask": next(paths)}), Requirements())
        (reading,) = readings(loaded.images, loaded.outlines, conf.roi(), conf.patch(), seed=0)
        return radiomics_features(reading.regions[0].region, conf.quantization(), conf.radiomics())[0]

    np.testing.assert_array_equal(features(name), features("ref"))


def test_what_is_said_where_nothing_is_wrong(tmp_path):
    assert Files(tmp_path).said() == "included without a warning"
