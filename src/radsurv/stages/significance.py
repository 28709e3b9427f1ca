"""Stage ``significance``: the permutation test."""

from __future__ import annotations

import pandas as pd

from radsurv.catalogue.tables import COHORT, PREDICTIONS
from radsurv.config import Config
from radsurv.options.run import NaivePOnly, Permutations
from radsurv.stages.analysis import load_analysis, protocol_of, resources_of, result_store
from radsurv.stages.evaluation_summary import shown
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import of_evaluation
from radsurv.stages.stage_result import StageResult, of_finding, result
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import together
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.shuffled_outcomes import of_fixed_predictions, of_pipeline, significance, untested
from radsurv.validation.validation_options import External

PIPELINE, COMPARISON = "the whole pipeline was repeated", "the fixed predictions were compared"


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``permutations.parquet`` and the P values."""
    simulated = of_evaluation(folder)
    if isinstance(config.significance, NaivePOnly):
        folder.write_finding(untested(), simulated=simulated)
        return result("skipped: significance=naive")
    predictions = folder.read(PREDICTIONS)
    if isinstance(config.validation, External):
        analysis, part, key = of_fixed_predictions(predictions), COMPARISON, None
        added = None
    else:
        patients, protocol = load_analysis(config, folder).patients, protocol_of(config, config.validation)
        analysis, part, key = of_pipeline(patients, protocol), PIPELINE, experiment_hash(patients, protocol)
        added = _with_added_value(config, patients, protocol)
    store = result_store(config)
    resources = resources_of(config, store)
    found = significance(
        analysis,
        predictions,
        config.significance,
        seed=config.seed,
        resources=resources,
        repeated_part=part,
        sites=_sites(folder, predictions),
        stratified=_stratified(config),
        key=key,
    )
    said = f"permutation P {shown(found.metrics, 'permutation_p', '.2g')}"
    if added is not None:
        measured = folder.read_metrics("evaluate")
        # Imported here because it judges predictions, which shuffled outcomes alone need not.
        from radsurv.validation.added_value import added_value

        found = together([found, added_value(*added, predictions, measured, config.significance, resources)])
        said += _said_of_images(found.metrics)
    folder.write_finding(found, simulated=simulated)
    return of_finding(said, found, cache=store.use)


def _with_added_value(config: Config, patients: Patients, protocol: Protocol) -> tuple[Patients, Protocol] | None:
    """Patients and protocol where covariates are a block of their own and images stand beside it; None elsewhere."""
    if not (
        isinstance(config.significance, Permutations) and config.significance.added_value and config.cohort.covariates
    ):
        return None
    from radsurv.validation.added_value import has_added_value

    return (patients, protocol) if has_added_value(patients, protocol) else None


def _said_of_images(metrics: dict[str, float]) -> str:
    if "added_value_p" not in metrics:
        return ""
    return f"; images add {metrics['added_value_delta_c']:+.3f} to C, P {shown(metrics, 'added_value_p', '.2g')}"


def _stratified(config: Config) -> bool:
    """Whether what is repeated has a baseline hazard for each site; fixed predictions have none."""
    return config.model.strata is not None and not isinstance(config.validation, External)


def _sites(folder: RunFolder, predictions: pd.DataFrame) -> list[object] | None:
    """Of the patients in the order of the predictions, where the cohort table has them."""
    cohort = folder.read(COHORT)
    if "site" not in cohort:
        return None
    patients = predictions.loc[predictions["repeat"] == 0, "patient_id"]
    return list(cohort.set_index("patient_id")["site"].loc[patients])
