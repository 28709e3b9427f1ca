"""Stage ``compare``: the experiment held against simpler models, shortcuts, k-fold cross-validation, fewer patients and others."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radsurv.catalogue.tables import COMPARATORS, DEEP, EXPERIMENT, OUTLINES, PREDICTIONS
from radsurv.cohort.covariates import covariate_classes, encode_covariates
from radsurv.config import Config
from radsurv.features.readings import collect_readings
from radsurv.stages.analysis import (
    Analysis,
    further_readings,
    imputes,
    load_analysis,
    protocol_of,
    resources_of,
    result_store,
)
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import of_evaluation
from radsurv.stages.stage_result import StageResult, of_finding, result
from radsurv.validation.comparator_choice import OUTLINE_VOLUME, WITH_COVARIATES, choose_comparators
from radsurv.validation.comparators import Inference, compare, no_comparison
from radsurv.validation.finding import Finding, together
from radsurv.validation.finished_evaluations import Judged
from radsurv.validation.instability import instability, no_instability
from radsurv.validation.kfold_check import kfold_check
from radsurv.validation.learning_curve import learning_curve, no_learning_curve
from radsurv.validation.patients import Patients, patients_of
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.shortcuts import no_shortcuts, shortcuts
from radsurv.validation.validation_options import External

USUAL_COVARIATES = ("age", "sex")


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``comparators.parquet``, ``shortcuts.parquet``, ``learning_curve.parquet``, ``instability.parquet``, and their metrics."""
    if isinstance(config.validation, External):  # nothing is trained here
        folder.write_finding(
            together([no_comparison(), no_shortcuts(), no_learning_curve(), no_instability()]),
            simulated=of_evaluation(folder),
        )
        return result("skipped: a finished model was applied, nothing was trained")
    analysis = load_analysis(config, folder)
    protocol, store = protocol_of(config, config.validation), result_store(config)
    resources = resources_of(config, store)
    experiment = Judged(folder.read(PREDICTIONS), folder.read_metrics("evaluate"))
    asked, found = config.comparison, []
    if asked.kfold:
        found.append(kfold_check(analysis.patients, protocol, resources))
    found.append(
        _simpler(config, folder, analysis, experiment, protocol, resources) if asked.models else no_comparison()
    )
    found.append(shortcuts(experiment, analysis.patients, protocol, resources) if asked.shortcuts else no_shortcuts())
    found.append(
        learning_curve(analysis.patients, protocol, resources, asked.learning_curve)
        if asked.learning_curve
        else no_learning_curve()
    )
    found.append(
        instability(analysis.patients, protocol, resources, asked.instability)
        if asked.instability
        else no_instability()
    )
    finding = together(found)
    folder.write_finding(finding, simulated=of_evaluation(folder))
    return of_finding(_summary(finding), finding, cache=store.use)


def _simpler(
    config: Config,
    folder: RunFolder,
    analysis: Analysis,
    experiment: Judged,
    protocol: Protocol,
    resources: Resources,
) -> Finding:
    clinical, missing, without = _clinical(config, analysis)
    volumes = folder.read(OUTLINES).rename(columns={"volume_mm3": OUTLINE_VOLUME})
    everybody = _with_beside(folder, analysis, [clinical, *([volumes] if len(volumes) else [])])
    kinds = _kinds(folder, everybody, clinical)
    comparators, reasons = choose_comparators(config.comparison.models, kinds, analysis.patients.names)
    if missing:
        reasons |= {name: missing for name in WITH_COVARIATES if name in reasons}
    asked = Inference(analysis.patients, config.comparison)
    compared = compare(experiment, everybody, protocol, comparators, reasons, resources, asked)
    return together([Finding(notes=[f"simpler models do without {without}"]), compared]) if without else compared


def _clinical(config: Config, analysis: Analysis) -> tuple[pd.DataFrame, str, str]:
    """Age, sex and the covariates of the configuration, as features; or none of them, and the reason; and what is left out because some
    patients lack it."""
    rows = analysis.rows
    asked = dict.fromkeys([*(name for name in USUAL_COVARIATES if name in rows), *config.cohort.covariates])
    named = [name for name in asked if rows[name].notna().any()]
    # As the experiment encodes them, by the whole cohort: among fewer patients another label can be the most frequent.
    classes = covariate_classes(analysis.cohort, named)
    clinical = encode_covariates(rows, named, classes)
    lacking = {name: int(clinical[name].isna().sum()) for name in clinical.columns[1:] if clinical[name].isna().any()}
    if not lacking or imputes(config):
        return clinical, "", ""
    counted = ", ".join(f"{name} for {count}" for name, count in lacking.items())
    if config.cohort.covariates:  # of these nobody lacks any who is analysed
        # Age and sex, where only these are lacking, are no reason to compare with nothing.
        own = encode_covariates(rows, config.cohort.covariates, classes)
        others = set(clinical.columns) - set(own.columns)
        return own, "", f"{', '.join(sorted(others))}: missing {counted} of {len(rows)} patients"
    return clinical[["patient_id"]], f"covariates are missing: {counted} of {len(rows)} patients", ""


def _with_beside(folder: RunFolder, analysis: Analysis, beside: Sequence[pd.DataFrame]) -> Patients:
    """The patients with what comparators need beside the features of the experiment, which may hold some of it already."""
    table = analysis.features.table
    for further in beside:
        own = table.drop(columns=[name for name in further if name in table and name != "patient_id"])
        table = own.merge(further, on="patient_id", validate="one_to_one")
    return patients_of(table, analysis.cohort, collect_readings(table, further_readings(folder)))


def _kinds(folder: RunFolder, everybody: Patients, clinical: pd.DataFrame) -> dict[str, str]:
    """What each feature is; ready features count as radiomics."""
    known = dict.fromkeys(folder.read(DEEP).columns, "deep") | dict.fromkeys(clinical.columns, "clinical")
    known[OUTLINE_VOLUME] = "volume"
    return {name: known.get(name, "radiomics") for name in everybody.names}


def _summary(finding: Finding) -> str:
    table = finding.tables[COMPARATORS]
    known = table[(table["reason"] == "") & (table["comparator"] != EXPERIMENT)]
    models = ", ".join(f"{row.comparator} {row.harrell_c:.3f}" for row in known.itertuples())
    kfold = finding.metrics.get("kfold_harrell_c")
    parts = [f"5 x 5-fold C {kfold:.3f}"] if kfold is not None else []
    parts += [f"C of simpler models: {models}"] if models else []
    rise, mape = (finding.metrics.get(name) for name in ("learning_curve_rise", "instability_mape"))
    parts += [f"C {rise:+.3f} from 70 % to all training patients"] if rise is not None else []
    parts += [f"predictions change by {mape:.3f} from sample to sample"] if mape is not None else []
    return "; ".join(parts) or "nothing to compare"
