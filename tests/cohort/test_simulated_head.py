import numpy as np
import pytest

from radsurv.cohort.simulated_head import CONTRASTS, DURA, SCALP, SKULL, Grid, draw_head

GRID = Grid((12, 64, 64), (3.0, 1.3, 1.3))


T1_WEIGHTED = [contrast for name, contrast in CONTRASTS.items() if name not in ("T2", "FLAIR")]


@pytest.fixture(scope="module", params=T1_WEIGHTED)
def contrast(request):
    return request.param


@pytest.fixture(scope="module")
def head(contrast):
    return draw_head(GRID, np.random.default_rng(0), contrast)


def test_shells_are_as_bright_as_in_t1(head, contrast):
    air = head.image[head.radius > SCALP]
    skull = head.image[(head.radius > DURA) & (head.radius < SKULL)]
    fat = head.image[(head.radius > SKULL) & (head.radius < SCALP)]
    white_matter = np.median(head.image[head.radius < 0.6])
    assert (air == 0).all()
    assert skull.mean() < 0.5 < white_matter < fat.mean()
    assert white_matter == pytest.approx(1.0, abs=0.1)
    assert head.image[head.radius < DURA].min() == pytest.approx(contrast.fluid, abs=0.15)


def test_fluid_is_bright_in_t2_alone_and_the_head_the_same_in_every_sequence():
    drawn = {name: draw_head(GRID, np.random.default_rng(0), contrast) for name, contrast in CONTRASTS.items()}
    middle = {name: head.image[head.radius < 0.3] for name, head in drawn.items()}
    assert middle["T2"].max() == pytest.approx(2.5, abs=0.3)
    for name in ("SE", "FLAIR"):
        assert middle[name].min() < 0.4
        # Where the ventricles are dark in one, they are bright in the other.
        assert np.corrcoef(middle[name], middle["T2"])[0, 1] < -0.8
    for head in drawn.values():
        np.testing.assert_array_equal(head.radius, drawn["SE"].radius)


def test_no_two_heads_are_alike(head, contrast):
    assert not np.array_equal(head.image, draw_head(GRID, np.random.default_rng(1), contrast).image)
    np.testing.assert_array_equal(head.image, draw_head(GRID, np.random.default_rng(0), contrast).image)


@pytest.mark.parametrize("sigma_mm", [2.0, 3.0])
def test_noise_is_smooth_over_the_distance_asked_for(sigma_mm):
    """White noise through a Gaussian has the correlation exp(-(d / 2 sigma)^2) at distance d."""
    grid = Grid((32, 96, 96), (2.0, 1.0, 1.0))
    rng = np.random.default_rng(0)
    draws = [grid.smooth_noise(rng, sigma_mm) for _ in range(4)]
    for noise in draws:
        assert noise.mean() == pytest.approx(0, abs=1e-5)
        assert noise.std() == pytest.approx(1, abs=1e-5)
    for axis, step in enumerate(grid.spacing_mm):
        shift = round(2 * sigma_mm / step)
        found = np.mean([noise * np.roll(noise, shift, axis) for noise in draws])
        assert found == pytest.approx(np.exp(-((shift * step / (2 * sigma_mm)) ** 2)), abs=0.04)
