"""Predictions and models of a cross-validation as tables and metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from radsurv.cohort.covariates import is_clinical
from radsurv.survival.group_metrics import evaluate
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import Outcome
from radsurv.survival.risk_groups import SHORT, group_names
from radsurv.validation.exchangeable import exchangeable, selected_groups
from radsurv.validation.left_out import LeftOutScores
from radsurv.validation.patients import Patients
from radsurv.validation.repeats import average, said_in_repeats
from radsurv.validation.selection_stability import selection_stability
from radsurv.validation.splits import Splits


def predictions_table(scores: LeftOutScores, patients: Patients) -> pd.DataFrame:
    """One row per patient and repeat: ``patient_id, time, event, fold, risk, threshold, group, repeat``."""
    n_repeats, n_patients = scores.risk.shape
    return pd.DataFrame(
        {
            "patient_id": list(patients.ids) * n_repeats,
            "time": np.tile(patients.outcome.time, n_repeats),
            "event": np.tile(patients.outcome.event, n_repeats),
            "fold": scores.fold.ravel(),
            "risk": scores.risk.ravel(),
            "threshold": scores.threshold.ravel(),
            "group": group_names(scores.short.ravel()),
            "repeat": np.repeat(np.arange(n_repeats), n_patients),
        }
    )


def selections_table(splits: Splits, models: Sequence[RiskModel], feature_names: Sequence[str]) -> pd.DataFrame:
    """One row per model and feature that survived the reduction: ``fold, repeat, feature, strength, coefficient``."""
    n_kept = _kept(models)
    return pd.DataFrame(
        {
            "fold": np.repeat(splits.fold, n_kept),
            "repeat": np.repeat(splits.repeat, n_kept),
            "feature": np.array(feature_names, dtype=object)[np.concatenate([model.features for model in models])],
            "strength": np.concatenate([model.strength for model in models]),
            "coefficient": np.concatenate([model.coefficients for model in models]),
        }
    )


def folds_table(
    splits: Splits, models: Sequence[RiskModel], n_varying: Sequence[int], n_concordant: Sequence[int]
) -> pd.DataFrame:
    """One row per model: ``fold, repeat, n_tested, n_varying, n_concordant, n_kept, n_nonzero, penalty, threshold``.

    Parameters
    ----------
    splits, models
        A model per training set.
    n_varying, n_concordant
        How many features survived the first steps of the reduction there.
    """
    return pd.DataFrame(
        {
            "fold": splits.fold,
            "repeat": splits.repeat,
            "n_tested": splits.tested.sum(axis=1),
            "n_varying": n_varying,
            "n_concordant": n_concordant,
            "n_kept": _kept(models),
            "n_nonzero": _nonzero(models),
            "penalty": [model.penalty for model in models],
            "threshold": [model.threshold for model in models],
        }
    )


def judge(
    predictions: pd.DataFrame, folds: pd.DataFrame, outcome: Outcome, n_features: int
) -> tuple[dict[str, float], list[str]]:
    """Metrics, averaged over repeats, and why some are missing.

    With several repeats, ``harrell_c_sd`` is the standard deviation of C over them.
    """
    repeats = [rows for _, rows in predictions.groupby("repeat")]
    judged = [evaluate(outcome, rows["risk"].to_numpy(), (rows["group"] == SHORT).to_numpy()) for rows in repeats]
    n_kept, n_nonzero = folds["n_kept"].to_numpy(), folds["n_nonzero"].to_numpy()
    metrics = {
        "n_patients": len(outcome),
        "n_events": int(outcome.event.sum()),
        "n_features": n_features,
        "n_folds": len(folds),
        "n_null_folds": int(np.count_nonzero(n_nonzero == 0)),
        **average([one.values for one in judged]),
        "median_selected": float(np.median(n_kept)),
        "median_nonzero": float(np.median(n_nonzero)),
    }
    if len(repeats) > 1:
        metrics["harrell_c_sd"] = float(np.std([one.values["harrell_c"] for one in judged], ddof=1))
    return metrics, said_in_repeats([one.reasons for one in judged])


def agreement_of(
    models: Sequence[RiskModel],
    names: Sequence[str],
    *,
    values: Float[np.ndarray, "patient feature"] | None,
    protects_clinical: bool,
    weighted: bool,
    drawn_apart: bool,
) -> dict[str, float]:
    """``selection_stability``, how far the models agree on which features they use; and where features of one group of
    `radsurv.validation.exchangeable` count as one, ``selection_stability_groups``.

    Parameters
    ----------
    models, names
        One per training set, and the features that each could use.
    values
        Of these features, of all patients; without groups where there are none that all training sets share, under transforms.
    protects_clinical
        Whether covariates are in every model whatever the data say, so that they are no agreement.
    weighted
        Whether features with a coefficient other than 0 are used, or all that survived the reduction.
    drawn_apart
        Whether the training sets are independent samples: then with ``selection_stability_low`` and ``_high``.
    """
    used = [model.features[model.coefficients != 0] if weighted else model.features for model in models]
    chosen = [place for place, name in enumerate(names) if not (protects_clinical and is_clinical(name))]
    columns = np.intersect1d(np.concatenate(used), chosen)
    selected = np.array([np.isin(columns, one) for one in used])
    found = selection_stability(selected, len(chosen))
    limits = {"selection_stability_low": found.low, "selection_stability_high": found.high}
    agreement = {"selection_stability": found.value, **(limits if drawn_apart else {})}
    if values is None or not len(columns):
        return agreement
    groups = selected_groups(selected, exchangeable(values[:, columns], selected))
    n_apart = len(chosen) - selected.shape[1] + groups.shape[1]  # what nobody selects stays as it is
    return agreement | {"selection_stability_groups": selection_stability(groups, n_apart).value}


def _kept(models: Sequence[RiskModel]) -> Int[np.ndarray, "model"]:
    return np.array([len(model.features) for model in models])


def _nonzero(models: Sequence[RiskModel]) -> Int[np.ndarray, "model"]:
    return np.array([np.count_nonzero(model.coefficients) for model in models])


def null_notes(folds: pd.DataFrame) -> list[str]:
    """How many models are null, and why."""
    n_kept, n_nonzero = folds["n_kept"].to_numpy(), folds["n_nonzero"].to_numpy()
    causes = {
        "no feature survived the reduction": int(np.count_nonzero(n_kept == 0)),
        "the chosen λ left every coefficient at zero": int(np.count_nonzero((n_kept > 0) & (n_nonzero == 0))),
    }
    return [
        f"in {times} of {len(n_kept)} folds {cause}: a null model (risk 0), by which everybody is a long survivor"
        for cause, times in causes.items()
        if times
    ]
