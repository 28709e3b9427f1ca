"""What is known of a cross-validation while it is at work."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from radsurv.survival.group_metrics import harrell_c
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.patients import Patients
from radsurv.validation.splits import Splits

# Between two values of C, so that nobody can tell from a follower's list what a single patient changed: training sets that leave
# out one patient each come in the order of the cohort table.
FEWEST_PATIENTS = 5


class JudgedSoFar:
    """Harrell's C of the patients whom the training sets so far, of the repeat at work, have left out.

    Parameters
    ----------
    splits
        Training sets, and whom each of their models judges.
    patients
    """

    def __init__(self, splits: Splits, patients: Patients) -> None:
        self._splits, self._patients = splits, patients
        self._learned: list[LearnedModel] = []
        self._told = (0, 0)  # the repeat of the last value, and how many of its patients were judged by then

    def add(self, learned: LearnedModel) -> None:
        """The model of the next training set."""
        self._learned.append(learned)

    def values(self) -> Mapping[str, float]:
        """``harrell_c``; nothing where fewer than five patients were judged since the last value.

        A patient of several training sets counts with the mean distance from their thresholds, as at the end.
        """
        repeat = int(self._splits.repeat[len(self._learned) - 1])
        sets = np.flatnonzero(self._splits.repeat[: len(self._learned)] == repeat)
        tested = self._splits.tested[sets]
        times = tested.sum(axis=0)
        judged = np.flatnonzero(times)
        told = self._told[1] if self._told[0] == repeat else 0
        if len(judged) - told < FEWEST_PATIENTS:
            return {}
        outcome = self._patients.outcome.take(judged)
        if not outcome.event.any():
            return {}
        self._told = (repeat, len(judged))
        risk, threshold = np.zeros(len(times)), np.zeros(len(times))
        for which in sets:
            rows, one = np.flatnonzero(self._splits.tested[which]), self._learned[which]
            risk[rows] += one.score(self._patients.measured, rows)
            threshold[rows] += one.model.threshold
        score = (risk - threshold) / np.maximum(times, 1) if (times > 1).any() else risk
        return {"harrell_c": harrell_c(outcome, score[judged])}
