"""Quality control: which patients are in, which are out, at what stage and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pandas as pd

from radsurv.cohort.table import QC_COLUMNS
from radsurv.config import STAGES
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
        return pd.DataFrame(self._rows, columns=QC_COLUMNS)


def left_out(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Excluded patients with their reasons."""
    rows = table[table["status"] == "excluded"]
    return list(zip(rows["patient_id"], rows["reason"], strict=True))


def excluded_note(table: pd.DataFrame) -> list[str]:
    """One line that names the patients a stage has excluded."""
    out = table.loc[table["status"] == "excluded", "patient_id"].tolist()
    if not out:
        return []
    shown = ", ".join(out[:5]) + (", …" if len(out) > 5 else "")
    return [f"{len(out)} patient{'s' if len(out) > 1 else ''} excluded: {shown} (reasons in qc.csv)"]


def write_merged(folder: RunFolder) -> pd.DataFrame:
    """Write ``qc.csv``: for every patient of the table exactly one row that says included or excluded, then any warnings.

    A patient is excluded by the first stage that gave up on them.
    """
    tables = [folder.read(folder.stage_qc(stage)) for stage in STAGES if folder.stage_qc(stage).is_file()]
    rows = pd.concat(tables, ignore_index=True)
    merged: list[pd.DataFrame] = []
    for patient, own in rows.groupby("patient_id", sort=False):
        verdict = own[own["status"] == "excluded"].head(1)
        if verdict.empty:
            verdict = pd.DataFrame([(patient, "included", "", "")], columns=QC_COLUMNS)
        merged += [verdict, own[own["status"] == "warning"]]
    table = pd.concat(merged, ignore_index=True)
    folder.write(table, folder.qc)
    return table
