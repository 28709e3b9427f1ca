import numpy as np
import pytest

from radsurv.cohort.sections import axis_remarks, largest_section, pixels_by_section, rectangle, section_axis, trace
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError


def test_pixels_are_counted_along_the_axis_asked_for():
    mask = np.random.default_rng(0).random((4, 5, 6)) < 0.5
    for axis, position in (("z", 0), ("y", 1), ("x", 2)):
        counts = [int(np.take(mask, section, axis=position).sum()) for section in range(mask.shape[position])]
        assert pixels_by_section(mask, axis).tolist() == counts


def test_the_largest_section_is_the_lowest_of_several():
    mask = np.zeros((4, 5, 6), bool)
    mask[1, 1:3, 1:3] = mask[3, 2:4, 2:4] = True
    assert [largest_section(pixels_by_section(mask, axis)) for axis in "zyx"] == [1, 2, 2]


def test_an_outline_is_traced_once():
    mask = np.zeros((3, 4, 4), bool)
    mask[1, :2, :2] = mask[2, 0, 0] = True
    volume = Volume(mask, (1.0, 1.0, 1.0), np.zeros(3), np.eye(3))
    outline = trace(volume, "z")
    assert outline.mask is volume
    assert (outline.n_pixels.tolist(), outline.section) == ([0, 4, 1], 1)


def test_an_empty_outline_is_the_patients_fault():
    with pytest.raises(PatientError, match="outline is empty: no voxel is marked"):
        largest_section(np.zeros(3, int))


@pytest.mark.parametrize(
    ("spacing_zyx_mm", "expected"),
    [
        ((1.0, 1.0, 1.0), "z"),  # isotropic
        ((5.0, 0.9, 0.9), "z"),  # axial
        ((0.9, 0.9, 5.0), "x"),  # sagittal
        ((0.9, 5.0, 0.9), "y"),  # coronal
        ((0.625, 0.98, 0.98), "z"),  # fine sections: x and y are equally thick
        ((0.9766, 0.9766, 1.0), "z"),  # nearly isotropic
        ((1.0, 1.0, 1.2), "x"),
    ],
)
def test_sections_lie_across_the_thickest_axis_and_z_where_there_is_none(spacing_zyx_mm, expected):
    assert section_axis(spacing_zyx_mm, "auto") == expected
    remarks = axis_remarks(spacing_zyx_mm, "auto")
    assert len(remarks) == (expected != "z")
    if remarks:
        assert remarks[0].startswith(f"sections are taken along {expected}, where voxels are thickest")
    for asked in "zyx":
        assert section_axis(spacing_zyx_mm, asked) == asked
        assert axis_remarks(spacing_zyx_mm, asked) == []


def test_the_rectangle_and_its_margin():
    outline = np.zeros((20, 30), bool)
    outline[4:8, 10:20] = True
    assert rectangle(outline) == (slice(4, 8), slice(10, 20))
    assert rectangle(outline, 0.5) == (slice(2, 10), slice(5, 25))
    assert rectangle(outline, 2.0) == (slice(0, 16), slice(0, 30))
