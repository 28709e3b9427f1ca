import numpy as np
import pytest

from radsurv.radiomics.glcm import FEATURES, glcm_features
from radsurv.radiomics.matrices import glcm_matrix

ROOT = np.sqrt(2)


def _named(matrix):
    return dict(zip(FEATURES, glcm_features(matrix), strict=True))


def test_chequerboard_of_four_pixels_by_hand():
    # Four edges join unlike levels (both orders), one diagonal each joins like levels (both orders, √2).
    matrix = glcm_matrix(np.array([[1, 2], [2, 1]], np.int32), 2)
    np.testing.assert_allclose(matrix, [[2 * ROOT, 4], [4, 2 * ROOT]])
    total = 8 + 4 * ROOT
    like, unlike = 2 * ROOT / total, 4 / total
    values = _named(matrix)
    assert values["Energy"] == pytest.approx(2 * like**2 + 2 * unlike**2)
    assert values["Contrast"] == values["Dissimilarity"] == pytest.approx(2 * unlike)
    assert values["Entropy"] == pytest.approx(-2 * like * np.log2(like) - 2 * unlike * np.log2(unlike))
    assert values["Homogeneity"] == pytest.approx(2 * like + unlike)
    # Rounded: [[3, 4], [4, 3]], so (6 - 8) / 14.
    assert values["Correlation"] == pytest.approx(-1 / 7)
    # Both marginals are 1/2, 1/2: mean level 1.5, variance 1/4; divided by 2 Ng² = 8.
    assert values["SumAverage"] == pytest.approx(3 / 8)
    assert values["Variance"] == pytest.approx(0.5 / 8)
    assert values["AutoCorrelation"] == pytest.approx(like + 4 * like + 2 * 2 * unlike)


def test_halves_are_rounded_up_for_the_correlation():
    # [[2, 1], [1, 2]]: (2 - 1) / (2 + 1). Rounding to even would give [[2, 0], [0, 2]] and 1.
    assert _named(np.array([[1.5, 0.5], [0.5, 1.5]]))["Correlation"] == pytest.approx(1 / 3)


def test_one_level_has_no_correlation():
    values = _named(np.array([[0.0, 0.0], [0.0, 5.0]]))
    assert np.isnan(values.pop("Correlation"))
    assert values == pytest.approx(
        {
            "Energy": 1,
            "Contrast": 0,
            "Entropy": 0,
            "Homogeneity": 1,
            "SumAverage": 4 / 8,
            "Variance": 0,
            "Dissimilarity": 0,
            "AutoCorrelation": 4,
        }
    )


def test_no_pairs_no_features():
    assert np.isnan(glcm_features(np.zeros((4, 4)))).all()


def test_reference(reference):
    for key, matrix in reference.matrices.items():
        family, algorithm, levels, scale = key.split("_")
        if family == "glcm":
            expected = [reference.features[f"glcm_{name}_{algorithm}{levels}_{scale}"] for name in FEATURES]
            np.testing.assert_allclose(glcm_features(matrix), expected, rtol=1e-9)
