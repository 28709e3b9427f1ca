"""Stage ``evaluate`` under ``validation=external``: a finished model, applied to these patients as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from radsurv.catalogue.record import AppliedModel, JudgedModel
from radsurv.catalogue.tables import COHORT, IMPORTANCE, STABILITY, TRIALS
from radsurv.cohort.covariates import encode_covariates, unknown_labels
from radsurv.cohort.table import require_patients
from radsurv.config import Config
from radsurv.features.readings import collect_readings
from radsurv.files import atomic, sha256
from radsurv.stages.analysis import further_readings, joined, rows_of
from radsurv.stages.evaluation_summary import summary
from radsurv.stages.follow_up import unlike_model
from radsurv.stages.model_file import read_model, ready_tables
from radsurv.stages.outcome_columns import plausibility_notes
from radsurv.stages.outcome_notes import competing_events
from radsurv.stages.qc import QcLog, counts_of, excluded_note, excluded_patients
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.stage_result import StageResult, of_finding
from radsurv.stages.stored_model import StoredModel, finished, recipe_of
from radsurv.validation.assess import assess
from radsurv.validation.distance_from_training import DistanceFromTraining
from radsurv.validation.finding import Finding, together
from radsurv.validation.finished_model import FinishedModel, apply_model
from radsurv.validation.patients import patients_of
from radsurv.validation.recalibration import recalibrated
from radsurv.validation.same_patients import known_patients
from radsurv.validation.search_importance import no_importance
from radsurv.validation.search_record import no_trials
from radsurv.validation.validation_options import External


def evaluate(config: Config, external: External, folder: RunFolder) -> StageResult:
    """Write what the stage writes under every scheme; ``model.json`` is a copy of the model that was applied."""
    stored = read_model(config, external)
    applied = finished(stored)
    cohort = folder.read(COHORT)
    simulated = made_up(cohort) or stored.simulated
    table, own = with_needed(config, folder, cohort, stored, applied)
    folder.write_csv(own.table(), folder.stage_qc("evaluate"))
    qc = folder.read_qc()
    rows = rows_of(cohort, table["patient_id"])
    require_patients(rows, config.cohort, excluded_patients(qc))

    measured = pd.DataFrame(applied.columns(table), columns=list(applied.inputs))
    measured.insert(0, "patient_id", table["patient_id"].to_numpy())
    patients = patients_of(measured, cohort)
    distance = DistanceFromTraining.of(applied, patients.ids, patients.measured)
    far = distance.finding(accept=external.accept_shift)
    for patient, reason in distance.out_of_range().items():
        own.add(patient, "warning", reason)
    folder.write_csv(own.table(), folder.stage_qc("evaluate"))
    predicted = apply_model(applied, patients)
    readings = collect_readings(table[["patient_id", *applied.needed]], further_readings(folder))
    judged = assess(
        patients.measured,
        predicted.predictions,
        predicted.judges,
        horizons=external.horizons,
        seed=config.seed,
        reference=applied.reference,
    )
    n_known, known = known_patients(
        patients.ids, table[applied.recognised_by].to_numpy(float), stored.training_ids, stored.training_rows
    )
    found = together(
        [
            Finding(
                notes=[
                    *known,
                    *_notes(config, stored, here=made_up(cohort)),
                    *unlike_model(rows, config.cohort.time_unit, applied.reference, stored.cohort),
                    *plausibility_notes(patients),
                ]
            ),
            Finding(
                {
                    STABILITY: readings.stability(),
                    TRIALS: no_trials(config.reduction),
                    IMPORTANCE: no_importance(),
                },
                notes=excluded_note(qc[qc["stage"] == "evaluate"]),
            ),
            far,
            predicted.finding,
            Finding(metrics={"external_known": n_known}),
            judged,
            recalibrated(
                external.recalibrate,
                patients,
                predicted.judges,
                predicted.predictions["risk"].to_numpy(np.float64),
                horizons=external.horizons,
                reference=applied.reference,
            ),
            Finding(metrics={**competing_events(rows), **counts_of(folder, simulated=simulated)}),
        ]
    )
    folder.write_finding(found, simulated=simulated)
    # Last, here as under every scheme: where there is a model, the stage has finished.
    with atomic(folder.model) as temporary:
        temporary.write_bytes(Path(str(external.model)).read_bytes())
    return of_finding(summary(found.metrics), found, _applied(external, stored))


def with_needed(
    config: Config, folder: RunFolder, cohort: pd.DataFrame, stored: StoredModel, applied: FinishedModel
) -> tuple[pd.DataFrame, QcLog]:
    """The patients who have every feature that the model needs, and what the others lack.

    Raises
    ------
    CohortError
        When a feature that is needed is no column of any table of the folder.
    """
    covariates = encode_covariates(cohort, config.cohort.covariates, stored.covariates)
    table = joined(folder, covariates)
    applied.columns(table)  # names a feature that is no column, before patients are blamed for it
    missing = table[applied.needed].isna()
    if applied.options.fills_in:
        missing = missing & missing.all(axis=1).to_numpy()[:, None]  # filled in, except for those who have none
    strange = unknown_labels(cohort, stored.covariates)
    qc = QcLog("evaluate")
    for patient, row in zip(table["patient_id"], missing.to_numpy(), strict=True):
        if row.any():
            first = missing.columns[row][0]
            why = f" ({strange[patient]})" if patient in strange and first in covariates else ""
            qc.add(
                patient, "excluded", f"{row.sum()} of {len(row)} features of the model are missing, first {first}{why}"
            )
    return table[~missing.any(axis=1)].reset_index(drop=True), qc


def _notes(config: Config, stored: StoredModel, *, here: bool) -> list[str]:
    """What a reader of the numbers must know of the model."""
    notes = [
        f"external validation: the model of the cohort {stored.cohort} ({stored.n_patients} patients, {stored.n_events}"
        " events) was applied as it is; nothing was learned from the patients judged here, and the options under"
        " reduction and model of this run play no part"
    ]
    return [*notes, *origin_notes(config, stored, here=here)]


def origin_notes(config: Config, stored: StoredModel, *, here: bool) -> list[str]:
    """Whether patients of the model, or those `here`, were made up, and whether anybody can tell how their features were made."""
    notes = []
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


def _applied(external: External, stored: StoredModel) -> AppliedModel:
    """For the report: which model it was, and how it was made."""
    path, made = Path(str(external.model)), recipe_of(stored)
    return AppliedModel(
        model=str(path),
        sha256=sha256(path),
        cohort=stored.cohort,
        n_patients=stored.n_patients,
        n_events=stored.n_events,
        simulated=stored.simulated,
        transforms=made.transforms.describe(),
        reduction=made.reduction.describe(),
        trained=made.model.describe(),
        characteristics=stored.characteristics,
        judged=None if stored.judged is None else JudgedModel.model_validate(stored.judged.model_dump()),
    )
