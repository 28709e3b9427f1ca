import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radsurv.cohort.sections import rectangle
from radsurv.errors import PatientError
from radsurv.roi.section import extract_region, margin_beyond_image, neighbouring_sections


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


def test_pixels_that_are_not_finite_are_the_patients_fault_where_features_see_them():
    image = np.zeros((1, 9, 9))
    mask = np.zeros(image.shape, bool)
    mask[0, 3:5, 3:5] = True
    image[0, 2, 2] = np.nan
    region = extract_region(image, mask, (1, 1, 1), context_pixels=2)
    assert np.isfinite(region.tight().image).all()
    assert np.count_nonzero(np.isnan(region.image)) == 1  # kept, where no feature sees it
    with pytest.raises(PatientError, match=r"1 pixel of section 0 in the rectangle .* with patch\.margin=0\.5"):
        extract_region(image, mask, (1, 1, 1), context_pixels=2, margin=0.5)


@pytest.mark.parametrize(("margin", "context"), [(0.0, 16), (0.2, 16), (0.5, 30), (1.0, 60), (2.0, 120)])
def test_the_context_holds_the_margin_of_the_larger_side(margin, context):
    image = np.random.default_rng(0).normal(size=(1, 400, 500))
    mask = np.zeros(image.shape, bool)
    mask[0, 150:200, 200:260] = True  # 50 × 60
    region = extract_region(image, mask, (1, 1, 1), margin=margin)
    assert region.image.shape == (50 + 2 * context, 60 + 2 * context)
    seen = region.image[rectangle(region.outline, margin)]
    y, x = round(margin * 50), round(margin * 60)
    np.testing.assert_array_equal(seen, image[0, 150 - y : 200 + y, 200 - x : 260 + x])
    assert margin_beyond_image(mask[0], margin) == 0


def test_a_margin_that_does_not_fit_is_counted():
    outline = np.zeros((20, 30), bool)
    outline[0:4, 10:13] = True
    # Wanted: 4 + 2 · 2 rows of 3 + 2 · 2 columns (round(1.5) is 2); two rows lie above the image.
    assert margin_beyond_image(outline, 0.5) == 2 * 7
    assert margin_beyond_image(outline, 0.0) == 0


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
