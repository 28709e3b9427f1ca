"""Stage ``compare``: the experiment held against simpler models, and its C against that of k-fold cross-validation."""

from __future__ import annotations

from radsurv.catalogue.record import StageRecord
from radsurv.catalogue.tables import COMPARATORS, DEEP, PREDICTIONS
from radsurv.cohort.covariates import encode_covariates
from radsurv.config import Config
from radsurv.features.readings import collect_readings
from radsurv.stages.analysis import (
    Analysis,
    further_readings,
    imputes,
    load_analysis,
    protocol_of,
    resources_of,
    search_store,
)
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult, result
from radsurv.validation.comparators import EXPERIMENT, Judged, choose_comparators, compare, no_comparison
from radsurv.validation.finding import Finding, together
from radsurv.validation.kfold_check import kfold_check
from radsurv.validation.patients import Patients, patients_of
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.validation_options import External

USUAL_COVARIATES = ("age", "sex")
WITH_CLINICAL = ("clinical", "combined_clinical")


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``comparators.parquet`` and the metrics of the comparison."""
    if isinstance(config.validation, External):  # nothing is trained here
        folder.write_finding(no_comparison(), simulated=bool(folder.read_metrics("evaluate")["simulated"]))
        return result("skipped: a finished model was applied, nothing was trained")
    analysis = load_analysis(config, folder)
    protocol, store = protocol_of(config, config.validation), search_store(config)
    resources = resources_of(config, store)
    found = []
    if config.comparison.kfold:
        found.append(kfold_check(analysis.patients, protocol, resources))
    found.append(
        _simpler(config, folder, analysis, protocol, resources) if config.comparison.models else no_comparison()
    )
    finding = together(found)
    folder.write_finding(finding, simulated=analysis.simulated)
    return StageResult(_summary(finding), StageRecord(notes=finding.notes, reasons=finding.reasons), store.use)


def _simpler(
    config: Config, folder: RunFolder, analysis: Analysis, protocol: Protocol, resources: Resources
) -> Finding:
    everybody, clinical, missing = _with_clinical(config, folder, analysis)
    kinds = _kinds(folder, analysis.patients, clinical)
    comparators, reasons = choose_comparators(config.comparison.models, kinds, analysis.patients.names)
    if missing:
        reasons |= {name: missing for name in WITH_CLINICAL if name in reasons}
    experiment = Judged(folder.read(PREDICTIONS), folder.read_metrics("evaluate"))
    return compare(experiment, everybody, protocol, comparators, reasons, resources)


def _with_clinical(config: Config, folder: RunFolder, analysis: Analysis) -> tuple[Patients, list[str], str]:
    """The patients with age, sex and the covariates of the configuration beside their features; the names of these; or none of
    them, and the reason.
    """
    table, rows = analysis.features.table, analysis.rows
    asked = dict.fromkeys([*(name for name in USUAL_COVARIATES if name in rows), *config.cohort.covariates])
    clinical = encode_covariates(rows, [name for name in asked if rows[name].notna().any()])
    lacking = {name: int(clinical[name].isna().sum()) for name in clinical.columns[1:] if clinical[name].isna().any()}
    said = ""
    if lacking and not imputes(config):
        counted = ", ".join(f"{name} for {count}" for name, count in lacking.items())
        said, clinical = f"covariates are missing: {counted} of {len(rows)} patients", clinical[["patient_id"]]
    features = table.drop(columns=[name for name in clinical if name in table and name != "patient_id"])
    everything = features.merge(clinical, on="patient_id", validate="one_to_one")
    readings = collect_readings(everything, further_readings(folder))
    return patients_of(everything, analysis.cohort, readings), [str(name) for name in clinical.columns[1:]], said


def _kinds(folder: RunFolder, patients: Patients, clinical: list[str]) -> dict[str, str]:
    """What each feature is; ready features count as radiomics."""
    deep = set(folder.read(DEEP).columns)
    kinds = {name: "deep" if name in deep else "radiomics" for name in patients.names if name not in clinical}
    return kinds | dict.fromkeys(clinical, "clinical")


def _summary(finding: Finding) -> str:
    table = finding.tables[COMPARATORS]
    known = table[(table["reason"] == "") & (table["comparator"] != EXPERIMENT)]
    models = ", ".join(f"{row.comparator} {row.harrell_c:.3f}" for row in known.itertuples())
    kfold = finding.metrics.get("kfold_harrell_c")
    parts = [f"5 x 5-fold C {kfold:.3f}"] if kfold is not None else []
    parts += [f"C of simpler models: {models}"] if models else []
    return "; ".join(parts) or "nothing to compare"
