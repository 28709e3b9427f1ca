"""Two risk groups, divided by the median score of the training set."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

SHORT, LONG = "short", "long"


def risk_threshold(training_score: Float[np.ndarray, "patient"]) -> float:
    """The median score of the patients on whom the model was trained."""
    return float(np.median(training_score))


def is_short(
    score: Float[np.ndarray, "patient"], threshold: float | Float[np.ndarray, "patient"]
) -> Bool[np.ndarray, "patient"]:
    """Whether a patient belongs to the group expected to survive for a short time.

    The score must *exceed* the threshold. So a null model, which gives everybody the score 0, calls everybody a long
    survivor.
    """
    return np.asarray(score > threshold)


def group_names(short: Bool[np.ndarray, "patient"]) -> list[str]:
    """The groups in words, as they appear in tables."""
    return [SHORT if one else LONG for one in short]
