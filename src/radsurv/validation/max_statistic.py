"""One P for many analyses of the same patients: how often chance makes the best of them as good as the best that was seen.

Westfall and Young's single-step maximum (1993, Resampling-Based Multiple Testing), for one hypothesis: that features and outcomes have
nothing to do with each other, whatever is done with them. Every analysis was repeated on the same shuffled outcomes, so that the
dependence of the analyses on each other, which is strong, is that of the shuffles.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.errors import TrainingSetError
from radsurv.validation.permutation import PermutationP, permutation_p


def max_statistic_p(
    observed: Float[np.ndarray, "analysis"], shuffled: Float[np.ndarray, "repetition analysis"]
) -> PermutationP:
    """P of the largest statistic of several analyses.

    Parameters
    ----------
    observed
        One statistic per analysis, on the same scale and large where the prediction is right (Harrell's C).
    shuffled
        The same on shuffled outcomes; in every row the outcome is the same for all analyses.

    Raises
    ------
    TrainingSetError
        A statistic is no number: the largest would be one of some analyses only.
    """
    if not (np.isfinite(observed).all() and np.isfinite(shuffled).all()):
        raise TrainingSetError("a statistic is no number in some analysis, so that the largest of all is not known")
    largest = shuffled.max(axis=1)
    return permutation_p(float(observed.max()), largest, stop_after=len(largest) + 1)
