"""What came out of a training set: the steps that were learned, and the whole of them for predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.measurements import Measurements
from radsurv.survival.model import RiskModel
from radsurv.survival.model_options import ModelFit
from radsurv.survival.reduction import Reduction
from radsurv.survival.transform import FittedTransform, apply_all
from radsurv.validation.trials import Trial


@dataclass(frozen=True)
class LearnedModel:
    """All that was learned on one training set: it takes patients as they were measured.

    Attributes
    ----------
    transforms
        In the order in which they are applied.
    model
        Of the transformed features.
    """

    transforms: Sequence[FittedTransform]
    model: RiskModel

    def score(self, patients: Measurements, rows: Int[np.ndarray, "chosen"]) -> Float[np.ndarray, "chosen"]:
        """Log relative hazard of some of the patients."""
        return self.model.score(self.features(patients, rows))

    def survival(
        self, patients: Measurements, rows: Int[np.ndarray, "chosen"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "chosen time"]:
        """Their probability of being event-free at some times."""
        sites = patients.sites
        strata = None if sites is None else [sites[row] for row in rows]
        return self.model.survival(self.features(patients, rows), times, strata)

    def passed(self, patients: Measurements, rows: Int[np.ndarray, "chosen"]) -> Bool[np.ndarray, "chosen"]:
        """Whom a transform could not serve and let pass."""
        passed = np.zeros(len(rows), dtype=np.bool_)
        chosen = patients.take(rows) if self.transforms else patients
        for transform in self.transforms:
            passed |= transform.passed(chosen)
            chosen = transform.apply(chosen)
        return passed

    def refusals(self, patients: Measurements) -> list[str]:
        """Of each patient, why a transform cannot serve them, where its policy is to refuse; empty for all others."""
        said, rows = np.full(len(patients), "", dtype=object), np.arange(len(patients))
        chosen = patients
        for transform in self.transforms:
            reasons = transform.refusals(chosen)
            served = np.flatnonzero([not reason for reason in reasons])
            said[rows] = reasons
            rows, chosen = rows[served], chosen.take(served)
            if not len(rows):
                break
            chosen = transform.apply(chosen)
        return said.tolist()

    def features(self, patients: Measurements, rows: Int[np.ndarray, "chosen"]) -> Float[np.ndarray, "chosen feature"]:
        """What the model sees of some of the patients."""
        return apply_all(self.transforms, patients.take(rows)).values if self.transforms else patients.values[rows]


@dataclass(frozen=True)
class TrainedSet:
    """What came out of one training set.

    Attributes
    ----------
    transforms, reduction, fit
        What was learned, step by step.
    trials
        Of the search; empty without one.
    """

    transforms: Sequence[FittedTransform]
    reduction: Reduction
    fit: ModelFit
    trials: list[Trial] = field(default_factory=list)

    @property
    def learned(self) -> LearnedModel:
        """The whole of it, for predictions."""
        return LearnedModel(self.transforms, self.fit.model)
