"""How far training sets agree on which features they select."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from scipy.special import ndtri


@dataclass(frozen=True)
class SelectionStability:
    """Nogueira, Sechidis and Brown's measure (2018, J Mach Learn Res 18:174).

    Attributes
    ----------
    value
        1 where all sets select the same features, 0 on average where each draws its own by chance; corrected for how many are selected.
        NaN where no feature or every one is selected by all, so that nothing can differ, or where there is one set.
    low, high
        95 % limits by their asymptotic variance, which holds for sets that are drawn independently, such as bootstrap samples; not for
        the folds of a cross-validation, which share most of their patients.
    """

    value: float
    low: float
    high: float


def selection_stability(
    selected: Bool[np.ndarray, "training_set feature"], n_features: int, confidence: float = 0.95
) -> SelectionStability:
    """Agreement of the selections of several training sets.

    Parameters
    ----------
    selected
        Of the features that any set selects, and perhaps others.
    n_features
        How many each could select from; those without a column are selected by none.
    """
    n_sets = len(selected)
    counts, share = selected.sum(axis=1), selected.mean(axis=0)
    mean = counts.mean()
    chance = mean / n_features * (1 - mean / n_features) if n_features else 0
    if n_sets < 2 or chance == 0:
        return SelectionStability(np.nan, np.nan, np.nan)
    value = 1 - n_sets / (n_sets - 1) * (share * (1 - share)).sum() / n_features / chance
    each = (
        selected @ share / n_features
        - counts * mean / n_features**2
        + value / 2 * (2 * mean * counts / n_features**2 - (counts + mean) / n_features + 1)
    ) / chance
    margin = ndtri(0.5 + confidence / 2) * np.sqrt(4 / n_sets**2 * ((each - each.mean()) ** 2).sum())
    return SelectionStability(float(value), float(max(value - margin, -1)), float(min(value + margin, 1)))
