"""Stage ``significance``: the permutation test, and limits from refits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from radsurv.catalogue.tables import COHORT, PREDICTIONS
from radsurv.config import Config
from radsurv.formats import plural
from radsurv.options.run import NaivePOnly, Permutations
from radsurv.stages.analysis import load_analysis, protocol_of, resources_of, result_store
from radsurv.stages.evaluation_summary import shown
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import of_evaluation
from radsurv.stages.stage_result import StageResult, of_finding, result
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import Finding, together
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.refitted_limits import refitted_limits
from radsurv.validation.shuffled_outcomes import of_fixed_predictions, of_pipeline, significance, untested
from radsurv.validation.validation_options import External

PIPELINE, COMPARISON = "the whole pipeline was repeated", "the fixed predictions were compared"


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``permutations.parquet``, the P values, and limits from refits where these are asked for."""
    simulated, options = of_evaluation(folder), config.significance
    if isinstance(options, NaivePOnly) and not options.refits:
        folder.write_finding(untested(), simulated=simulated)
        return result("skipped: significance=naive")
    predictions, store = folder.read(PREDICTIONS), result_store(config)
    resources, learned = resources_of(config, store), _learned(config, folder)
    if isinstance(options, NaivePOnly):
        found, said = untested(), "no permutation test"
    else:
        found = _shuffled(options, config.seed, folder, predictions, learned, resources)
        said = f"permutation P {shown(found.metrics, 'permutation_p', '.2g')}{_said_of_images(found.metrics)}"
    if learned is not None and options.refits:
        limits = _refitted(folder, learned, found.metrics, options.refits, resources)
        found = together([found, limits])
        said += f"; {plural(options.refits, 'refit')}: C {shown(limits.metrics, 'harrell_c_refit_low', '.3f')} to"
        said += f" {shown(limits.metrics, 'harrell_c_refit_high', '.3f')}"
    folder.write_finding(found, simulated=simulated)
    return of_finding(said, found, cache=store.use)


@dataclass(frozen=True)
class _Learned:
    """What was trained here, and so can be trained again.

    Attributes
    ----------
    patients, protocol
    images_beside
        Whether covariates are a block of their own, images stand beside it, and what these add is asked for.
    """

    patients: Patients
    protocol: Protocol
    images_beside: bool


def _learned(config: Config, folder: RunFolder) -> _Learned | None:
    """None where a finished model was applied."""
    if isinstance(config.validation, External):
        return None
    patients, protocol = load_analysis(config, folder).patients, protocol_of(config, config.validation)
    options = config.significance
    asked = isinstance(options, Permutations) and options.added_value and bool(config.cohort.covariates)
    if asked:
        # Imported here because it judges predictions, which shuffled outcomes alone need not.
        from radsurv.validation.added_value import has_added_value

        asked = has_added_value(patients, protocol)
    return _Learned(patients, protocol, asked)


def _shuffled(
    options: Permutations,
    seed: int,
    folder: RunFolder,
    predictions: pd.DataFrame,
    learned: _Learned | None,
    resources: Resources,
) -> Finding:
    """The permutation test, and that of images."""
    if learned is None:
        analysis, part, key = of_fixed_predictions(predictions), COMPARISON, None
    else:
        patients, protocol = learned.patients, learned.protocol
        analysis, part, key = of_pipeline(patients, protocol), PIPELINE, experiment_hash(patients, protocol)
    found = significance(
        analysis, predictions, options, seed=seed, resources=resources, repeated_part=part,
        sites=_sites(folder, predictions),
        # What is repeated has a baseline hazard for each site; fixed predictions have none.
        stratified=learned is not None and learned.protocol.model.strata is not None, key=key,
    )  # fmt: skip
    if learned is None or not learned.images_beside:
        return found
    from radsurv.validation.added_value import added_value

    measured = folder.read_metrics("evaluate")
    return together([found, added_value(patients, protocol, predictions, measured, options, resources)])


def _refitted(
    folder: RunFolder, learned: _Learned, found: Mapping[str, float], refits: int, resources: Resources
) -> Finding:
    """Limits from refits, also of what images add where that was found."""
    beside = None
    if "added_value_delta_c" in found:
        from radsurv.validation.added_value import without_images

        beside = without_images(learned.patients, learned.protocol)
    metrics = {**folder.read_metrics("evaluate"), **found}
    return refitted_limits(learned.patients, learned.protocol, metrics, refits, resources, beside)


def _said_of_images(metrics: dict[str, float]) -> str:
    if "added_value_p" not in metrics:
        return ""
    return f"; images add {metrics['added_value_delta_c']:+.3f} to C, P {shown(metrics, 'added_value_p', '.2g')}"


def _sites(folder: RunFolder, predictions: pd.DataFrame) -> list[object] | None:
    """Of the patients in the order of the predictions, where the cohort table has them."""
    cohort = folder.read(COHORT)
    if "site" not in cohort:
        return None
    patients = predictions.loc[predictions["repeat"] == 0, "patient_id"]
    return list(cohort.set_index("patient_id")["site"].loc[patients])
