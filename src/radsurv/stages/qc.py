"""Quality control: which patients are in, which are out, at what stage and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pandas as pd

from radsurv.catalogue.tables import QC_COLUMNS
from radsurv.cohort.ready_features import NOT_IN_COHORT
from radsurv.stages.run_folder import RunFolder

Status = Literal["included", "warning", "excluded"]


class QcLog:
    """Rows of one stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._rows: list[tuple[str, str, str, str]] = []

    def add(self, patient_id: str, status: Status, reason: str) -> None:
        self._rows.append((patient_id, status, self._stage, reason))

    def warn(self, patient_id: str, reasons: Iterable[str]) -> None:
        for reason in reasons:
            self.add(patient_id, "warning", reason)

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(self._rows, columns=list(QC_COLUMNS))


def excluded_patients(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Excluded patients of the cohort table with their reasons."""
    rows = _of_the_cohort(table[table["status"] == "excluded"])
    return list(zip(rows["patient_id"], rows["reason"], strict=True))


def excluded_note(table: pd.DataFrame) -> list[str]:
    """One line that names the patients of the cohort table whom a stage has excluded."""
    out = [patient for patient, _ in excluded_patients(table)]
    if not out:
        return []
    shown = ", ".join(out[:5]) + (", …" if len(out) > 5 else "")
    return [f"{len(out)} patient{'s' if len(out) > 1 else ''} excluded: {shown} (reasons in qc.csv)"]


def write_merged(folder: RunFolder) -> None:
    """Write ``qc.csv``: for every patient of the table exactly one row that says included or excluded, then any warnings."""
    folder.write_csv(merged(folder.read_qc()), folder.qc)


def merged(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of all stages as one verdict per patient, and the warnings.

    A patient is excluded by the first stage that gave up on them.
    """
    everybody = rows["patient_id"].drop_duplicates()
    excluded = rows[rows["status"] == "excluded"].drop_duplicates("patient_id")
    others = everybody[~everybody.isin(excluded["patient_id"])]
    included = pd.DataFrame({"patient_id": others, "status": "included", "stage": "", "reason": ""})
    # Sorted by patient, in the order in which they come; the sort is stable, so that the verdict stays before the warnings.
    found = pd.concat([excluded, included, rows[rows["status"] == "warning"]], ignore_index=True)
    place = pd.Series(range(len(everybody)), index=everybody)
    return found.iloc[place[found["patient_id"]].argsort(kind="stable")].reset_index(drop=True)


def counts_of(folder: RunFolder, *, simulated: bool) -> dict[str, float]:
    """The metrics that say who is in the analysis."""
    return {"n_excluded": len(excluded_patients(merged(folder.read_qc()))), "simulated": int(simulated)}


def _of_the_cohort(rows: pd.DataFrame) -> pd.DataFrame:
    """Without patients who have a row in the feature table only."""
    return rows[rows["reason"] != NOT_IN_COHORT]
