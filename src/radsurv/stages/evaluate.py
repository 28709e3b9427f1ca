"""Stage ``evaluate``: one table, predictions of left-out patients, risk groups, metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.cohort.covariates import covariate_classes, encode_covariates
from radsurv.cohort.table import require_patients
from radsurv.config import Config
from radsurv.errors import CohortError, ConfigError
from radsurv.features.readings import Readings, collect_readings
from radsurv.features.table import CompleteTable, complete, join
from radsurv.stages import external
from radsurv.stages.comparisons import compare_with_simpler
from radsurv.stages.evaluation_tables import chance, summary, write_judged, write_result
from radsurv.stages.final_model import write_final_model
from radsurv.stages.progress import progress_bar
from radsurv.stages.qc import QcLog, excluded_note, left_out, write_merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.search_store import SearchStore, write_journal
from radsurv.stages.stage_result import StageResult
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.validation.beside import kfold_beside
from radsurv.validation.bootstrap_632 import bootstrap_632
from radsurv.validation.comparators import comparator_metrics
from radsurv.validation.cross_validate import CrossValidation, cross_validate
from radsurv.validation.permutation import Analysis
from radsurv.validation.pipeline import Pipeline
from radsurv.validation.repeats import assess_repeats
from radsurv.validation.significance import repeated
from radsurv.validation.splits import Eligible, make_splits


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write predictions, selections, folds, the agreement of readings, metrics with their tables, and ``qc.csv``."""
    if config.validation.scheme == "external":
        return external.run(config, folder)
    cohort = folder.read(folder.cohort)
    simulated = bool(cohort["simulated"].any())
    features = _feature_table(config, folder, cohort)
    qc = QcLog("evaluate")
    for patient, reason in features.incomplete_patients.items():
        qc.add(patient, "excluded", reason)
    folder.write(qc.table(), folder.stage_qc("evaluate"))
    merged = write_merged(folder)
    outcomes = cohort.set_index("patient_id").loc[features.table["patient_id"]]
    require_patients(outcomes, config.cohort, left_out(merged))

    table = features.table
    values = table.iloc[:, 1:].to_numpy(float)
    readings = collect_readings(table, [folder.read(folder.radiomics_readings), folder.read(folder.deep_readings)])
    sites = outcomes["site"].tolist() if "site" in outcomes else None
    outcome = check_outcome(outcomes["time"], outcomes["event"])
    eligible, inner_folds = _eligible(config, readings), _inner_folds(config)
    store = SearchStore(Path(config.compute.cache_dir) / "search")
    pipeline = partial(
        cross_validate,
        patient_ids=table["patient_id"].tolist(),
        time=outcome.time,
        event=outcome.event,
        reduction=config.reduction,
        model=config.model,
        seed=config.seed,
        sites=sites,
        eligible=eligible,
        search=config.search,
        store=store,
        n_jobs=config.compute.n_jobs,
    )
    cross_validated = partial(pipeline, values, [str(name) for name in table.columns[1:]])
    with progress_bar("evaluate", len(make_splits(outcome, config.validation, config.seed, sites))) as advance:
        result = cross_validated(
            validation=config.validation,
            inner_folds=inner_folds,
            progress=lambda done, total: advance(),
        )
    write_result(folder, result, simulated=simulated)
    if config.search.storage and len(result.trials):
        write_journal(result.trials, config.search, folder.study)
    whole = write_final_model(
        config,
        folder,
        table,
        outcome,
        simulated=simulated,
        inner_folds=inner_folds,
        eligible=eligible,
        classes=covariate_classes(cohort, config.cohort.covariates),
        store=store,
    )
    beside, reasons, remarks = _beside(config, cross_validated, result, values, outcome, whole)
    folder.write(readings.stability(), folder.stability, simulated=simulated)
    judged = assess_repeats(
        values, result.predictions, result.splits, result.models, result.references,
        horizons=config.validation.horizons, seed=config.seed,
    )  # fmt: skip
    write_judged(folder, judged, simulated=simulated)
    compared = compare_with_simpler(
        config,
        folder,
        outcomes.reset_index(),
        table,
        result,
        partial(pipeline, validation=config.validation, inner_folds=inner_folds),
    )
    folder.write(compared, folder.comparators, simulated=simulated)
    plain = partial(Pipeline, values, sites=sites, eligible=eligible)
    tested = chance(config, lambda: _analysis(config, plain, cross_validated), result.predictions)
    folder.write(tested.permutations, folder.permutations, simulated=simulated)
    n_excluded = int((merged["status"] == "excluded").sum())
    counted = {"n_excluded": n_excluded, "simulated": int(simulated)}
    metrics = {
        **result.metrics, **beside, **judged.metrics, **tested.metrics, **comparator_metrics(compared), **counted
    }  # fmt: skip
    folder.write_json(metrics, folder.metrics)
    notes = [
        *_missing_notes(features),
        *excluded_note(qc.table()),
        *result.notes,
        *remarks,
        *judged.notes,
        *tested.notes,
    ]
    return StageResult(summary(metrics), notes, {"reasons": {**judged.reasons, **reasons}})


def _feature_table(config: Config, folder: RunFolder, cohort: pd.DataFrame) -> CompleteTable:
    tables = [folder.read(path) for path in (folder.features, folder.radiomics, folder.deep)]
    covariates = encode_covariates(cohort, config.cohort.covariates)
    return complete(join([covariates, *tables], cohort["patient_id"].tolist()), config.reduction.max_missing)


def _eligible(config: Config, readings: Readings) -> Eligible | None:
    """The filter of `reduction.icc`, for the validation to ask about each of its training sets."""
    if config.reduction.icc is None:
        return None
    if readings.n_patients < config.cohort.min_patients:
        raise CohortError(
            f"reduction.icc: only {readings.n_patients} of {readings.values.shape[1]} patients have a second reading;"
            f" expected at least {config.cohort.min_patients} (cohort.min_patients): the warnings in qc.csv say why"
        )
    return partial(readings.eligible, threshold=config.reduction.icc)


def _beside(
    config: Config,
    cross_validated: Callable[..., CrossValidation],
    result: CrossValidation,
    values: Float[np.ndarray, "patient feature"],
    outcome: Outcome,
    whole: RiskModel,
) -> tuple[dict[str, float], dict[str, str], list[str]]:
    """What a scheme has beside its left-out predictions: metrics, reasons for those that are NaN, remarks."""
    scheme = config.validation.scheme
    if scheme == "bootstrap":
        weighed = bootstrap_632(result.splits, result.models, values, outcome, whole)
        return weighed.values, {}, weighed.notes
    if scheme == "loocv" and config.validation.beside:
        return *kfold_beside(config.validation, lambda other: cross_validated(validation=other)), []
    return {}, {}, []


def _analysis(
    config: Config, pipeline: Callable[..., Pipeline], cross_validated: Callable[..., CrossValidation]
) -> Analysis:
    """What a permutation test repeats."""

    def searched(outcome: Outcome, seed: int) -> pd.DataFrame:
        asked = {"validation": config.validation, "search": config.search, "store": None, "n_jobs": 1}
        return cross_validated(time=outcome.time, event=outcome.event, seed=seed, **asked).predictions

    plain = config.search.name == "none" and config.validation.inner == "paper"
    return pipeline(config.reduction, config.model, config.validation) if plain else repeated(searched)


def _inner_folds(config: Config) -> pd.DataFrame | None:
    """The given inner folds, read as text: the validation knows what has to be in it."""
    path = config.validation.inner_folds
    if path is None:
        return None
    if not Path(path).is_file():
        raise ConfigError(
            f"validation.inner_folds: {path} is not there; expected a CSV (patient_id, all, one column per id)"
        )
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _missing_notes(features: CompleteTable) -> list[str]:
    dropped = features.dropped_features
    if not dropped:
        return []
    return [
        f"{len(dropped)} features could not be computed for too many patients and were left out, for instance {dropped[0]}"
    ]
