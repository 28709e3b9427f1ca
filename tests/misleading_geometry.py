"""Images and outlines that used to mislead: rows of docs/misleading.md, each with how it is made.

What is said is part of the patient's rows of ``qc.csv``, or the result in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from misleading import Row

import conf
from radsurv.cohort.alignment import GridRules
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient
from radsurv.errors import PatientError
from radsurv.radiomics.histogram import toolbox_histogram_features
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


def x_reversed(folder: Path) -> str:
    files = Files(folder)
    return files.said(mask=sitk.Flip(picture(files.mask), (True, False, False), False))


def axes_reordered(folder: Path) -> str:
    files = Files(folder)
    return files.said(mask=sitk.PermuteAxes(picture(files.mask), (2, 0, 1)))


def sequence_reversed(folder: Path) -> str:
    files = Files(folder)
    files.further["flair"] = sitk.Flip(picture(files.image**2), (True, False, False), False)
    return files.said()


def generous_tolerance(folder: Path) -> str:
    files = Files(folder)
    files.options = {"tolerance_mm": 1000.0}
    return files.said(mask=picture(files.mask, origin=(-10.0, 10.0, 4.0)))


def half_a_voxel_away(folder: Path) -> str:
    files = Files(folder)
    return files.said(mask=picture(files.mask, origin=(-19.625, 10.0, 4.0)))


def finer_grid(folder: Path) -> str:
    files = Files(folder)
    files.options = {"outline_grid": "resample"}
    fine = files.mask.repeat(3, 0).repeat(3, 1).repeat(3, 2)
    spacing = tuple(edge / 3 for edge in SPACING)
    origin = tuple(start - edge / 3 for start, edge in zip(ORIGIN, SPACING, strict=True))
    return files.said(mask=picture(fine, spacing=spacing, origin=origin))


def place_lost(folder: Path) -> str:
    files = Files(folder)
    files.options = {"outline_grid": "resample"}
    return files.said(
        picture(files.image, origin=(-90.0, -120.0, -50.0)), picture(files.mask, spacing=(1.0,) * 3, origin=(0,) * 3)
    )


def sagittal(folder: Path) -> str:
    files = Files(folder)
    along_x = (np.transpose(array, (2, 1, 0)) for array in (files.image, files.mask))
    return files.said(*(picture(array.copy(), spacing=(6.0, 0.5, 0.75)) for array in along_x))


def voxel_size_of_0(folder: Path) -> str:
    files = Files(folder)
    return files.said(files.patched(88, np.float32(0).tobytes()))


def voxel_size_of_nan(folder: Path) -> str:
    files = Files(folder)
    return files.said(files.patched(88, np.float32(np.nan).tobytes()))


def negative_voxel_size(folder: Path) -> str:
    files = Files(folder)
    return files.said(files.patched(88, np.float32(-6).tobytes()))


def metres(folder: Path) -> str:
    files = Files(folder)
    return files.said(files.patched(123, b"\x01"))


def no_voxel_size(folder: Path) -> str:
    files = Files(folder)
    header = "NRRD0004\ntype: float\ndimension: 3\nsizes: 24 20 5\nencoding: raw\nendian: little\n\n"
    return files.said(header.encode() + files.image.astype("<f4").tobytes(), name="image.nrrd")


def nearly_1(folder: Path) -> str:
    files = Files(folder)
    return files.said(mask=files.mask * np.float32(0.99999994))


def nearly_255(folder: Path) -> str:
    files = Files(folder)
    content = bytearray(files.write("bytes.nii", files.mask * 255).read_bytes())
    content[112:116] = np.float32(0.003922).tobytes()
    return files.said(mask=bytes(content))


def nan_outside_the_brain(folder: Path) -> str:
    files = Files(folder)
    files.image[:, :2] = files.image[:, -2:] = files.image[:, :, :2] = files.image[:, :, -2:] = np.nan
    return files.said()


def nan_in_a_corner(folder: Path) -> str:
    files = Files(folder)
    files.image[2, 5, 7] = np.nan
    return files.said()


def negative_intensities(_: Path) -> str:
    values = np.random.default_rng(0).integers(0, 201, 400).astype(float)
    values[:2] = 0, 200
    same = np.array_equal(toolbox_histogram_features(values - 1000), toolbox_histogram_features(values + 1000))
    return "the histogram features of the same intensities above 0, to the last bit" if same else "others"


def wide_margins(_: Path) -> str:
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


def margin_beyond_the_border(folder: Path) -> str:
    files = Files(folder)
    files.margin = 0.5
    files.mask[:] = 0
    files.mask[2, 2:10, 8:18] = 1
    return files.said()


ROWS = [
    Row(
        kind="geometry",
        given="an outline whose file stores the x axis reversed, at the same place",
        before="excluded, with the advice to raise cohort.geometry_tolerance_mm, which mirrors the outline",
        now="reordered onto the image, voxel by voxel, without interpolation",
        say=x_reversed,
    ),
    Row(
        kind="geometry",
        given="an outline whose file stores the axes in another order, at the same place",
        before="excluded: image and mask differ in size",
        now="(x, y, z of the image are y, z, x of the outline): reordered onto the image, voxel by voxel",
        say=axes_reordered,
    ),
    Row(
        kind="geometry",
        given="another sequence whose file stores an axis reversed, at the same place",
        before="excluded, with the same advice",
        now="its axes are in another order than those of image (x, y, z of the image are -x, y, z of this file)",
        say=sequence_reversed,
    ),
    Row(
        kind="geometry",
        given="cohort.geometry_tolerance_mm=1000, and an outline 10 mm away from its place",
        before="accepted without a word; features wrong by up to 330 %",
        now="cohort.geometry_tolerance_mm=1000 is more than half of the smallest voxel edge",
        say=generous_tolerance,
    ),
    Row(
        kind="geometry",
        given="an outline half a voxel away from the image's grid",
        before="excluded, with the advice to raise cohort.geometry_tolerance_mm",
        now="cohort.outline_grid=resample puts an outline of the same scan onto the image's grid (nearest neighbour)",
        say=half_a_voxel_away,
    ),
    Row(
        kind="geometry",
        given="an outline on a finer grid, cohort.outline_grid=resample",
        before="excluded; to be resampled with another program",
        now="was resampled onto the image's, nearest neighbour (cohort.outline_grid=resample): 285.8 mm³ became 285.8 mm³",
        say=finer_grid,
    ),
    Row(
        kind="geometry",
        given="an outline saved without its place in the patient, cohort.outline_grid=resample",
        before="excluded, with the advice to raise cohort.geometry_tolerance_mm",
        now="127 of 127 outlined voxels lie outside the image, so resampling would cut them off",
        say=place_lost,
    ),
    Row(
        kind="sections",
        given="a sagittal series: sections stacked along the file's first axis",
        before="measured across thick voxels, without a word",
        now="sections are taken along x, where voxels are thickest (6 × 0.5 × 0.75 mm, x × y × z; roi.section_axis=auto)",
        say=sagittal,
    ),
    Row(
        kind="voxel size",
        given="NIfTI with a voxel size of 0",
        before="read as 1 mm, volume and areas with it",
        now="says that its voxels measure 0.75 × 0.5 × 0 (x × y × z, pixdim in the header)",
        say=voxel_size_of_0,
    ),
    Row(
        kind="voxel size",
        given="NIfTI with a voxel size of NaN",
        before="read as 1 mm",
        now="says that its voxels measure 0.75 × 0.5 × nan (x × y × z, pixdim in the header)",
        say=voxel_size_of_nan,
    ),
    Row(
        kind="voxel size",
        given="NIfTI with a negative voxel size",
        before="the axis turned round",
        now="says that its voxels measure 0.75 × 0.5 × -6 (x × y × z, pixdim in the header)",
        say=negative_voxel_size,
    ),
    Row(
        kind="voxel size",
        given="NIfTI in metres with lengths in mm",
        before="a tumour of 10⁹ times the volume",
        now="says that its voxels measure 750 × 500 × 6000 mm (x × y × z); expected lengths from 0.0001 to 1000",
        say=metres,
    ),
    Row(
        kind="voxel size",
        given="NRRD that does not state the voxel size",
        before="read as 1 mm",
        now="does not say how large its voxels are",
        say=no_voxel_size,
    ),
    Row(
        kind="labels",
        given="a mask of 0.99999994 after resampling",
        before="excluded: values such as 1; threshold it first",
        now="included without a warning",
        say=nearly_1,
    ),
    Row(
        kind="labels",
        given="a mask of 255 with a slope of 0.003922, nearly 1/255",
        before="excluded: values such as 1.00011; threshold it first",
        now="included without a warning",
        say=nearly_255,
    ),
    Row(
        kind="intensities",
        given="NaN outside the brain, in the section of the outline, too",
        before="excluded",
        now="800 voxels are not finite (NaN or inf), none of them where features are computed",
        say=nan_outside_the_brain,
    ),
    Row(
        kind="intensities",
        given="NaN in a corner of the rectangle around the outline",
        before="excluded, with the NaN of the whole section counted",
        now="1 pixel of section 2 in the rectangle around the outline, 0 of them inside the outline, is not finite",
        say=nan_in_a_corner,
    ),
    Row(
        kind="intensities",
        given="a histogram of negative intensities (CT)",
        before="12 of 869 reference values off by up to 0.12 %: intensities on the edge of a bin went to the upper one",
        now="the histogram features of the same intensities above 0, to the last bit",
        say=negative_intensities,
    ),
    Row(
        kind="patch",
        given="patch.margin=0.5, 1 and 2 around a tumour of 60 × 50 pixels",
        before="three times the same patch: no more than 16 pixels of context were kept",
        now="patches of 120 × 100, 180 × 150 and 300 × 250 pixels",
        say=wide_margins,
    ),
    Row(
        kind="patch",
        given="patch.margin=0.5 for a tumour at the border of the image",
        before="less margin on one side, without a word",
        now="the patch ends at the border of the image, where 40 pixels of patch.margin=0.5 would lie beyond it",
        say=margin_beyond_the_border,
    ),
]
