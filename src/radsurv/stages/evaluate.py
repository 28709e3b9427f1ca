"""Stage ``evaluate``: predictions of patients whom the models have not seen, risk groups, and how good they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from radsurv.catalogue.tables import IMPORTANCE, STABILITY, TRIALS
from radsurv.cohort.table import require_patients
from radsurv.config import Config
from radsurv.features.feature_table import CompleteTable
from radsurv.formats import plural
from radsurv.stages import external
from radsurv.stages.analysis import load_analysis, protocol_of, resources_of, result_store
from radsurv.stages.evaluation_summary import summary
from radsurv.stages.final_model import judgement, model_of_everybody
from radsurv.stages.outcome_columns import plausibility_notes
from radsurv.stages.outcome_notes import competing_events
from radsurv.stages.qc import QcLog, counts_of, excluded_note, excluded_patients
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult, of_finding
from radsurv.stages.stored_model import sealed
from radsurv.stages.studies import Studies, StudyDatabase, write_journal
from radsurv.stages.terminal import progress_bar
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.distance_from_training import no_distance
from radsurv.validation.finding import Finding, together
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.search_importance import importance_table
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.search_space import searched
from radsurv.validation.validation_options import External


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write predictions and what they were made by, their metrics, and the model of all patients."""
    if isinstance(config.validation, External):
        return external.evaluate(config, config.validation, folder)
    database = _database(config)
    analysis = load_analysis(config, folder)
    qc = _incomplete(analysis.features)
    folder.write_csv(qc.table(), folder.stage_qc("evaluate"))
    require_patients(analysis.rows, config.cohort, excluded_patients(folder.read_qc()))

    patients, simulated = analysis.patients, analysis.simulated
    protocol, store = protocol_of(config, config.validation), result_store(config)
    resources = resources_of(config, store)
    predicted = cross_validate(patients, protocol, resources)
    stored, whole = model_of_everybody(config, analysis, protocol, resources)
    judged = assess(
        patients.measured, predicted.predictions, predicted.judges, horizons=protocol.scheme.horizons, seed=config.seed
    )
    found = together(
        [
            Finding(notes=[*plausibility_notes(patients), *_dropped(analysis.features), *excluded_note(qc.table())]),
            predicted.finding,
            Finding({IMPORTANCE: importance_table(predicted.finding.tables[TRIALS], protocol)}),
            Finding({STABILITY: patients.readings.stability()} if patients.readings else {}),
            protocol.scheme.own_finding(predicted.judges, patients, whole),
            no_distance(),
            *_diagnosed(patients, protocol),
            judged,
            Finding(metrics={**competing_events(analysis.rows), **counts_of(folder, simulated=simulated)}),
        ]
    )
    folder.write_finding(found, simulated=simulated)
    kept = _keep_studies(config, folder, found.tables[TRIALS], database)
    # Last: where there is a model, the stage has finished.
    stored = stored.model_copy(update={"judged": judgement(patients, protocol, whole, found.metrics)})
    folder.write_json(sealed(stored.model_dump(mode="json")), folder.model)
    told = of_finding(summary(found.metrics), found, cache=store.use)
    return replace(told, run_notes=[*told.run_notes, *kept])


def _database(config: Config) -> StudyDatabase | None:
    """Where studies go, opened before hours of work: a wrong address is told at once."""
    asked = isinstance(config.search, SearchOptions) and config.search.storage == "database"
    return StudyDatabase() if asked else None


def _keep_studies(config: Config, folder: RunFolder, trials: pd.DataFrame, database: StudyDatabase | None) -> list[str]:
    """The searches as Optuna studies, where they were asked for, and what is to be said of them."""
    if not isinstance(config.search, SearchOptions) or not config.search.storage or trials.empty:
        return []
    studies = Studies(trials, config.search, searched(config.search, config.reduction, config.model))
    if database is not None:
        return [database.write(studies, config.cohort.name, progress_bar)]
    write_journal(studies, folder.study)
    return []


def _incomplete(features: CompleteTable) -> QcLog:
    qc = QcLog("evaluate")
    for patient, reason in features.incomplete_patients.items():
        qc.add(patient, "excluded", reason)
    return qc


def _diagnosed(patients: Patients, protocol: Protocol) -> Iterator[Finding]:
    """What each transform does to the features that those before it make."""
    taken = protocol.transforms.taken()
    for place, transform in enumerate(taken):
        found = transform.diagnose(patients.measured, taken[:place], protocol.seed)
        yield Finding(metrics=found.metrics, reasons=found.reasons, notes=found.notes)


def _dropped(features: CompleteTable) -> list[str]:
    dropped = features.dropped_features
    if not dropped:
        return []
    return [
        f"{plural(len(dropped), 'feature')} could not be computed for too many patients, and left out: {dropped[0]}"
        + (", …" if len(dropped) > 1 else "")
    ]
