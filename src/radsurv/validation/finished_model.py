"""A finished model on other patients: nothing is learned from them, neither features nor scale, λ, threshold or curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.catalogue.tables import FOLDS, INNER_DRAWS, PREDICTIONS, SELECTIONS
from radsurv.errors import CohortError
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import RiskModel
from radsurv.survival.transform import FittedTransform, restrict_all
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.cross_validate import CrossValidation
from radsurv.validation.finding import Finding
from radsurv.validation.inner_draws import no_draws
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.left_out import LeftOutModels, baselines_taken, left_out_scores, passed_through
from radsurv.validation.patients import Patients
from radsurv.validation.prediction_tables import folds_table, judge, predictions_table, selections_table
from radsurv.validation.splits import Splits

NULL_MODEL = "the model uses no feature (a null model): everybody has the risk 0 and counts as a long survivor"


@dataclass(frozen=True)
class FinishedModel:
    """A model and what is known of its training set.

    Attributes
    ----------
    model
        Of `outputs`.
    outputs
        Names of the features that `transforms` make of `inputs`; the model's own are among them.
    options, transforms
        What happens to measured features before, as configured and as learned; restricted to the model's features.
    inputs
        Names of the measured features, which are the model's own where there is no transform.
    reference
        Kaplan-Meier curve of the training set.
    n_features, n_varying, n_concordant
        Features offered there, and those that survived the first steps of the reduction.
    """

    model: RiskModel
    outputs: tuple[str, ...]
    options: TransformsOptions
    transforms: Sequence[FittedTransform]
    inputs: tuple[str, ...]
    reference: SurvivalCurve
    n_features: int
    n_varying: int
    n_concordant: int

    @property
    def features(self) -> tuple[str, ...]:
        """All that survived the reduction, in the order of keeping."""
        return tuple(self.outputs[position] for position in self.model.features)

    @property
    def used(self) -> list[str]:
        """Features with a weight; of trees, all. The values of all others do not matter."""
        return [name for name, weight in zip(self.features, self.model.coefficients, strict=True) if weight != 0]

    @property
    def needed(self) -> list[str]:
        """Measured features that a patient must have."""
        return list(self.inputs) if self.transforms else self.used

    @property
    def recognised_by(self) -> list[str]:
        """Measured features behind those with a weight: a patient of the training set is recognised by them."""
        return list(restrict_all(self.transforms, tuple(self.used))[1])

    @property
    def learned(self) -> LearnedModel:
        """For predictions."""
        return LearnedModel(self.transforms, self.model)

    def columns(self, table: pd.DataFrame) -> Float[np.ndarray, "patient input"]:
        """The values of `inputs`; those that are not needed, which other patients need not have, at their mean.

        Raises
        ------
        CohortError
            When a feature that is needed is no column of the table.
        """
        lacking = [name for name in self.needed if name not in table]
        if lacking:
            raise CohortError(
                f"the feature table of this cohort lacks {len(lacking)} of {len(self.needed)} features that the model uses, the"
                f" first is {lacking[0]}: compute or add them under the names of the model"
            )
        if self.transforms:
            return table[list(self.inputs)].to_numpy(np.float64)
        values = np.tile(self.model.mean, (len(table), 1))
        for position, name in enumerate(self.features):
            if self.model.coefficients[position] != 0:
                values[:, position] = table[name]
        return values


def apply_model(finished: FinishedModel, patients: Patients) -> CrossValidation:
    """Predict patients whom the model has not seen.

    Parameters
    ----------
    patients
        With the features `FinishedModel.columns`; their outcome is compared with the predictions and has no part in them.

    Returns
    -------
    CrossValidation
        With the model for its only fold.
    """
    n_patients = len(patients)
    nobody, everybody = np.zeros((1, n_patients), dtype=np.int64), np.ones((1, n_patients), dtype=np.bool_)
    splits = Splits(nobody, everybody, repeat=np.zeros(1, dtype=np.int64), fold=np.zeros(1, dtype=np.int64))
    model = finished.model
    predictions = predictions_table(left_out_scores(splits, [(0, finished.learned)], patients.measured), patients)
    folds = folds_table(splits, [model], [finished.n_varying], [finished.n_concordant])
    judges = LeftOutModels(splits, [finished.learned])
    passed = passed_through(finished.options, judges, patients)
    metrics, remarks = judge(predictions, folds, patients.outcome, finished.n_features)
    tables = {
        PREDICTIONS: predictions,
        SELECTIONS: selections_table(splits, [model], finished.outputs),
        FOLDS: folds,
        INNER_DRAWS: no_draws(),
    }
    notes = [*([] if finished.used else [NULL_MODEL]), *passed.notes, *baselines_taken(judges, patients), *remarks]
    return CrossValidation(judges, Finding(tables, metrics | passed.metrics, {}, notes))
