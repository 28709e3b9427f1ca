"""A head as MR shows it, T1-weighted with contrast agent or otherwise: scalp, skull, folded cortex, ventricles, vessels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import fft
from scipy.special import expit

# Radius of the shells, as shares of the head's.
SCALP, SKULL, DURA = 1.0, 0.93, 0.865
HEIGHT_MM = 62.0


@dataclass(frozen=True)
class Contrast:
    """Brightness of the tissues in one MR sequence, white matter being 1.

    Attributes
    ----------
    grey, fluid, vessel
    enhancement
        Of living tumour.
    dead
        Of its necrotic core, as a multiple of what it is after contrast agent (0.50 to 0.60).
    oedema
        By which share the brain beside the tumour is brighter.
    noise
        Standard deviation.
    """

    grey: float
    fluid: float
    vessel: float
    enhancement: float
    dead: float
    oedema: float
    noise: float


# T1-weighted after contrast agent: spin echo, gradient echo, and gradient echo with inversion. Then T1 before it, T2, FLAIR.
CONTRASTS = {
    "SE": Contrast(grey=0.80, fluid=0.34, vessel=1.25, enhancement=1.75, dead=1.0, oedema=-0.28, noise=0.035),
    "GE": Contrast(grey=0.72, fluid=0.22, vessel=1.80, enhancement=1.60, dead=1.0, oedema=-0.28, noise=0.028),
    "IR": Contrast(grey=0.62, fluid=0.12, vessel=1.70, enhancement=1.55, dead=0.85, oedema=-0.32, noise=0.024),
    "T1": Contrast(grey=0.80, fluid=0.34, vessel=0.60, enhancement=0.85, dead=1.1, oedema=-0.20, noise=0.035),
    "T2": Contrast(grey=1.35, fluid=2.60, vessel=0.40, enhancement=1.70, dead=4.0, oedema=0.90, noise=0.045),
    "FLAIR": Contrast(grey=1.25, fluid=0.20, vessel=0.50, enhancement=1.45, dead=1.6, oedema=0.70, noise=0.040),
}


@dataclass(frozen=True)
class Grid:
    """Where the samples are, in mm from the middle of the head.

    Attributes
    ----------
    shape : (int, int, int)
        Samples along z, y, x.
    spacing_mm : (float, float, float)
        Distances along z, y, x.
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]

    def axes(self) -> list[Float[np.ndarray, "z y x"]]:
        """Coordinates z, y, x in mm, shaped to broadcast; z = 0 is a third of the way up the brain."""
        ranges = [(np.arange(n) - (n - 1) / 2) * step for n, step in zip(self.shape, self.spacing_mm, strict=True)]
        return list(np.meshgrid(*ranges, indexing="ij", sparse=True))

    def smooth_noise(self, rng: np.random.Generator, sigma_mm: float) -> Float[np.ndarray, "z y x"]:
        """Gaussian noise of mean 0 and standard deviation 1, smooth over about `sigma_mm`."""
        spectrum = fft.rfftn(rng.standard_normal(self.shape, dtype=np.float32))
        for axis, (n, step) in enumerate(zip(self.shape, self.spacing_mm, strict=True)):
            frequency = fft.rfftfreq(n, step) if axis == 2 else fft.fftfreq(n, step)
            transfer = np.exp(-2 * (np.pi * sigma_mm * frequency) ** 2).astype(np.float32)
            spectrum *= transfer.reshape([-1 if axis == other else 1 for other in range(3)])
        smooth = fft.irfftn(spectrum, self.shape)
        return (smooth - smooth.mean()) / smooth.std()


@dataclass(frozen=True)
class Head:
    """A head without a tumour.

    Attributes
    ----------
    image : (z, y, x)
        Brightness, white matter being 1.
    radius : (z, y, x)
        Distance from the head's axis, 1 at the skin.
    """

    image: Float[np.ndarray, "z y x"]
    radius: Float[np.ndarray, "z y x"]


def draw_head(grid: Grid, rng: np.random.Generator, contrast: Contrast) -> Head:
    """Draw one head; no two are alike."""
    z, y, x = grid.axes()
    fov_y, fov_x = (n * step for n, step in zip(grid.shape[1:], grid.spacing_mm[1:], strict=True))
    half_y, half_x = 0.475 * fov_y * rng.uniform(0.97, 1.0), 0.40 * fov_x * rng.uniform(0.95, 1.05)
    level = np.clip((z + 0.12 * HEIGHT_MM) / HEIGHT_MM, -0.95, 0.95)
    # Heads are egg-shaped: narrower in front (y < 0).
    width = half_x * (1.0 + 0.10 * y / half_y)
    radius = np.sqrt((y / half_y) ** 2 + (x / width) ** 2) / np.sqrt(1 - level**2)
    radius = radius * (1 + 0.012 * grid.smooth_noise(rng, 12.0))
    depth_mm = (DURA - radius) * half_x

    image = _brain(grid, rng, contrast, depth_mm)
    image = _ventricles(grid, rng, contrast, image)
    image = _midline(grid, contrast, image, radius, half_y)
    image = _vessels(grid, rng, contrast, image, depth_mm)
    bone = 0.12 + 0.30 * np.exp(-(((radius - (SKULL + DURA) / 2) / 0.014) ** 2))  # marrow between two tables
    image = np.where(radius > DURA, bone, image)
    image = np.where(radius > SKULL, 1.25 + 0.12 * grid.smooth_noise(rng, 2.0), image)
    return Head(np.where(radius > SCALP, 0.0, image), radius)


def _brain(
    grid: Grid, rng: np.random.Generator, contrast: Contrast, depth_mm: Float[np.ndarray, "z y x"]
) -> Float[np.ndarray, "z y x"]:
    """White matter, and a cortex whose folds follow the zero lines of a smooth noise: such lines wind like sulci."""
    fold = np.abs(grid.smooth_noise(rng, 2.3))
    reach = expit((rng.uniform(8.0, 10.0) + 1.5 * grid.smooth_noise(rng, 6.0) - depth_mm) / 0.8)
    ribbon = np.maximum(np.exp(-np.square((fold / 0.55) ** 2)) * reach, np.exp(-np.square((depth_mm / 2.2) ** 2)))
    sulcus = np.maximum(np.exp(-((fold / 0.16) ** 2)) * reach, np.exp(-((depth_mm / 0.9) ** 2)))
    image = 1.0 + 0.02 * grid.smooth_noise(rng, 2.5)
    image = image + ribbon * (contrast.grey - image)
    return image + 0.85 * sulcus * (contrast.fluid - image)


def _ventricles(
    grid: Grid, rng: np.random.Generator, contrast: Contrast, image: Float[np.ndarray, "z y x"]
) -> Float[np.ndarray, "z y x"]:
    """Lateral ventricles, two bows beside the midline, and the deep grey matter beside them."""
    z, y, x = grid.axes()
    size = rng.uniform(0.8, 1.3)
    height = np.exp(-((z / 11.0) ** 4))
    bow = 2.6 + 0.012 * (y + 1.0) ** 2
    for side in (-1, 1):
        gap = side * x - bow
        nucleus = np.exp(-((((side * x - 11.0) / 5.0) ** 2 + ((y + 1.0) / 9.0) ** 2 + ((z + 4.0) / 9.0) ** 2) ** 2))
        image = image + 0.8 * nucleus * (0.97 * contrast.grey - image)
        wide = (2.3 * size) * np.clip(1 - (y / 19.0) ** 2, 0.0, None) ** 0.5 * height
        inside = expit((wide - np.abs(gap)) / 0.45) * (wide > 0.3)
        image = image + inside * (0.9 * contrast.fluid - image)
    return image


def _midline(
    grid: Grid,
    contrast: Contrast,
    image: Float[np.ndarray, "z y x"],
    radius: Float[np.ndarray, "z y x"],
    half_y: float,
) -> Float[np.ndarray, "z y x"]:
    """The fissure between the hemispheres, the falx in it, and the sagittal sinus at its ends."""
    z, y, x = grid.axes()
    beyond_callosum = expit((np.abs(y) - 0.42 * half_y + 1.2 * np.clip(z - 8.0, 0, None)) / 1.5)
    image = image + 0.8 * beyond_callosum * np.exp(-((x / 1.3) ** 2)) * (contrast.fluid - image)
    image = image + 0.6 * beyond_callosum * np.exp(-((x / 0.5) ** 2)) * (contrast.vessel - image)
    sinus = np.exp(-((x / 1.8) ** 2) - (((radius - DURA + 0.03) / 0.035) ** 2)) * (np.abs(y) > 0.6 * half_y)
    return image + sinus * (1.2 * contrast.vessel - image)


def _vessels(
    grid: Grid,
    rng: np.random.Generator,
    contrast: Contrast,
    image: Float[np.ndarray, "z y x"],
    depth_mm: Float[np.ndarray, "z y x"],
) -> Float[np.ndarray, "z y x"]:
    """Enhancing vessels in the sulci, as specks."""
    specks = grid.smooth_noise(rng, 0.9) > 2.6
    near_surface = (depth_mm > 0.5) & (depth_mm < 10.0)
    return np.where(specks & near_surface, contrast.vessel, image)
