"""How a patient's image and outline look, in numbers that can be held against those of the other patients."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Num, Shaped
from scipy import ndimage

from radsurv.cohort.load import LoadedPatient
from radsurv.cohort.sections import AXES, TracedOutline, plane
from radsurv.cohort.volume import Volume

# What lies above this share of the range from the 1st to the 99th percentile of a section is taken for the patient, not for air.
AIR = 0.1
RING_PIXELS = 8  # around the outline
DIAGONALS_TOO = np.ones((3, 3), dtype=bool)
BYTE = (0, 255)


@dataclass(frozen=True)
class Appearance:
    """Of the analysed section, but for what is said to be of the volume.

    The four numbers of intensities can be compared between scanners as far as intensities can at all: but for `level`, they
    do not change when an image is multiplied by a number.

    Attributes
    ----------
    in_plane_mm, slice_mm : float
        Geometric mean of the two edges of a pixel, and the distance between sections.
    anisotropy : float
        The longer edge of a pixel over the shorter one.
    eight_bit : bool
        Whether the volume holds nothing but whole numbers from 0 to 255.
    n_intensities : int
        Different intensities inside the outline.
    commonest : float
        Share of the pixels inside the outline that have the most frequent intensity.
    n_islands : int
        Parts of the outline that touch one another nowhere, not even at a corner.
    largest_island : float
        Share of the traced pixels in the largest of them.
    at_border : bool
        Whether the outline reaches the border of the image.
    thin : bool
        Whether no two by two pixels of the outline lie together.
    level : float
        Inverse hyperbolic sine (a logarithm that has values below 0, too) of the median intensity of the patient in the section.
    spread : float
        Logarithm of the interquartile range of these intensities over the range of the section.
    skewness : float
        Bowley's, of their quartiles: (Q1 + Q3 − 2·Q2) / (Q3 − Q1).
    contrast : float
        Median inside the outline minus that of a ring around it, in interquartile ranges.
    tumour : float
        Median intensity inside the outline, as in the file.
    pixels : mapping of str to str
        By column of the cohort table, a hash of the voxels of the image alone, whatever its geometry and type.
    """

    in_plane_mm: float
    slice_mm: float
    anisotropy: float
    eight_bit: bool
    n_intensities: int
    commonest: float
    n_islands: int
    largest_island: float
    at_border: bool
    thin: bool
    level: float
    spread: float
    skewness: float
    contrast: float
    tumour: float
    pixels: Mapping[str, str]


def appearance(loaded: LoadedPatient) -> Appearance:
    """Of the analysed image and outline of a patient whose files have passed every check."""
    image, outline = next(iter(loaded.images.values())), loaded.outlines[0]
    section = plane(image.array, outline.axis, outline.section).astype(np.float64)
    traced = outline.traced
    labels, n_islands = ndimage.label(traced, DIAGONALS_TOO)
    _, counts = np.unique(section[traced], return_counts=True)
    level, spread, skewness, contrast = intensities(section, traced)
    in_plane, slice_mm = edges(image, outline)
    return Appearance(
        in_plane_mm=float(np.sqrt(np.prod(in_plane))),
        slice_mm=slice_mm,
        anisotropy=max(in_plane) / min(in_plane),
        eight_bit=is_eight_bit(image.array),
        n_intensities=len(counts),
        commonest=float(counts.max() / counts.sum()),
        n_islands=int(n_islands),
        largest_island=float(np.bincount(labels[traced]).max() / traced.sum()),
        at_border=touches_border(traced),
        thin=is_thin(traced),
        level=level,
        spread=spread,
        skewness=skewness,
        contrast=contrast,
        tumour=float(np.median(section[traced])),
        pixels={column: pixel_hash(volume.array) for column, volume in loaded.images.items()},
    )


def edges(image: Volume, outline: TracedOutline) -> tuple[tuple[float, float], float]:
    """The edges of a pixel in the sections of an outline, and the distance between these, mm."""
    position = AXES.index(outline.axis)
    first, second = (edge for axis, edge in enumerate(image.spacing_mm) if axis != position)
    return (first, second), image.spacing_mm[position]


def is_eight_bit(array: Shaped[np.ndarray, "z y x"]) -> bool:
    """Whether there are only whole numbers from 0 to 255, and some above 1: a picture, not measured intensities."""
    if array.dtype == np.bool_ or not (array.min() >= BYTE[0] and 1 < array.max() <= BYTE[1]):
        return False
    return bool(np.issubdtype(array.dtype, np.integer) or (array == np.floor(array)).all())


def touches_border(traced: Bool[np.ndarray, "y x"]) -> bool:
    """Whether a traced pixel has no neighbour on one side."""
    return bool(traced[[0, -1]].any() or traced[:, [0, -1]].any())


def is_thin(traced: Bool[np.ndarray, "y x"]) -> bool:
    """Whether there are no two by two traced pixels."""
    return not bool((traced[:-1, :-1] & traced[1:, :-1] & traced[:-1, 1:] & traced[1:, 1:]).any())


def intensities(
    section: Float[np.ndarray, "y x"], traced: Bool[np.ndarray, "y x"]
) -> tuple[float, float, float, float]:
    """Level, spread, skewness and contrast, as `Appearance` says; NaN where the section has no range."""
    finite = section[np.isfinite(section)]
    low, high = np.percentile(finite, [1, 99])
    patient = np.isfinite(section) & (section > low + AIR * (high - low))
    ring = ndimage.binary_dilation(traced, iterations=RING_PIXELS) & ~traced & patient
    if not patient.any() or not ring.any():
        return np.nan, np.nan, np.nan, np.nan
    lower, middle, upper = np.quantile(section[patient], [0.25, 0.5, 0.75])
    if upper == lower:
        return float(np.arcsinh(middle)), np.nan, np.nan, np.nan
    beside = np.median(section[traced]) - np.median(section[ring])
    return (
        float(np.arcsinh(middle)),
        float(np.log((upper - lower) / (high - low))),
        float((lower + upper - 2 * middle) / (upper - lower)),
        float(beside / (upper - lower)),
    )


def pixel_hash(array: Num[np.ndarray, "z y x"]) -> str:
    """SHA-256 of shape and values, section by section."""
    digest = hashlib.sha256(str(array.shape).encode())
    for section in array:
        digest.update(np.ascontiguousarray(section, dtype="<f8").tobytes())
    return digest.hexdigest()
