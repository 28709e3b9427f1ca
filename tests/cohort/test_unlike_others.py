"""Who is marked and why: one patient of an even cohort is changed in one thing, and nobody else is marked."""

import numpy as np
import pandas as pd
import pytest

from radsurv.cohort.unlike_others import FEWEST_OF_SITE, unlike_others

N = 30


@pytest.fixture
def even():
    """Thirty patients who differ a little in everything that varies."""
    rng = np.random.default_rng(11)
    spread = {name: rng.uniform(-1, 1, N) for name in ("level", "spread", "skewness", "contrast")}
    return pd.DataFrame(
        {
            "patient_id": [f"P{number:02d}" for number in range(N)],
            "in_plane_mm": 1.0,
            "slice_mm": 5.0,
            "anisotropy": 1.0,
            "eight_bit": False,
            "n_intensities": 90,
            "commonest": 0.05,
            "n_islands": 1,
            "largest_island": 1.0,
            "at_border": False,
            "thin": False,
            "tumour": 100.0,
            "volume_mm3": np.exp(8 + rng.uniform(-1, 1, N)),
            **spread,
        }
    )


def marked(seen, pixels=None):
    return [(check.patient_id, check.severity, check.what) for check in unlike_others(seen, pixels or {})]


def test_nobody_in_an_even_cohort(even):
    assert marked(even) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"in_plane_mm": 1.6}, "pixels measure 1.6 mm, the median of the cohort is 1"),
        ({"in_plane_mm": 0.6}, "pixels measure 0.6 mm"),
        ({"slice_mm": 11.0}, "sections are apart by 11 mm, the median of the cohort is 5"),
        ({"slice_mm": 1.0}, "sections are apart by 1 mm"),
        ({"anisotropy": 1.25}, "one edge of a pixel is 1.25 times the other"),
        ({"eight_bit": True}, "whole numbers from 0 to 255"),
        ({"n_intensities": 7}, "nearly constant inside the outline: 7 different intensities"),
        ({"commonest": 0.6}, "60\N{NO-BREAK SPACE}% of the pixels have the same one"),
        ({"n_islands": 3, "largest_island": 0.5}, "has 3 islands in the analysed section; the largest holds 50"),
        ({"at_border": True}, "touches the border"),
        ({"thin": True}, "one pixel wide"),
        ({"volume_mm3": 3.0}, "very small: 3 mm³"),
        ({"volume_mm3": 9e6}, "very large: 9,000,000 mm³"),
        ({"level": 9.0}, "median intensity of the section"),
        ({"contrast": -9.0}, "contrast of the tumour to its surroundings"),
    ],
)
def test_one_change_marks_one_patient(even, change, said):
    for column, value in change.items():
        even[column] = even[column].astype(object).where(even.index != 17, value).infer_objects()
    ((patient, severity, what),) = marked(even)
    assert (patient, severity) == ("P17", "outlier")
    assert said in what


@pytest.mark.parametrize(
    "change", [{"in_plane_mm": 1.4}, {"slice_mm": 9.0}, {"anisotropy": 1.05}, {"n_intensities": 8}]
)
def test_a_small_change_does_not(even, change):
    assert marked(even.assign(**{k: even[k].astype(float).where(even.index != 17, v) for k, v in change.items()})) == []


def test_a_large_site_is_its_own_yardstick(even):
    """Sections of all patients of a site are thrice as thick: none is marked; in a small site, each of them."""
    own = even.index < FEWEST_OF_SITE
    site = even.assign(site=np.where(own, "B", "A"), slice_mm=np.where(own, 15.0, 5.0))
    assert marked(site) == []
    smaller = even.assign(site=np.where(even.index < 2, "B", "A"), slice_mm=np.where(even.index < 2, 15.0, 5.0))
    assert [patient for patient, _, _ in marked(smaller)] == ["P00", "P01"]


def test_pictures_in_the_majority_are_one_note(even):
    assert marked(even.assign(eight_bit=True)) == [
        ("", "note", "the images of 30 of 30 patients hold whole numbers from 0 to 255, as pictures do: exporting one may have"
         " cut off or rescaled intensities")
    ]  # fmt: skip


def test_voxels_of_a_millimetre_in_the_majority_are_one_note(even):
    cubes = even.assign(slice_mm=np.where(even.index < 16, 1.0, 1.2))
    ((patient, severity, what),) = marked(cubes)
    assert (patient, severity) == ("", "note")
    assert what.startswith("the voxels of 16 of 30 patients measure 1 × 1 × 1 mm")
    assert marked(even.assign(slice_mm=np.where(even.index < 15, 1.0, 1.2))) == []


def test_three_of_another_sequence_are_found_together(even):
    """Shifted in two numbers at once, by less than would be seen in either."""
    rng = np.random.default_rng(2)
    even[["level", "contrast"]] = rng.multivariate_normal([0, 0], [[1, 0.97], [0.97, 1]], N)
    even.loc[[3, 12, 25], ["level", "contrast"]] = [[1.8, -1.8], [1.7, -1.9], [1.9, -1.7]]
    found = marked(even)
    assert [patient for patient, _, _ in found] == ["P03", "P12", "P25"]
    assert all("all together" in what for _, _, what in found)


def test_one_image_in_two_columns_or_of_two_patients(even):
    pixels = {
        "P00": {"image": "a", "flair": "b"},
        "P01": {"image": "c", "flair": "c"},
        "P02": {"image": "d", "flair": "a"},
    }
    assert marked(even, pixels) == [
        ("P02", "warning", "has the same voxels as image of patient 'P00'"),
        ("P01", "warning", "has the same voxels as image"),
    ]
    assert [check.column for check in unlike_others(even, pixels)] == ["flair", "flair"]


def test_a_patient_without_range_in_the_section_is_passed_over(even):
    even.loc[4, ["spread", "skewness", "contrast"]] = np.nan
    assert marked(even) == []
    assert [patient for patient, _, _ in marked(even.assign(level=even["level"].where(even.index != 4, 9.0)))] == [
        "P04"
    ]
