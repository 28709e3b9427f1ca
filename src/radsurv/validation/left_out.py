"""Scores of patients by models that have not seen them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.measurements import Measurements
from radsurv.survival.risk_groups import is_short
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.finding import Finding
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.model_strata import told_of_baselines, without_own_baseline
from radsurv.validation.patients import Patients
from radsurv.validation.splits import Splits

SEVERAL = -1  # the fold of a patient whom several models judge


@dataclass(frozen=True)
class LeftOutModels:
    """Who judges whom.

    Attributes
    ----------
    splits
        Training sets, and the patients whom each of their models judges.
    learned
        One model per training set.
    """

    splits: Splits
    learned: Sequence[LearnedModel]

    def of_repeat(self, repeat: int) -> LeftOutModels:
        """Those of one repeat."""
        own = np.flatnonzero(self.splits.repeat == repeat).tolist()
        splits = Splits(
            *(part[own] for part in (self.splits.weights, self.splits.tested, self.splits.repeat, self.splits.fold))
        )
        return LeftOutModels(splits, [self.learned[one] for one in own])


@dataclass(frozen=True)
class LeftOutScores:
    """One row per repeat.

    Attributes
    ----------
    risk, threshold : (repeat, patient) float64
        Of the one model that left the patient out. Where several left somebody out (bootstrap), every score of the repeat
        counts from the threshold of its model: the mean of these differences, and 0.
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
    splits: Splits, learned: Iterable[tuple[int, LearnedModel]], patients: Measurements
) -> LeftOutScores:
    """Predict every patient.

    Parameters
    ----------
    splits
        Everybody is tested at least once per repeat.
    learned
        The numbers of training sets with their models; where one is not named, everybody has the score 0 and the threshold 0.
    patients
        All of them.
    """
    shape = (int(splits.repeat[-1]) + 1, splits.tested.shape[1])
    risk, threshold = np.zeros(shape), np.zeros(shape)
    times, fold = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    sets, judged = np.nonzero(splits.tested)
    np.add.at(times, (splits.repeat[sets], judged), 1)
    fold[splits.repeat[sets], judged] = splits.fold[sets]
    for which, one in learned:
        repeat, rows = splits.repeat[which], np.flatnonzero(splits.tested[which])
        risk[repeat, rows] += one.score(patients, rows)
        threshold[repeat, rows] += one.model.threshold
    several = times > 1
    # Also those whom one model left out: a score as it is and one from a threshold cannot be compared.
    from_threshold = several.any(axis=1)
    risk[from_threshold] = ((risk - threshold) / times)[from_threshold]
    threshold[from_threshold] = 0.0
    fold[several] = SEVERAL
    return LeftOutScores(risk, threshold, fold)


def baselines_taken(judges: LeftOutModels, patients: Patients) -> list[str]:
    """By which baseline hazards the models judge; nothing of models without strata."""
    if not any(one.model.strata for one in judges.learned):
        return []
    judged = list(zip(judges.learned, judges.splits.tested, strict=True))
    without = [without_own_baseline(one.model, patients.measured)[tested].sum() for one, tested in judged]
    return [told_of_baselines(int(np.sum(without)), int(judges.splits.tested.sum()))]


def passed_through(transforms: TransformsOptions, judges: LeftOutModels, patients: Patients) -> Finding:
    """What is done before the reduction, and how many predictions are of patients whom a transform let pass as they are."""
    if not transforms.steps:
        return Finding()
    rows = [np.flatnonzero(tested) for tested in judges.splits.tested]
    passed = [one.passed(patients.measured, own).sum() for one, own in zip(judges.learned, rows, strict=True)]
    n_passed, n_predictions = int(np.sum(passed)), sum(map(len, rows))
    said = [transform.told_of_passed(n_passed, n_predictions) for transform in transforms.taken()]
    notes = [f"before the reduction, in every training set: {transforms.describe()}", *filter(None, said)]
    return Finding(metrics={"n_passed": n_passed}, notes=notes)
