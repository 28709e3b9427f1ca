"""Stage ``evaluate`` under ``validation=external``: a finished model, applied to these patients as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radsurv.cohort.covariates import encode_covariates, unknown_labels
from radsurv.cohort.table import require_patients
from radsurv.config import Config
from radsurv.features.readings import collect_readings
from radsurv.features.table import join
from radsurv.stages.evaluation_tables import chance, summary, write_judged, write_result
from radsurv.stages.model_file import StoredModel, read_model, ready_tables
from radsurv.stages.qc import QcLog, excluded_note, left_out, write_merged
from radsurv.stages.run_folder import RunFolder, atomic, sha256
from radsurv.stages.stage_result import StageResult
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.outcome import check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.validation.comparators import no_comparators
from radsurv.validation.external import FinishedModel, apply_model, fixed_predictions
from radsurv.validation.repeats import assess_repeats
from radsurv.validation.same_patients import known_patients

COMPARED = "the fixed predictions were compared"


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write what the stage writes under every scheme; ``model.json`` is a copy of the model that was applied."""
    stored = read_model(config)
    finished = _finished(stored)
    cohort = folder.read(folder.cohort)
    simulated = bool(cohort["simulated"].any()) or stored.simulated
    table = _complete(config, folder, cohort, stored, finished)
    merged = write_merged(folder)
    outcomes = cohort.set_index("patient_id").loc[table["patient_id"]]
    require_patients(outcomes, config.cohort, left_out(merged))

    ids, values = table["patient_id"].tolist(), finished.columns(table)
    outcome = check_outcome(outcomes["time"], outcomes["event"])
    result = apply_model(finished, values, ids, outcome)
    write_result(folder, result, simulated=simulated)
    with atomic(folder.model) as temporary:
        temporary.write_bytes(Path(str(config.validation.model)).read_bytes())
    readings = [folder.read(folder.radiomics_readings), folder.read(folder.deep_readings)]
    stability = collect_readings(table[["patient_id", *finished.used]], readings).stability()
    folder.write(stability, folder.stability, simulated=simulated)
    judged = assess_repeats(
        values, result.predictions, result.splits, result.models, result.references,
        horizons=config.validation.horizons, seed=config.seed,
    )  # fmt: skip
    write_judged(folder, judged, simulated=simulated)
    folder.write(no_comparators(), folder.comparators, simulated=simulated)  # nothing is trained here
    risk, short = result.predictions["risk"].to_numpy(), (result.predictions["group"] == SHORT).to_numpy()
    tested = chance(config, lambda: fixed_predictions(risk, short), result.predictions, repeated_part=COMPARED)
    folder.write(tested.permutations, folder.permutations, simulated=simulated)

    n_known, known = known_patients(
        ids, table[finished.used].to_numpy(float), stored.training_ids, stored.training_rows
    )
    counted = {"n_excluded": int((merged["status"] == "excluded").sum()), "simulated": int(simulated)}
    metrics = {**result.metrics, "external_known": n_known, **judged.metrics, **tested.metrics, **counted}
    folder.write_json(metrics, folder.metrics)
    notes = [
        *known,
        *_notes(config, stored, here=bool(cohort["simulated"].any())),
        *excluded_note(merged[merged["stage"] == "evaluate"]),
        *result.notes,
        *judged.notes,
        *tested.notes,
    ]
    return StageResult(summary(metrics), notes, {"reasons": judged.reasons, "external": _facts(config, stored)})


def _finished(stored: StoredModel) -> FinishedModel:
    curve = stored.kaplan_meier
    return FinishedModel(
        stored.model.model_dump(),
        SurvivalCurve(np.array(curve.event_times, dtype=np.float64), np.array(curve.survival, dtype=np.float64)),
        stored.n_features,
        stored.n_varying,
        stored.n_concordant,
    )


def _complete(
    config: Config, folder: RunFolder, cohort: pd.DataFrame, stored: StoredModel, finished: FinishedModel
) -> pd.DataFrame:
    """The patients who have every feature that the model uses; ``qc`` says what the others lack."""
    tables = [folder.read(path) for path in (folder.features, folder.radiomics, folder.deep)]
    covariates = encode_covariates(cohort, config.cohort.covariates, stored.covariates)
    table = join([covariates, *tables], cohort["patient_id"].tolist())
    finished.columns(table)  # names a feature that is no column, before patients are blamed for it
    missing = table[finished.used].isna()
    strange = unknown_labels(cohort, stored.covariates)
    qc = QcLog("evaluate")
    for patient, row in zip(table["patient_id"], missing.to_numpy(), strict=True):
        if row.any():
            first = missing.columns[row][0]
            why = f" ({strange[patient]})" if patient in strange and first in covariates else ""
            qc.add(
                patient, "excluded", f"{row.sum()} of {len(row)} features of the model are missing, first {first}{why}"
            )
    folder.write(qc.table(), folder.stage_qc("evaluate"))
    return table[~missing.any(axis=1)].reset_index(drop=True)


def _notes(config: Config, stored: StoredModel, *, here: bool) -> list[str]:
    """What a reader of the numbers must know of the model."""
    notes = [
        f"external validation: the model of the cohort {stored.cohort} ({stored.n_patients} patients, {stored.n_events}"
        " events) was applied as it is; nothing was learned from the patients judged here, and the options under"
        " reduction and model of this run play no part"
    ]
    if stored.simulated or here:
        whom = "the patients of the model and these patients are" if stored.simulated and here else (
            "the patients whom the model was trained on are" if stored.simulated else "these patients, not those of the model, are"
        )  # fmt: skip
        notes.append(f"SIMULATED: {whom} made up")
    if ready_tables(config, stored):
        notes.append(
            "features came as a ready table (cohort.features), here or for the model: that they were made in the same way"
            " cannot be checked, only that they have the same names"
        )
    return notes


def _facts(config: Config, stored: StoredModel) -> dict[str, Any]:
    """For the report: which model it was, and how it was made."""
    path = Path(str(config.validation.model))
    return {
        "model": str(path),
        "sha256": sha256(path),
        "cohort": stored.cohort,
        "n_patients": stored.n_patients,
        "n_events": stored.n_events,
        "simulated": stored.simulated,
        "options": {section: stored.config.get(section) for section in ("reduction", "model")},
    }
