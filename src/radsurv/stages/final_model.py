"""The model of all patients, for use on others: one JSON file, no pickle."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

import radsurv
from radsurv.cohort.covariates import Classes
from radsurv.config import Config
from radsurv.stages.model_file import weights_of
from radsurv.stages.run_folder import RunFolder
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.validation.feature_groups import feature_groups
from radsurv.validation.inner_folds import folds_of_everybody
from radsurv.validation.same_patients import hash_of_ids, hashes_of_features
from radsurv.validation.search import EVERYBODY, Store, Task, fit_fold
from radsurv.validation.splits import Eligible


def write_final_model(
    config: Config,
    folder: RunFolder,
    table: pd.DataFrame,
    outcome: Outcome,
    *,
    simulated: bool,
    inner_folds: pd.DataFrame | None,
    eligible: Eligible | None,
    classes: Classes,
    store: Store | None = None,
) -> RiskModel:
    """Fit the configured pipeline once on everybody and write ``model.json``.

    No number of the report comes from it: its fit to its own patients says nothing about others.

    Parameters
    ----------
    table
        ``patient_id``, then the features; complete.
    inner_folds, eligible, store
        As `radsurv.validation.cross_validate.cross_validate` takes them.
    classes
        The encoding of the covariates in `table`.
    """
    names = [str(name) for name in table.columns[1:]]
    values = table.iloc[:, 1:].to_numpy(float)
    ids = table["patient_id"].tolist()
    folds = folds_of_everybody(outcome.event, ids, config.validation, config.seed, inner_folds)
    # All patients may be searched here, because nobody of them is predicted.
    search = config.search if config.search.name == "none" else config.search.model_copy(update={"name": "optuna"})
    strict = config.validation.inner == "strict"
    ranked = rank_table(values)
    groups = feature_groups(search.features, names)
    task = Task(ranked, outcome, config.reduction, config.model, search, strict, config.seed, eligible, store, groups)
    found = fit_fold(task, np.arange(len(outcome)), folds, (0, EVERYBODY))
    model = found.fit.model
    reference = survival_curve(outcome)
    stored: dict[str, Any] = {
        "radsurv": radsurv.__version__,
        "cohort": config.cohort.name,
        "simulated": simulated,
        "n_patients": len(outcome),
        "n_events": int(outcome.event.sum()),
        "time_unit": config.cohort.time_unit,
        "training_table": _content_hash(table, outcome),
        "training_ids": hash_of_ids(table["patient_id"].tolist()),
        "training_rows": hashes_of_features(values[:, model.features[model.coefficients != 0]]),
        "config": config.model_dump(mode="json", exclude={"compute", "tracking", "run_dir", "until"}),
        "precision": config.compute.precision,
        "weights": weights_of(config),
        "covariates": dict(classes),
        "n_features": len(names),
        "n_varying": found.reduction.n_varying,
        "n_concordant": len(found.reduction.candidates),
        "model": model.to_dict(names),
        "kaplan_meier": {
            "event_times": reference.event_times.tolist(),
            "survival": reference.survival.tolist(),
        },
    }
    folder.write_json(stored, folder.model)
    return model


def _content_hash(table: pd.DataFrame, outcome: Outcome) -> str:
    """Hash of what the model was fitted on, so that a table can be recognised without being stored."""
    digest = hashlib.sha256("\n".join([*map(str, table.columns), *table["patient_id"]]).encode())
    for array in (table.iloc[:, 1:].to_numpy(float), outcome.time, outcome.event):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
