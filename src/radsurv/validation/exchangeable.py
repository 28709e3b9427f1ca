"""Features that say the same: which of those that training sets select could stand for one another."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

EXCHANGEABLE = 0.85  # |r| from which two features count as one; that of the paper's reduction


def exchangeable(
    values: Float[np.ndarray, "patient feature"], selected: Bool[np.ndarray, "training_set feature"]
) -> Int[np.ndarray, "feature"]:
    """Group features by their correlation, each around the one that most training sets select.

    From the most often selected feature on (of equals, the one that comes first), a feature joins the first of those before it that stand
    for a group and correlate with it by `EXCHANGEABLE` at least, or stands for a group of its own. So all of a group correlate with one,
    and no chain of features makes a group of what has nothing in common.

    Parameters
    ----------
    values
        Of all patients: this describes what was selected, and nothing is trained with it.
    selected
        Which training set selects which of them.

    Returns
    -------
    group : (feature,) int64
        Position of the feature that stands for the group.
    """
    centred = values - values.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)  # a constant is like nothing
    group = np.arange(values.shape[1])
    leaders: list[int] = []
    for feature in np.argsort(-selected.sum(axis=0), kind="stable").tolist():
        alike = np.abs(unit[:, leaders].T @ unit[:, feature]) >= EXCHANGEABLE
        if alike.any():
            group[feature] = leaders[int(np.argmax(alike))]
        else:
            leaders.append(feature)
    return group


def selected_groups(
    selected: Bool[np.ndarray, "training_set feature"], group: Int[np.ndarray, "feature"]
) -> Bool[np.ndarray, "training_set group"]:
    """Which training set selects any feature of which group."""
    return np.stack([selected[:, group == one].any(axis=1) for one in np.unique(group)], axis=1)
