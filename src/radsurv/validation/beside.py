"""Beside leave-one-out: Harrell's C of repeated 5-fold cross-validation, which is not biased below 0.5."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from radsurv.config import ValidationConfig
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.validation.cross_validate import CrossValidation

N_SPLITS, REPEATS = 5, 5


def kfold_beside(
    validation: ValidationConfig, cross_validated: Callable[[ValidationConfig], CrossValidation]
) -> tuple[dict[str, float], dict[str, str]]:
    """Mean and standard deviation of C over five draws of five folds.

    Parameters
    ----------
    validation
        Of the leave-one-out. Given inner folds belong to its training sets, so others are drawn.
    cross_validated
        The same pipeline under another scheme.

    Returns
    -------
    metrics
        ``kfold_harrell_c, kfold_harrell_c_sd``.
    reasons
        For each that is NaN, why.
    """
    options = {"scheme": "repeated_kfold", "n_splits": N_SPLITS, "repeats": REPEATS, "inner_folds": None}
    names = ("kfold_harrell_c", "kfold_harrell_c_sd")
    try:
        found = cross_validated(validation.model_copy(update=options)).metrics
    except (ConfigError, TrainingSetError) as error:
        return dict.fromkeys(names, np.nan), dict.fromkeys(names, str(error))
    values = dict(zip(names, (found["harrell_c"], found["harrell_c_sd"]), strict=True))
    return values, {name: "no two patients are comparable" for name, value in values.items() if np.isnan(value)}
