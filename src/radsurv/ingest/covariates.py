"""Columns of a clinical table that were known at the start, told from those that say how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import MOSTLY, are_no_labels, faults_among_numbers, finite_number
from radsurv.cohort.paths import PATHS
from radsurv.errors import ConfigError
from radsurv.formats import first_few, plural
from radsurv.ingest.column_names import plain, words

# A name with one of these words is that of something known at the start ...
KNOWN = frozenset(
    {
        "age", "sex", "gender", "grade", "idh", "idh1", "idh2", "mgmt", "site", "center", "centre", "hospital", "institution",
        "sequence", "scanner", "manufacturer", "field", "kps", "karnofsky", "ecog", "histology", "histological", "subtype",
        "stage", "atrx", "tert", "egfr", "1p19q", "codeletion", "resection", "eor", "location", "side", "race", "ethnicity",
        "smoking", "hpv", "volume", "alter", "geschlecht",
    }
)  # fmt: skip
# ... unless it also has one of these: how it went on.
OUTCOME = frozenset(
    {
        "death", "dead", "died", "deceased", "vital", "alive", "living", "survival", "survived", "follow", "followup", "fu",
        "last", "progression", "progressed", "recurrence", "recurred", "relapse", "os", "pfs", "dfs", "dss", "event", "status",
        "censored", "cause", "deadstatus", "autopsy", "time", "todes", "verstorben",
    }
)  # fmt: skip
# A covariate can have a word of an outcome in its name.
NO_OUTCOME = ("idh_status", "mgmt_status", "performance_status", "1p19q_status", "codeletion_status", "atrx_status")
OURS = frozenset({"patient_id", "time", "event", "simulated", "clinical_id", *PATHS})
MOST_CLASSES = 10
NAMES_SHOWN = 12
LONGEST_AGE = 120.0


@dataclass(frozen=True)
class Covariates:
    """Columns that are kept, and what to say of all.

    Attributes
    ----------
    table : DataFrame of str
        Indexed by id of the clinical table; "" where there is no value.
    proposed : list of str
        Those that could be ``cohort.covariates``.
    said : list of str
    """

    table: pd.DataFrame
    proposed: list[str]
    said: list[str]


def covariates(
    table: pd.DataFrame, rows: Mapping[str, Sequence[str]], outcome: Sequence[str], keep: Sequence[str]
) -> Covariates:
    """Keep what looks like a covariate, under its own name, with words for "no value" taken out.

    Parameters
    ----------
    table : DataFrame of str
    rows : mapping
        Rows of the table, by patient. Where they differ, the cell is left empty.
    outcome : sequence of str
        Columns that time, event and id came from: never kept.
    keep : sequence of str
        Columns that are kept whatever they are called (``--keep``).

    Raises
    ------
    ConfigError
        A column to keep is not there, tells the outcome, or has a name of ours.
    """
    _check_keep(table, outcome, keep)
    missing = MissingWords()
    names = [str(name) for name in table]
    telling = [name for name in names if name in outcome or (name not in keep and _tells_outcome(name))]
    kept = [
        name
        for name in names
        if name not in telling and (name in keep or (bool(words(name) & KNOWN) and name not in OURS))
    ]
    found: dict[str, list[str]] = {}
    said: list[str] = []
    for name in kept:
        cells, differing = _cells(table[name], rows, missing)
        if name == "age":
            said += _emptied(cells, rows)
        found[name] = cells
        if differing:
            said.append(f"{name}: rows of {plural(differing, 'patient')} differ; left empty there")
    frame = pd.DataFrame(found, index=list(rows), columns=kept, dtype=object)
    doubted = {name: why for name in kept if (why := _doubt(frame[name], missing))}
    others = [name for name in names if name not in kept and name not in telling]
    listed = (
        ("kept in clinical.csv", kept),
        ("not carried over, since they tell the outcome or are its source", telling),
        ("not carried over (--keep NAME keeps one)", others),
    )
    said = [f"{what}: {first_few(its, NAMES_SHOWN)}" for what, its in listed if its] + said
    said += [f"{name}: not proposed as a covariate: {why}" for name, why in doubted.items()]
    return Covariates(frame, [name for name in kept if name not in doubted], said)


def _check_keep(table: pd.DataFrame, outcome: Sequence[str], keep: Sequence[str]) -> None:
    for name in keep:
        if name not in table:
            raise ConfigError(
                f"--keep {name}: the clinical table has no such column; it has {first_few([*table], NAMES_SHOWN)}"
            )
        if name in outcome or name in OURS:
            raise ConfigError(
                f"--keep {name}: the follow-up or id is from it, or it has a name of RadSurv's own; leave it out"
            )


def _tells_outcome(name: str) -> bool:
    return bool(words(name) & OUTCOME) and not plain(name).endswith(NO_OUTCOME)


def _cells(column: pd.Series, rows: Mapping[str, Sequence[str]], missing: MissingWords) -> tuple[list[str], int]:
    """The cell of each patient, and of how many patients the rows differ."""
    cells, differing = [], 0
    for its in rows.values():
        values = dict.fromkeys(column[row] for row in its if column[row] not in missing)
        differing += len(values) > 1
        cells.append(next(iter(values)) if len(values) == 1 else "")
    return cells, differing


def _emptied(cells: list[str], rows: Mapping[str, Sequence[str]]) -> list[str]:
    """``age`` is read as a number by every run; what is none would stop it."""
    said = []
    for at, (cell, one) in enumerate(zip(cells, rows, strict=True)):
        if cell and finite_number(cell) is None:
            cells[at] = ""
            said.append(f"age: {quoted(cell)} of {one} is no number; left empty")
    return said


def _doubt(cells: pd.Series, missing: MissingWords) -> str:
    """Why a column is kept and not proposed; "" if it is proposed."""
    present = cells[cells != ""]
    if len(present) < MOSTLY * len(cells):
        return f"empty for {len(cells) - len(present)} of {plural(len(cells), 'patient')}"
    if present.nunique() == 1:
        return f"always {quoted(present.iloc[0])}"
    faults = faults_among_numbers(cells, missing)
    if faults is None:
        if are_no_labels(cells, missing) or present.nunique() > MOST_CLASSES:
            return f"{present.nunique()} different texts, no classes"
        return ""
    if len(faults):
        return f"{quoted(faults.iloc[0])} among numbers"
    numbers = present.map(finite_number).astype("float64")
    if words(str(cells.name)) & {"age", "alter"} and numbers.max() > LONGEST_AGE:
        return f"up to {numbers.max():g}, so not in years; ages in days are divided by 365.25"
    return ""
