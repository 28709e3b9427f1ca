"""Several cohort tables as one: whose patients are whose, and where their files are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from radsurv.cohort.causes import cause_of
from radsurv.cohort.delimited import read_text_table
from radsurv.cohort.faults import quoted
from radsurv.cohort.mapping import canonical, map_table
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.paths import patient_file
from radsurv.errors import CohortError, PatientError
from radsurv.formats import first_few
from radsurv.options.cohort_table import CohortConfig, called

SEPARATOR = "-"  # an id holds no slash
SITE = "site"


def read_mapped(cohort: CohortConfig, files: Sequence[str]) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of ``cohort.table``, or of all tables of ``cohort.join``, in our names.

    Of several tables, ids begin with the name of theirs, which is also the site where a table has none; paths in `files` are relative
    to `CohortConfig.place`; a column that a table lacks is empty there.

    Returns
    -------
    rows : DataFrame of str
        The index says where each row is, with its table where there are several.
    names : Series of str
        Of each row, what its table is called; without rows where there is one table only.

    Raises
    ------
    CohortError
        A table cannot be read, or lacks a column that options name; nothing tells several tables apart.
    """
    if cohort.join is None:
        path = Path(cohort.table)
        return map_table(read_text_table(path), cohort, path), pd.Series(dtype=object)
    missing = MissingWords(cohort.missing)
    tables = {
        name: _own(name, Path(path), cohort, files, missing)
        for name, path in zip(_names(cohort.join), cohort.join, strict=True)
    }
    names = pd.concat([pd.Series(name, index=rows.index, dtype=object) for name, rows in tables.items()])
    return pd.concat(tables.values()).fillna(""), names


def doubts_of_join(rows: pd.DataFrame, names: pd.Series, missing: MissingWords) -> list[tuple[str, str]]:
    """What several tables have in common and may be two things, or one: sites, and patients.

    Parameters
    ----------
    rows : DataFrame of str
        Those of `read_mapped` that take part.
    names : Series of str
        As `read_mapped` gives it.
    missing : MissingWords

    Returns
    -------
    list of (patient_id, reason)
    """
    tables = {str(name): its for name, its in rows.groupby(names.reindex(rows.index), sort=False)}
    return _shared_sites(tables, missing) + _same_patients(tables, missing)


def _names(paths: Sequence[str]) -> list[str]:
    """What tells the tables apart: their folders' names, or else their own.

    Raises
    ------
    CohortError
        Neither does, or a table is there twice.
    """
    files = [called(path) for path in paths]
    if len({file.resolve() for file in files}) == len(files):
        for names in ([file.parent.name for file in files], [file.stem for file in files]):
            if len({name.casefold() for name in names}) == len(files):
                return names
    raise CohortError(
        f"cohort.join={first_few([*map(str, paths)], 5)}: tables are told apart by the names of their folders, or by their own; expected"
        " tables of which no two are called alike: rename a folder, and name each table once"
    )


def _own(name: str, path: Path, cohort: CohortConfig, files: Sequence[str], missing: MissingWords) -> pd.DataFrame:
    """The rows of one of several tables."""
    rows = map_table(read_text_table(path), cohort, path)
    rows.index = pd.Index([f"{path} {place}" for place in rows.index])
    if "patient_id" in rows:
        rows["patient_id"] = [f"{name}{SEPARATOR}{patient}" if patient else "" for patient in rows["patient_id"]]
    if SITE not in rows:
        rows[SITE] = name
    below = path.absolute().parent.resolve().relative_to(cohort.place.parent)
    for column in files:
        if column in rows:
            rows[column] = [
                cell if cell in missing else _below(path, below, cohort.place.parent, cell) for cell in rows[column]
            ]
    return rows


def _below(table: Path, folder: Path, place: Path, cell: str) -> str:
    """A path that is relative to a table as one that is relative to the folder of all, `place`; refused there if it is refused here."""
    if not _leads_out(table.parent, cell):
        return (folder / cell).as_posix()
    # As it stands, where that is a fault from the folder of all, too. From there another way may lead where a link led from here.
    return cell if _leads_out(place, cell) else f"/{cell}"


def _leads_out(folder: Path, cell: str) -> bool:
    try:
        patient_file(folder, cell)
    except PatientError:
        return True
    return False


def _shared_sites(tables: dict[str, pd.DataFrame], missing: MissingWords) -> list[tuple[str, str]]:
    """Sites that are called alike in several tables, at the first such patient of the last of them."""
    first: dict[str, str] = {}
    remarks = []
    for name, rows in tables.items():
        for site, its in rows[~missing.mask(rows[SITE])].groupby(SITE, sort=False):
            if str(site) in first:
                remarks.append(
                    (
                        str(its["patient_id"].iloc[0]),
                        f"site {quoted(site)} is in {first[str(site)]} and {name}, and taken for one; if they are two, name them apart in"
                        " the tables",
                    )
                )
            first.setdefault(str(site), name)
    return remarks


def _same_patients(tables: dict[str, pd.DataFrame], missing: MissingWords) -> list[tuple[str, str]]:
    """Patients of several tables whose own id, time and event are the same: one would be in a training set and left out of it at once."""
    first: dict[tuple[str, str, int | None], str] = {}
    remarks: list[tuple[str, str]] = []
    for name, rows in tables.items():
        if not {"time", "event"} <= set(rows):
            continue
        known = dict(first)
        for patient, time, event in zip(rows["patient_id"], rows["time"], rows["event"], strict=True):
            if time in missing or event in missing:
                continue
            same = (patient.removeprefix(f"{name}{SEPARATOR}"), canonical(time), cause_of(event))
            if same in known:
                remarks.append(
                    (
                        patient,
                        f"has id, time and event of {quoted(known[same])}: if they are one patient, leave one out with cohort.select",
                    )
                )
            first.setdefault(same, patient)
    return remarks
