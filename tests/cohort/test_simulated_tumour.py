import numpy as np
import pytest
from scipy import ndimage

from radsurv.cohort.simulated_head import CONTRASTS, DURA, Grid, draw_head
from radsurv.cohort.simulated_tumour import draw_tumour, trace

GRID = Grid((20, 80, 80), (3.0, 1.0, 1.0))
CONTRAST = CONTRASTS["SE"]


@pytest.fixture(scope="module")
def head():
    return draw_head(GRID, np.random.default_rng(0), CONTRAST)


def tumour(head, seed=0, *, heterogeneity=0.0, necrosis=0.0):
    rng = np.random.default_rng(seed)
    return draw_tumour(GRID, head, rng, CONTRAST, heterogeneity=heterogeneity, necrosis=necrosis)


@pytest.mark.parametrize("seed", range(6))
def test_a_bright_rim_encloses_a_dark_core_inside_the_brain(head, seed):
    drawn = tumour(head, seed, necrosis=1.0)
    inside = drawn.level < 0
    assert head.radius[inside].max() < DURA
    edge = inside & (drawn.level > -0.08)
    assert np.median(drawn.image[edge]) > 1.4
    assert np.mean(drawn.image[inside] < 0.9) > 0.3


def test_necrosis_grows_with_its_trait(head):
    dark = [
        np.mean(drawn.image[drawn.level < 0] < 0.9)
        for drawn in (tumour(head, necrosis=trait) for trait in (-2, -1, 0, 1, 2))
    ]
    assert (np.diff(dark) > 0).all()
    assert (dark[0], dark[-1]) == (pytest.approx(0.08, abs=0.05), pytest.approx(0.52, abs=0.05))


def test_enhancement_grows_uneven_with_its_trait(head):
    spread = []
    for trait in (-2, -1, 0, 1, 2):
        drawn = tumour(head, heterogeneity=trait)
        rim = drawn.image[(drawn.level < 0) & (drawn.level > -0.1)]
        spread.append(rim.std() / rim.mean())
    assert (np.diff(spread) > 0).all()


def test_traits_change_nothing_else(head):
    plain, dead = tumour(head, necrosis=-1.0), tumour(head, necrosis=1.0)
    np.testing.assert_array_equal(plain.level, dead.level)
    np.testing.assert_array_equal(plain.image[plain.level >= 0], dead.image[plain.level >= 0])


@pytest.mark.parametrize("seed", range(6))
def test_two_readers_nearly_agree(head, seed):
    drawn = tumour(head, seed)
    rng = np.random.default_rng(seed)
    first, second = trace(GRID, drawn, rng, reader=1), trace(GRID, drawn, rng, reader=2)
    dice = 2 * np.count_nonzero(first & second) / (np.count_nonzero(first) + np.count_nonzero(second))
    assert 0.8 < dice < 0.99
    for outline in (first, second):
        assert ndimage.label(outline)[1] == 1
        for section in outline:
            np.testing.assert_array_equal(section, ndimage.binary_fill_holes(section))


def test_oedema_is_dark_in_t1_and_bright_in_flair():
    """The same draws with another contrast: the same tumour."""
    drawn = {}
    for name in ("SE", "FLAIR"):
        head = draw_head(GRID, np.random.default_rng(0), CONTRASTS[name])
        rng = np.random.default_rng(1)
        drawn[name] = head, draw_tumour(GRID, head, rng, CONTRASTS[name], heterogeneity=0.0, necrosis=0.0)
    np.testing.assert_array_equal(drawn["SE"][1].level, drawn["FLAIR"][1].level)
    level = drawn["SE"][1].level
    beside = (level > 0) & (level < 0.2) & (drawn["SE"][0].radius < 0.8)
    change = {name: np.median(seen.image[beside] / head.image[beside]) for name, (head, seen) in drawn.items()}
    assert change["SE"] < 0.9
    assert change["FLAIR"] > 1.3
