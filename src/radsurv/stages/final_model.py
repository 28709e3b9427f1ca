"""The model of all patients, for use on others: one JSON file, no pickle."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

import radsurv
from radsurv.config import Config
from radsurv.stages.run_folder import RunFolder
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.validation.inner_folds import folds_of_everybody
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
    store: Store | None = None,
) -> None:
    """Fit the configured pipeline once on everybody and write ``model.json``.

    No number of the report comes from it: its fit to its own patients says nothing about others.

    Parameters
    ----------
    table
        ``patient_id``, then the features; complete.
    inner_folds, eligible, store
        As `radsurv.validation.cross_validate.cross_validate` takes them.
    """
    names = [str(name) for name in table.columns[1:]]
    values = table.iloc[:, 1:].to_numpy(float)
    ids = table["patient_id"].tolist()
    folds = folds_of_everybody(outcome.event, ids, config.validation, config.seed, inner_folds)
    # All patients may be searched here, because nobody of them is predicted.
    search = config.search if config.search.name == "none" else config.search.model_copy(update={"name": "optuna"})
    strict = config.validation.inner == "strict"
    ranked = rank_table(values)
    task = Task(ranked, outcome, config.reduction, config.model, search, strict, config.seed, eligible, store)
    model = fit_fold(task, np.arange(len(outcome)), folds, (0, EVERYBODY)).fit.model
    stored: dict[str, Any] = {
        "radsurv": radsurv.__version__,
        "cohort": config.cohort.name,
        "simulated": simulated,
        "n_patients": len(outcome),
        "n_events": int(outcome.event.sum()),
        "time_unit": config.cohort.time_unit,
        "training_table": _content_hash(table, outcome),
        "config": config.model_dump(mode="json", exclude={"compute", "tracking", "run_dir", "until"}),
        "model": model.to_dict(names),
    }
    folder.write_json(stored, folder.model)


def _content_hash(table: pd.DataFrame, outcome: Outcome) -> str:
    """Hash of what the model was fitted on, so that a table can be recognised without being stored."""
    digest = hashlib.sha256("\n".join([*map(str, table.columns), *table["patient_id"]]).encode())
    for array in (table.iloc[:, 1:].to_numpy(float), outcome.time, outcome.event):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
