"""Scores of patients by models that have not seen them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.model import RiskModel
from radsurv.survival.risk_groups import is_short
from radsurv.validation.splits import Splits

SEVERAL = -1  # the fold of a patient whom several models judge


@dataclass(frozen=True)
class LeftOutScores:
    """One row per repeat.

    Attributes
    ----------
    risk, threshold : (repeat, patient) float64
        Of the one model that left the patient out. Where several did (bootstrap), each score counts from the threshold
        of its model: the mean of these differences, and 0.
    fold : (repeat, patient) int64
        Of that model; `SEVERAL` where there are several.
    """

    risk: Float[np.ndarray, "repeat patient"]
    threshold: Float[np.ndarray, "repeat patient"]
    fold: Int[np.ndarray, "repeat patient"]

    @property
    def short(self) -> Bool[np.ndarray, "repeat patient"]:
        """Whether a patient counts as a short survivor."""
        return is_short(self.risk, self.threshold)


def left_out_scores(
    splits: Splits, models: Iterable[tuple[int, RiskModel]], values: Float[np.ndarray, "patient feature"]
) -> LeftOutScores:
    """Predict every patient.

    Parameters
    ----------
    splits
        Everybody is tested at least once per repeat.
    models
        Number of the training set, and its model. A set without one has the null model: score and threshold 0.
    values
        Feature table of all patients.
    """
    shape = (int(splits.repeat[-1]) + 1, splits.tested.shape[1])
    risk, threshold = np.zeros(shape), np.zeros(shape)
    times, fold = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for which, tested in enumerate(splits.tested):
        times[splits.repeat[which]] += tested
        fold[splits.repeat[which], tested] = splits.fold[which]
    for which, model in models:
        place = splits.repeat[which], np.flatnonzero(splits.tested[which])
        risk[place] += model.score(values[place[1]])
        threshold[place] += model.threshold
    several = times > 1
    risk[several] = (risk[several] - threshold[several]) / times[several]
    threshold[several], fold[several] = 0.0, SEVERAL
    return LeftOutScores(risk, threshold, fold)
