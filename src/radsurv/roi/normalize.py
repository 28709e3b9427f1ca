"""Normalisation by the mean ± 3 SD rule of Collewet et al."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float


def within_sd(
    image: Float[np.ndarray, "y x"], mask: Bool[np.ndarray, "y x"], outlier_sd: float = 3.0
) -> Bool[np.ndarray, "y x"]:
    """The pixels of the mask whose intensity lies within mean ± `outlier_sd` standard deviations.

    Mean and standard deviation (divisor N - 1) are those of the masked pixels. Bounds are included. Intensities are
    neither clipped nor rescaled: pixels that drop out of the mask still take part in interpolation.

    A mask of fewer than two pixels has no standard deviation and comes back unchanged, as does a constant one (whose
    standard deviation is rounding error).

    References
    ----------
    Collewet G, Strzelecki M, Mariette F. Influence of MRI acquisition protocols and image intensity normalization
    methods on texture classification. Magn Reson Imaging 2004;22:81-91.
    """
    values = image[mask]
    if values.size < 2 or values.min() == values.max():
        return mask.copy()
    mean, reach = values.mean(), outlier_sd * values.std(ddof=1)
    return mask & ~(image > mean + reach) & ~(image < mean - reach)
