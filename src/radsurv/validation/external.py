"""A finished model on other patients: nothing is learned from them, neither features nor scale, λ, threshold or curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from radsurv.errors import CohortError
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import SurvivalModel
from radsurv.survival.outcome import Outcome
from radsurv.survival.risk_groups import group_names, is_short
from radsurv.survival.separation import mean_separation
from radsurv.validation.cross_validate import CrossValidation
from radsurv.validation.inner_draws import no_draws
from radsurv.validation.permutation import Analysis
from radsurv.validation.search import no_trials
from radsurv.validation.splits import Splits
from radsurv.validation.tables import judge

NULL_MODEL = "the model uses no feature (a null model): everybody has the risk 0 and counts as a long survivor"


@dataclass(frozen=True)
class FinishedModel:
    """A model and what is known of its training set.

    Attributes
    ----------
    stored
        As `radsurv.survival.model.SurvivalModel.to_dict` writes it.
    reference
        Kaplan-Meier curve of the training set.
    n_features, n_varying, n_concordant
        Features offered there, and those that survived the first step, and the first two, of the reduction.
    """

    stored: Mapping[str, Any]
    reference: SurvivalCurve
    n_features: int
    n_varying: int
    n_concordant: int

    @property
    def features(self) -> list[str]:
        """All that survived the reduction."""
        return list(self.stored["features"])

    @property
    def used(self) -> list[str]:
        """Features with a weight. The values of all others do not matter."""
        return [name for name, weight in zip(self.features, self.stored["coefficients"], strict=True) if weight != 0]

    def columns(self, table: pd.DataFrame) -> Float[np.ndarray, "patient kept"]:
        """The values of `features`; those without a weight, which other patients need not have, at their mean.

        Raises
        ------
        CohortError
            When a feature with a weight is no column of the table.
        """
        lacking = [name for name in self.used if name not in table]
        if lacking:
            raise CohortError(
                f"the feature table of this cohort lacks {len(lacking)} of {len(self.used)} features that the model uses, the"
                f" first is {lacking[0]}: compute or add them under the names of the model"
            )
        mean = np.tile(np.array(self.stored["mean"], dtype=np.float64), (len(table), 1))
        for position, name in enumerate(self.features):
            if self.stored["coefficients"][position] != 0:
                mean[:, position] = table[name]
        return mean


def apply_model(
    finished: FinishedModel, values: Float[np.ndarray, "patient kept"], patient_ids: list[str], outcome: Outcome
) -> CrossValidation:
    """Predict patients whom the model has not seen.

    Parameters
    ----------
    values
        As :meth:`FinishedModel.columns` gives them; complete.
    patient_ids, outcome
        Of these patients. The outcome is compared with the predictions and has no part in them.

    Returns
    -------
    CrossValidation
        With the model for its only fold.
    """
    model = SurvivalModel.from_dict(dict(finished.stored), finished.features)
    risk = model.score(values)
    predictions = pd.DataFrame(
        {
            "patient_id": patient_ids,
            "time": outcome.time,
            "event": outcome.event,
            "fold": 0,
            "risk": risk,
            "threshold": model.threshold,
            "group": group_names(is_short(risk, model.threshold)),
            "repeat": 0,
        }
    )
    selections = pd.DataFrame(
        {
            "fold": 0,
            "repeat": 0,
            "feature": np.array(finished.features, dtype=object),
            "strength": model.strength,
            "coefficient": model.coefficients,
        }
    )
    folds = pd.DataFrame(
        {
            "fold": [0],
            "repeat": [0],
            "n_tested": [len(outcome)],
            "n_varying": [finished.n_varying],
            "n_concordant": [finished.n_concordant],
            "n_kept": [len(finished.features)],
            "n_nonzero": [len(finished.used)],
            "penalty": [model.penalty],
            "threshold": [model.threshold],
        }
    )
    metrics, remarks = judge(predictions, folds, outcome, finished.n_features)
    notes = ([] if finished.used else [NULL_MODEL]) + remarks
    nobody, everybody = np.zeros((1, len(outcome)), dtype=np.int64), np.ones((1, len(outcome)), dtype=np.bool_)
    splits = Splits(nobody, everybody, repeat=np.zeros(1, dtype=np.int64), fold=np.zeros(1, dtype=np.int64))
    return CrossValidation(
        predictions, selections, folds, splits, [model], [finished.reference], metrics, notes, no_trials(), no_draws()
    )


def fixed_predictions(score: Float[np.ndarray, "patient"], short: Bool[np.ndarray, "patient"]) -> Analysis:
    """For a permutation test: predictions that hang on no outcome, so there is nothing to repeat but the comparison."""
    return lambda outcome, seed: mean_separation(outcome, score[None], short[None])
