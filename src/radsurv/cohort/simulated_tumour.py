"""A ring-enhancing tumour: a bright irregular rim, a dark necrotic core, oedema, and two readers' outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from scipy.special import expit

from radsurv.cohort.simulated_head import Contrast, Grid, Head

NECROSIS_RANGE = (0.05, 0.55)
THINNEST_RIM = 0.12
TEXTURE_RANGE = (0.03, 0.42)
RADIUS_RANGE_MM = (9.0, 14.5)
READER_NOISE = (0.03, 0.055)


@dataclass(frozen=True)
class Tumour:
    """A head with its tumour, and how deep every sample lies in the tumour.

    Attributes
    ----------
    image : (z, y, x)
        Brightness, white matter being 1.
    level : (z, y, x)
        Negative inside the tumour, −1 at its centre; 0 at its edge.
    """

    image: Float[np.ndarray, "z y x"]
    level: Float[np.ndarray, "z y x"]


def draw_tumour(
    grid: Grid, head: Head, rng: np.random.Generator, contrast: Contrast, *, heterogeneity: float, necrosis: float
) -> Tumour:
    """Put a tumour into a head.

    Parameters
    ----------
    heterogeneity : float
        Standard normal trait: how unevenly the tumour takes up contrast agent.
    necrosis : float
        Standard normal trait: which share of the tumour is dead.
    """
    level = np.maximum(_level(grid, rng), 3.5 * (head.radius - 0.84))  # stays inside the skull
    tumour = level < 0
    texture = _between(TEXTURE_RANGE, heterogeneity)
    share = _between(NECROSIS_RANGE, necrosis)

    depth = np.maximum(level + 0.30 * grid.smooth_noise(rng, 3.0), 3.0 * (level + THINNEST_RIM))
    core = expit((np.quantile(depth[tumour], share) - depth) / 0.03)
    uptake = 0.75 * grid.smooth_noise(rng, 1.6) + 0.65 * grid.smooth_noise(rng, 3.5)
    rim = contrast.enhancement * rng.normal(1.0, 0.05) * np.clip(1 + texture * uptake, 0.45, None)
    dead = contrast.dead * rng.uniform(0.50, 0.60) * (1 + 0.5 * texture * grid.smooth_noise(rng, 2.0))

    oedema = np.exp(-np.clip(level + 0.10 * grid.smooth_noise(rng, 4.0), 0, None) / 0.35)
    image = head.image * (1 + contrast.oedema * oedema * (head.radius < 0.86))
    return Tumour(np.where(tumour, core * dead + (1 - core) * rim, image), level)


def trace(grid: Grid, tumour: Tumour, rng: np.random.Generator, reader: int) -> Bool[np.ndarray, "z y x"]:
    """One reader's outline of the tumour: its edge with an error of its own, one piece without holes."""
    wobble = READER_NOISE[reader - 1] * grid.smooth_noise(rng, 2.5)
    bias = rng.normal(0.0, READER_NOISE[reader - 1] / 2)
    traced = tumour.level + wobble + bias < 0
    pieces, n_pieces = ndimage.label(traced)
    if n_pieces > 1:
        traced = pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    return np.stack([ndimage.binary_fill_holes(section) for section in traced])


def _level(grid: Grid, rng: np.random.Generator) -> Float[np.ndarray, "z y x"]:
    """An irregular ellipsoid in the white matter of one hemisphere."""
    z, y, x = grid.axes()
    fov = grid.shape[1] * grid.spacing_mm[1]
    centre = (rng.uniform(-10, 10), rng.uniform(-0.17, 0.17) * fov, rng.choice([-1, 1]) * rng.uniform(0.15, 0.19) * fov)
    radius = rng.uniform(*RADIUS_RANGE_MM) * np.exp(rng.normal(0.0, 0.08, 3))
    distance = np.sqrt(sum(((axis - at) / r) ** 2 for axis, at, r in zip((z, y, x), centre, radius, strict=True)))
    return distance * (1 + 0.11 * grid.smooth_noise(rng, 4.5)) - 1


def _between(bounds: tuple[float, float], trait: float) -> float:
    """A standard normal trait on a bounded scale."""
    low, high = bounds
    return low + (high - low) * float(expit(1.4 * trait))
