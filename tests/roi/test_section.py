import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radsurv.errors import PatientError
from radsurv.roi.section import extract_region, neighbouring_sections


@pytest.mark.parametrize(
    ("axis", "shape", "spacing_mm", "slice_mm"),
    [("z", (2, 3), (0.5, 0.25), 4.0), ("y", (1, 3), (4.0, 0.25), 0.5), ("x", (1, 2), (4.0, 0.5), 0.25)],
)
def test_axes_keep_their_spacing(axis, shape, spacing_mm, slice_mm):
    image = np.arange(5 * 6 * 7).reshape(5, 6, 7)
    mask = np.zeros(image.shape, bool)
    mask[2, 1:3, 3:6] = True
    region = extract_region(image, mask, (4.0, 0.5, 0.25), section_axis=axis, context_pixels=0)
    assert region.image.shape == region.outline.shape == shape
    assert region.outline.all()
    assert (region.spacing_mm, region.slice_mm) == (spacing_mm, slice_mm)
    assert region.section == {"z": 2, "y": 1, "x": 3}[axis]
    position = "zyx".index(axis)
    section = np.take(image, region.section, axis=position)
    np.testing.assert_array_equal(region.image, section[np.take(mask, region.section, axis=position)].reshape(shape))
    assert region.image.dtype == np.float64


def test_neighbours_hold_outline_and_end_with_the_volume():
    n_pixels = np.array([3, 4, 5, 0, 2, 3])
    assert neighbouring_sections(n_pixels, 2, 1, 1) == []
    assert neighbouring_sections(n_pixels, 2, 3, 1) == [1]
    assert neighbouring_sections(n_pixels, 2, 5, 1) == [0, 1, 4]
    assert neighbouring_sections(n_pixels, 2, 99, 3) == [0, 1, 5]
    assert neighbouring_sections(n_pixels, 2, 5, 0) == [0, 1, 4]


def test_an_empty_mask_is_the_patients_fault():
    with pytest.raises(PatientError, match="outline is empty"):
        extract_region(np.zeros((2, 3, 3)), np.zeros((2, 3, 3), bool), (1, 1, 1))


def test_a_section_that_is_asked_for():
    image = np.arange(3 * 4 * 4).reshape(3, 4, 4)
    mask = np.zeros(image.shape, bool)
    mask[0, :2, :2] = mask[1] = True
    region = extract_region(image, mask, (1, 1, 1), context_pixels=0, section=0)
    assert region.section == 0
    np.testing.assert_array_equal(region.image, image[0, :2, :2])


def test_context_is_clipped_at_the_border():
    image = np.random.default_rng(0).normal(size=(1, 20, 30))
    mask = np.zeros(image.shape, bool)
    mask[0, 0:4, 10:13] = True
    region = extract_region(image, mask, (1, 1, 1), context_pixels=5)
    np.testing.assert_array_equal(region.image, image[0, :9, 5:18])
    np.testing.assert_array_equal(region.tight().image, image[0, 0:4, 10:13])


def test_pixels_that_are_not_finite_are_the_patients_fault():
    image = np.zeros((1, 9, 9))
    mask = np.zeros(image.shape, bool)
    mask[0, 4, 4] = True
    image[0, 0, 0] = np.nan
    assert np.isfinite(extract_region(image, mask, (1, 1, 1), context_pixels=2).image).all()
    with pytest.raises(PatientError, match="1 of 81 pixels around the outline in section 0 are not finite"):
        extract_region(image, mask, (1, 1, 1), context_pixels=4)


def test_reference_crop(reference):
    cases = pd.read_csv(reference.folder / "cases.csv").set_index("case").loc[reference.case]
    volume = sitk.ReadImage(reference.images / f"{reference.case}_image.nrrd")
    mask = sitk.GetArrayFromImage(sitk.ReadImage(reference.images / f"{reference.case}_label.nrrd")) == 1
    region = extract_region(sitk.GetArrayFromImage(volume), mask, volume.GetSpacing()[::-1]).tight()
    assert region.section == cases.section_z0
    assert np.count_nonzero(region.outline) == cases.pixels_traced
    np.testing.assert_allclose([*region.spacing_mm, region.slice_mm], [*[cases.pixelW_mm] * 2, cases.sliceS_mm])
    stages = reference.arrays("roi")
    np.testing.assert_array_equal(region.outline, stages["traced_mask_native"])
    np.testing.assert_array_equal(region.image, stages["roi_native"])
