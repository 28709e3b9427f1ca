import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import moments_central

from radsurv.radiomics.shape import FEATURES, eccentricity, shape_features, size, solidity, volume
from radsurv.roi.region import Region

OUTLINES = hnp.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))).filter(np.any)


def test_reference(reference):
    values = dict(zip(FEATURES, shape_features(reference.region), strict=True))
    for name in ("Volume", "Size", "Eccentricity"):
        assert values[name] == pytest.approx(reference.features[f"shape_{name}"], rel=1e-9)
    assert values["Solidity"] == pytest.approx(reference.variants["shape_Solidity_hull_edgemid"], rel=1e-9)
    assert values["Solidity"] == pytest.approx(reference.features["shape_Solidity"], abs=0.03)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (5, 1), (4, 6)])
def test_rectangle(rows, columns):
    outline, spacing_mm = np.pad(np.ones((rows, columns), bool), 2), (0.5, 2.0)
    height, width = rows * 0.5, columns * 2.0
    assert volume(outline, spacing_mm, 3.0) == pytest.approx(height * width * 3)
    assert size(outline, spacing_mm) == pytest.approx(np.hypot(height, width))
    assert solidity(outline) == 1
    small, large = sorted([height, width])
    assert eccentricity(outline, spacing_mm) == pytest.approx(np.sqrt(1 - (small / large) ** 2))


def test_disc():
    outline = np.hypot(*np.mgrid[-40:41, -40:41]) < 40
    assert eccentricity(outline, (1.0, 1.0)) == pytest.approx(0, abs=1e-6)
    assert solidity(outline) == pytest.approx(1, abs=0.02)
    assert size(outline, (1.0, 1.0)) == pytest.approx(80, rel=0.02)


def test_an_l_fills_most_of_its_hull():
    # A 4×4 square without its upper right 2×2. The hull of edge midpoints lacks a triangle of 2.5 × 2.5 / 2 at that
    # corner and one of 1/8 at each of the other three.
    outline = np.ones((4, 4), bool)
    outline[:2, 2:] = False
    assert solidity(outline) == pytest.approx(12 / (16 - 2.5**2 / 2 - 3 / 8))


@settings(deadline=None)
@given(outline=OUTLINES)
def test_eccentricity_is_that_of_filled_pixels(outline):
    # Split into 8×8 subpixels, the plain second moments approach those of filled pixels.
    fine = np.kron(outline, np.ones((8, 8)))
    moments = moments_central(fine, order=2) / fine.sum() / 64
    covariance = np.array([[moments[2, 0], moments[1, 1]], [moments[1, 1], moments[0, 2]]])
    covariance += np.eye(2) / 12 / 64
    small, large = np.linalg.eigvalsh(covariance)
    assert eccentricity(outline, (1.0, 1.0)) == pytest.approx(np.sqrt(max(0, 1 - small / large)), abs=1e-6)


@settings(deadline=None)
@given(outline=OUTLINES)
def test_turning_and_mirroring_change_nothing(outline):
    def shape(pixels, spacing_mm):
        return shape_features(Region(np.zeros(pixels.shape), pixels, spacing_mm, 2.0, 0))

    expected = shape(outline, (0.7, 1.3))
    for turned, spacing_mm in (
        (np.rot90(outline), (1.3, 0.7)),
        (outline.T, (1.3, 0.7)),
        (outline[::-1], (0.7, 1.3)),
        (outline[:, ::-1], (0.7, 1.3)),
    ):
        np.testing.assert_allclose(shape(turned, spacing_mm), expected, rtol=1e-9, atol=1e-7)
    assert 0 < expected[2] <= 1
    assert 0 <= expected[3] < 1


def test_empty_outline():
    assert np.isnan(shape_features(Region(np.zeros((3, 3)), np.zeros((3, 3), bool), (1, 1), 1, 0))).all()
