"""Stage ``cohort``: read the table, look at every image and outline, say who takes part."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.cohort.check import PatientFacts, check_patient
from radsurv.cohort.features_table import match_patients, read_feature_table
from radsurv.cohort.paths import patient_file
from radsurv.cohort.table import read_table, require_patients
from radsurv.config import Config
from radsurv.errors import ConfigError, PatientError
from radsurv.report.formats import number
from radsurv.stages.progress import over_patients
from radsurv.stages.qc import QcLog, excluded_note, left_out
from radsurv.stages.reading_tables import without_reading
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.sequences import ANALYSED, image_columns, named
from radsurv.stages.stage_result import StageResult

# Columns of the outlines by `roi.reader`, the analysed one first.
MASK_COLUMNS = {1: ["mask"], 2: ["mask_reader2"], "both": ["mask", "mask_reader2"]}
# With roi.reader=both: whether the second outline can be read beside the first.
SECOND_USABLE = "mask_reader2_usable"


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``cohort.parquet``: the patients whose row, image and outline can be used; ``qc`` says why others cannot."""
    table, remarks = read_table(config.cohort, image_columns(config.patch)[1:])
    qc = QcLog("cohort")
    for patient, status, reason in zip(remarks["patient_id"], remarks["status"], remarks["reason"], strict=True):
        qc.add(patient, status, reason)
    if "simulated" not in table:
        table["simulated"] = False
    if config.cohort.features is None:
        cohort, features = _checked(config, table, qc), table[["patient_id"]].iloc[:0]
    else:
        cohort, features = _matched(config.cohort.features, table, qc)
    require_patients(cohort, config.cohort, left_out(qc.table()))
    for patient in cohort["patient_id"]:
        qc.add(patient, "included", "")
    simulated = bool(cohort["simulated"].any())
    folder.write(cohort, folder.cohort, simulated=simulated)
    folder.write(features, folder.features, simulated=simulated)
    folder.write(qc.table(), folder.stage_qc("cohort"))
    return StageResult(_summary(config, cohort, simulated=simulated), excluded_note(qc.table()))


def _summary(config: Config, cohort: pd.DataFrame, *, simulated: bool) -> str:
    """Counts, and the times with their unit: a wrong unit shows here first."""
    label = "SIMULATED " if simulated else ""
    median = number(float(cohort["time"].median()))
    return (
        f"{len(cohort)} {label}patients, {int(cohort['event'].sum())} events, median follow-up {median}"
        f" {config.cohort.time_unit} (cohort.time_unit)"
    )


def _matched(path: str, table: pd.DataFrame, qc: QcLog) -> tuple[pd.DataFrame, pd.DataFrame]:
    cohort, features, unmatched = match_patients(table, read_feature_table(Path(path)))
    for patient, reason in unmatched.items():
        qc.add(patient, "excluded", reason)
    return cohort, features


def _checked(config: Config, table: pd.DataFrame, qc: QcLog) -> pd.DataFrame:
    """The rows whose image and outline pass, with what was found of them in columns of their own."""
    reader, columns = config.roi.reader, MASK_COLUMNS[config.roi.reader]
    if columns[-1] not in table:
        instead = "; without a second reader, roi.perturbations=3 varies the outlines" if reader == "both" else ""
        raise ConfigError(f"roi.reader={reader} needs a column {columns[-1]} in {config.cohort.table}{instead}")
    outcomes = over_patients(
        partial(_check, config), table.to_dict("records"), label="cohort", n_jobs=config.compute.n_jobs
    )
    facts: list[dict[str, Any]] = []
    for patient, outcome in zip(table["patient_id"], outcomes, strict=True):
        if outcome.value is None:
            qc.add(patient, "excluded", str(outcome.reason))
            continue
        found, warnings = outcome.value
        qc.warn(patient, warnings)
        facts.append({"patient_id": patient, **found})
    names = [field.name for field in dataclasses.fields(PatientFacts)] + [SECOND_USABLE] * (reader == "both")
    names += [f"{column}_hash" for column in image_columns(config.patch)[1:]]
    return table.merge(pd.DataFrame(facts, columns=["patient_id", *names]), on="patient_id")


def _check(config: Config, patient: dict[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """Facts and remarks of the analysed outline, and whether there is a second one."""
    analysed, *others = MASK_COLUMNS[config.roi.reader]
    facts, warnings = _check_outline(config, patient, analysed)
    for column in others:
        try:
            _check_outline(config, patient, column)
            facts[SECOND_USABLE] = True
        except PatientError as error:
            facts[SECOND_USABLE] = False
            warnings = [*warnings, without_reading(1, error.reason)]
    return facts, warnings


def _check_outline(config: Config, patient: dict[Any, Any], column: str) -> tuple[dict[str, Any], list[str]]:
    """Facts and remarks of an outline on every image of the patient: each must lie on the outline's grid."""
    if not isinstance(patient[column], str):
        raise PatientError(f"the table names no outline in {column}")
    found, warnings = _check_image(config, patient, ANALYSED, column)
    facts = dataclasses.asdict(found)
    for further in image_columns(config.patch)[1:]:
        with named(further):
            other, remarks = _check_image(config, patient, further, column)
        facts[f"{further}_hash"] = other.image_hash
        warnings = [*warnings, *(f"{further}: {remark}" for remark in remarks)]
    return facts, warnings


def _check_image(config: Config, patient: dict[Any, Any], image: str, mask: str) -> tuple[PatientFacts, list[str]]:
    table = Path(config.cohort.table)
    return check_patient(
        patient_file(table, patient[image]),
        patient_file(table, patient[mask]),
        mask_label=config.cohort.mask_label,
        tolerance_mm=config.cohort.geometry_tolerance_mm,
        section_axis=config.roi.section_axis,
        min_pixels=config.roi.min_pixels,
    )
