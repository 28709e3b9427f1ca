"""Stage ``significance``: the permutation test."""

from __future__ import annotations

import pandas as pd

from radsurv.catalogue.tables import COHORT, PREDICTIONS
from radsurv.config import Config
from radsurv.options.run import NaivePOnly
from radsurv.stages.analysis import load_analysis, protocol_of, resources_of, result_store
from radsurv.stages.evaluation_summary import shown
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import of_evaluation
from radsurv.stages.stage_result import StageResult, of_finding, result
from radsurv.validation.experiment_hash import experiment_hash
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
    else:
        patients, protocol = load_analysis(config, folder).patients, protocol_of(config, config.validation)
        analysis, part, key = of_pipeline(patients, protocol), PIPELINE, experiment_hash(patients, protocol)
    store = result_store(config)
    found = significance(
        analysis,
        predictions,
        config.significance,
        seed=config.seed,
        resources=resources_of(config, store),
        repeated_part=part,
        sites=_sites(folder, predictions),
        key=key,
    )
    folder.write_finding(found, simulated=simulated)
    said = f"permutation P {shown(found.metrics, 'permutation_p', '.2g')}"
    return of_finding(said, found, cache=store.use)


def _sites(folder: RunFolder, predictions: pd.DataFrame) -> list[object] | None:
    """Of the patients in the order of the predictions, where the cohort table has them."""
    cohort = folder.read(COHORT)
    if "site" not in cohort:
        return None
    patients = predictions.loc[predictions["repeat"] == 0, "patient_id"]
    return list(cohort.set_index("patient_id")["site"].loc[patients])
