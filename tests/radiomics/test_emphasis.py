import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radsurv.radiomics import glrlm, glszm
from radsurv.radiomics.emphasis import emphasis_features
from radsurv.radiomics.matrices import glrlm_matrix, glszm_matrix

ROOT = np.sqrt(2)


@settings(deadline=None)
@given(
    matrix=hnp.arrays(
        np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 9).map(lambda n: n / 4)
    ).filter(np.any)
)
def test_formulas_cell_by_cell(matrix):
    p = matrix / matrix.sum()
    g, r = np.arange(1.0, p.shape[0] + 1)[:, None], np.arange(1.0, p.shape[1] + 1)
    expected = [
        (p / r**2).sum(),
        (p * r**2).sum(),
        (p.sum(axis=1) ** 2).sum(),
        (p.sum(axis=0) ** 2).sum(),
        1 / (p * r).sum(),
        (p / g**2).sum(),
        (p * g**2).sum(),
        (p / (g * r) ** 2).sum(),
        (p * g**2 / r**2).sum(),
        (p * r**2 / g**2).sum(),
        (p * g**2 * r**2).sum(),
        (g * p).var(),
        (r * p).var(),
    ]
    np.testing.assert_allclose(emphasis_features(matrix), expected, rtol=1e-9, atol=1e-15)


def test_runs_of_a_chequerboard_by_hand():
    # Level 1 along rows and columns: 4 single pixels; along one diagonal a pair, along the other two singles.
    matrix = glrlm_matrix(np.array([[1, 2], [2, 1]], np.int32), 2)
    single, pair = 4 + 2 * ROOT, ROOT
    np.testing.assert_allclose(matrix, [[single, pair], [single, pair]])
    values = dict(zip(glrlm.FEATURES, glrlm.glrlm_features(matrix), strict=True))
    share = pair / (single + pair)
    assert values["SRE"] == pytest.approx(1 - share + share / 4)
    assert values["LRE"] == pytest.approx(1 + 3 * share)
    assert values["GLN"] == pytest.approx(0.5)
    assert values["RLN"] == pytest.approx((1 - share) ** 2 + share**2)
    assert values["RP"] == pytest.approx(1 / (1 + share))
    assert values["LGRE"] == pytest.approx((1 + 1 / 4) / 2)
    assert values["HGRE"] == pytest.approx((1 + 4) / 2)


def test_zones_of_a_chequerboard_by_hand():
    # Two zones of two pixels, joined over corners.
    values = dict(
        zip(
            glszm.FEATURES,
            glszm.glszm_features(glszm_matrix(np.array([[1, 2], [2, 1]], np.int32), 2)),
            strict=True,
        )
    )
    assert values["SZE"] == pytest.approx(1 / 4)
    assert values["LZE"] == pytest.approx(4)
    assert values["ZP"] == pytest.approx(1 / 2)
    assert values["ZSN"] == pytest.approx(1)
    assert values["GLN"] == pytest.approx(1 / 2)
    # Cells 0, 1/2, 0, 1/2 times their level (1, 2) or their size (2).
    assert values["GLV"] == pytest.approx(np.var([0, 0.5, 0, 1]))
    assert values["ZSV"] == pytest.approx(np.var([0, 1, 0, 1]))


def test_empty_matrix():
    assert np.isnan(emphasis_features(np.zeros((3, 1)))).all()


def test_reference(reference):
    for key, matrix in reference.matrices.items():
        family, algorithm, levels, scale = key.split("_")
        if family in ("glrlm", "glszm"):
            module = {"glrlm": glrlm, "glszm": glszm}[family]
            compute = getattr(module, f"{family}_features")
            expected = [reference.features[f"{family}_{name}_{algorithm}{levels}_{scale}"] for name in module.FEATURES]
            np.testing.assert_allclose(compute(matrix), expected, rtol=1e-9)
