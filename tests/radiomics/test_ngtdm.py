import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radsurv.radiomics.matrices import ngtdm_matrix
from radsurv.radiomics.ngtdm import FEATURES, ngtdm_features


@settings(deadline=None)
@given(
    difference=hnp.arrays(np.float64, 5, elements=st.integers(1, 40).map(lambda n: n / 8)),
    pixels=hnp.arrays(np.float64, 5, elements=st.integers(0, 9).map(float)).filter(lambda n: np.count_nonzero(n) > 1),
)
def test_formulas_pair_by_pair(difference, pixels):
    present = [i for i in range(5) if pixels[i]]
    total = sum(pixels)
    level = {i: i + 1.0 for i in present}
    p = {i: pixels[i] / total for i in present}
    s = {i: difference[i] for i in present}
    pairs = [(i, j) for i in present for j in present]
    weighted = sum(p[i] * s[i] for i in present)
    uneven = sum(abs(level[i] * p[i] - level[j] * p[j]) for i, j in pairs)
    expected = [
        1 / weighted,
        sum(p[i] * p[j] * (i - j) ** 2 for i, j in pairs)
        * sum(s.values())
        / (len(present) * (len(present) - 1) * total),
        weighted / uneven if uneven > 1e-12 else np.nan,
        sum(abs(i - j) * (p[i] * s[i] + p[j] * s[j]) / (total * (p[i] + p[j])) for i, j in pairs),
        sum((p[i] + p[j]) * (i - j) ** 2 for i, j in pairs) / sum(s.values()),
    ]
    matrix = np.column_stack([np.where(pixels > 0, difference, 0), pixels])
    values = ngtdm_features(matrix)
    if np.isnan(expected[2]):
        expected[2] = values[2]
    np.testing.assert_allclose(values, expected, rtol=1e-9)


def test_two_pixels_by_hand():
    # Levels 1 and 2 side by side: s = 1, n = 1, p = 1/2 for both.
    values = dict(zip(FEATURES, ngtdm_features(ngtdm_matrix(np.array([[1, 2]], np.int32), 2)), strict=True))
    assert values == pytest.approx(
        {"Coarseness": 1, "Contrast": 0.5 * 2 / (2 * 1 * 2), "Busyness": 1, "Complexity": 1, "Strength": 1}
    )


def test_no_neighbours_no_features():
    assert np.isnan(ngtdm_features(np.zeros((4, 2)))).all()


def test_one_level():
    values = ngtdm_features(np.array([[0, 0], [0.0, 9.0]]))
    np.testing.assert_array_equal(values, [np.nan, np.nan, np.nan, 0, np.nan])


def test_flat_islands_do_not_differ_from_their_surroundings():
    islands = np.zeros((4, 9), np.int32)
    islands[:, :4], islands[:, 5:] = 1, 3
    values = dict(zip(FEATURES, ngtdm_features(ngtdm_matrix(islands, 3)), strict=True))
    assert np.isnan([values["Coarseness"], values["Strength"]]).all()
    assert values["Contrast"] == values["Busyness"] == values["Complexity"] == 0


def test_reference(reference):
    for key, matrix in reference.matrices.items():
        family, algorithm, levels, scale = key.split("_")
        if family == "ngtdm":
            expected = [reference.features[f"ngtdm_{name}_{algorithm}{levels}_{scale}"] for name in FEATURES]
            np.testing.assert_allclose(ngtdm_features(matrix), expected, rtol=1e-9)
