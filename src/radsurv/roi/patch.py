"""The picture that the network sees: the rectangle around the outline, as a square of 0 to 255."""

from __future__ import annotations

from importlib.metadata import version
from math import isqrt

import numpy as np
from jaxtyping import Bool, Float
from skimage.transform import resize

from radsurv.cohort.sections import rectangle
from radsurv.errors import PatientError
from radsurv.options.imaging import PatchConfig
from radsurv.roi.region import Region
from radsurv.roi.resample import MOST_PIXELS

WHITE, HALF = 255.0, 0.5


def cnn_patch(region: Region, patch: PatchConfig, size: int) -> Float[np.ndarray, "size size"]:
    """Cut the enclosing rectangle, scale its intensities to 0–255, and resize it to a square.

    In this order: the rectangle that encloses the outline, each side moved outwards by ``margin`` times the side's
    length (rounded, and clipped where the region's crop ends: at the border of the image); its intensities scaled
    linearly, least to 0, greatest to 255; with ``normal_tissue="remove"``, least and greatest are those *inside the
    outline* and every pixel outside it becomes 0; with ``aspect="pad"``, the rectangle centred in a square of zeros;
    bilinear resizing, with Gaussian antialiasing along an axis that shrinks. Resizing averages, so the result stays within
    0–255 but need not reach it.

    Parameters
    ----------
    region : Region
        Section and outline, with as much around it as the margin needs, or up to the border of the image.
    patch : PatchConfig
        ``margin``, ``aspect`` and ``normal_tissue``. ``size`` is given apart: it may be the network's.
    size : int
        Side of the patch, in pixels.

    Returns
    -------
    (size, size) float32
        Intensities in 0–255.

    Raises
    ------
    PatientError
        No outline, an outline that does not fit the image, a rectangle of one pixel, intensities that are not finite,
        or all equal; with ``aspect="pad"``, one that is too long for a square.
    """
    box = _rectangle(region, patch.margin)
    image, outline = np.asarray(region.image[box], dtype=np.float64), region.outline[box]
    visible = outline if patch.normal_tissue == "remove" else np.ones_like(outline)
    gray = np.where(visible, _to_white(image, visible), 0.0)
    return np.clip(_resized(gray, patch, size), 0.0, WHITE).astype(np.float32)


def outline_patch(region: Region, patch: PatchConfig, size: int) -> Bool[np.ndarray, "size size"]:
    """The outline in the picture that `cnn_patch` makes: pixels at least half covered by it."""
    outline = region.outline[_rectangle(region, patch.margin)].astype(np.float64)
    inside: Bool[np.ndarray, "size size"] = _resized(outline, patch, size) >= HALF
    return inside


def resize_method() -> str:
    """Which library resizes the patch, and how: for provenance."""
    return f"scikit-image {version('scikit-image')}: bilinear, half-pixel centres, Gaussian antialiasing when shrinking"


def _rectangle(region: Region, margin: float) -> tuple[slice, slice]:
    if region.image.shape != region.outline.shape:
        raise PatientError(
            f"the outline ({_by(region.outline.shape)} pixels) does not fit the image ({_by(region.image.shape)} "
            "pixels): trace it on this image"
        )
    if not region.outline.any():
        raise PatientError("the outline is empty: there is no rectangle to show to the network")
    return rectangle(region.outline, margin)


def _to_white(image: Float[np.ndarray, "y x"], visible: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Scale linearly: least visible intensity to 0, greatest to 255."""
    seen = image[visible]
    if not np.isfinite(seen).all():
        raise PatientError(
            f"{np.count_nonzero(~np.isfinite(seen))} of the {seen.size} pixels shown to the network are NaN or "
            "infinite: repair the image or exclude the patient"
        )
    low, high = seen.min(), seen.max()
    if seen.size == 1:
        raise PatientError("the network would see one pixel: an outline of at least two pixels is needed")
    if low == high:
        raise PatientError(
            f"all {seen.size} pixels shown to the network have intensity {low:g}: there is no range to scale to 0–255"
        )
    with np.errstate(over="ignore", invalid="ignore"):  # only in pixels that are not visible: they become 0
        return (image - low) / (high - low) * WHITE


def _resized(gray: Float[np.ndarray, "y x"], patch: PatchConfig, size: int) -> Float[np.ndarray, "size size"]:
    if patch.aspect == "pad":
        gray = _square(gray)
    # mode="edge": beyond the border there is more of the same, as in OpenCV, Pillow and torch.
    resized: Float[np.ndarray, "size size"] = resize(  # type: ignore[no-untyped-call]
        gray, (size, size), order=1, mode="edge", anti_aliasing=True, preserve_range=True
    )
    return resized


def _square(gray: Float[np.ndarray, "y x"]) -> Float[np.ndarray, "side side"]:
    if max(gray.shape) ** 2 > MOST_PIXELS:
        raise PatientError(
            f"the rectangle around the outline has {_by(gray.shape)} pixels, too long for a square (patch.aspect=pad); expected a"
            f" side of at most {isqrt(MOST_PIXELS)}: check the outline, or take patch.aspect=stretch"
        )
    missing = [max(gray.shape) - length for length in gray.shape]
    return np.pad(gray, [(gap // 2, gap - gap // 2) for gap in missing])


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
