"""The model of all patients, for use on others: one JSON file, no pickle."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import radsurv
from radsurv.cohort.covariates import covariate_classes
from radsurv.config import Config
from radsurv.options.file_paths import file_name, with_paths
from radsurv.stages.analysis import Analysis
from radsurv.stages.model_file import definitions_of, weights_of
from radsurv.stages.naming import told
from radsurv.stages.stored_model import FORMAT, StoredJudgement, StoredModel
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.transform import restrict_all
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.same_patients import hash_of_ids, hashes_of_features
from radsurv.validation.search_options import FlatSearch
from radsurv.validation.training import Training


def model_of_everybody(
    config: Config, analysis: Analysis, protocol: Protocol, resources: Resources
) -> tuple[StoredModel, LearnedModel]:
    """Fit the configured pipeline once on everybody: what ``model.json`` holds, and the model.

    No number of the report comes from it: its fit to its own patients says nothing about others.
    """
    from radsurv.report.characteristics import described  # loads what draws pictures, which no training needs

    patients = analysis.patients
    training = Training(patients, protocol, resources.store)
    trained = training.on_everybody()
    model, names = trained.fit.model, list(training.names)
    kept = tuple(names[position] for position in model.features)
    weighted = tuple(names[position] for position in model.features[model.coefficients != 0])
    transforms, inputs = restrict_all(trained.transforms, kept)
    where = {name: position for position, name in enumerate(patients.names)}
    used = [where[name] for name in restrict_all(trained.transforms, weighted)[1]]
    reference = survival_curve(patients.outcome)
    stored = StoredModel.model_validate(
        {
            "format": FORMAT,
            "radsurv": radsurv.__version__,
            "definitions": definitions_of(config),
            "cohort": config.cohort.name,
            "simulated": analysis.simulated,
            "n_patients": len(patients),
            "n_events": int(patients.outcome.event.sum()),
            "time_unit": config.cohort.time_unit,
            "characteristics": described(analysis.rows, config.cohort.covariates, config.cohort.time_unit),
            "training_table": _content_hash(patients),
            "training_ids": hash_of_ids(patients.ids),
            "training_rows": hashes_of_features(patients.measured.values[:, used]) if _measured(patients, used) else [],
            "config": _config_for_others(config),
            "precision": config.compute.precision,
            "weights": weights_of(config),
            "covariates": dict(covariate_classes(analysis.cohort, config.cohort.covariates)),
            "n_features": len(names),
            "n_varying": trained.reduction.n_varying,
            "n_concordant": len(trained.reduction.candidates),
            "transforms": [one.to_dict() for one in transforms],
            "inputs": list(inputs),
            "model": model.to_dict(names),
            "kaplan_meier": {
                "event_times": reference.event_times.tolist(),
                "survival": reference.survival.tolist(),
            },
        }
    )
    return stored, trained.learned


def judgement(
    patients: Patients, protocol: Protocol, whole: LearnedModel, metrics: Mapping[str, float]
) -> StoredJudgement:
    """What is known of the model's worth when it is stored, so that whoever applies it to others can see what was claimed.

    Parameters
    ----------
    whole
        The model of all patients.
    metrics
        Of the patients who were left out.
    """
    left_out = {name: _known(metrics.get(name)) for name in ("harrell_c", "harrell_c_low", "harrell_c_high")}
    apparent = _known(harrell_c(patients.outcome, whole.score(patients.measured, np.arange(len(patients)))))
    how = protocol.scheme.describe(None)
    if isinstance(protocol.search, FlatSearch):
        how += ", hyper-parameters tuned on all patients"
    return StoredJudgement(how=how, apparent_c=apparent, **left_out)


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _measured(patients: Patients, used: Sequence[int]) -> bool:
    """Whether any feature of the model was measured in an image: age, sex and site alone could be guessed from their hash."""
    return not patients.clinical[list(used)].all()


def _config_for_others(config: Config) -> dict[str, Any]:
    """Without what tells where files are on this machine, or names patients: this file is made to travel."""
    shown = told(config)
    shown = with_paths(shown.model_copy(update={"cohort": shown.cohort.without_ids()}), file_name)
    return shown.model_dump(mode="json", exclude={"compute", "tracking", "run_dir", "until", "published"})


def _content_hash(patients: Patients) -> str:
    """Hash of what the model was fitted on, so that a table can be recognised without being stored."""
    digest = hashlib.sha256("\n".join(["patient_id", *patients.names, *patients.ids]).encode())
    for array in (patients.measured.values, patients.outcome.time, patients.outcome.event):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
