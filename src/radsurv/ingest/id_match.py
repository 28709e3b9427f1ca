"""Which patient of the clinical table is which of the images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.cohort.identifiers import alike, counterparts, examples
from radsurv.errors import CohortError
from radsurv.formats import first_few, plural
from radsurv.ingest.asked import Asked
from radsurv.ingest.column_names import require

COLUMNS_SHOWN = 5
# Of the smaller side. Below, a column that is none of ids may have some by chance (ages, where patients are called 51, 52, …).
FEWEST_SHARE = 0.5


@dataclass(frozen=True)
class IdMatch:
    """How images and a clinical table go together.

    Attributes
    ----------
    column : str
        Of the ids in the clinical table.
    pairs : mapping
        Ids of images: ids of the table.
    without_row, without_image : mapping
        The others, with the reason.
    said : list of str
        Every rule that was used, with counts.
    """

    column: str
    pairs: Mapping[str, str]
    without_row: Mapping[str, str]
    without_image: Mapping[str, str]
    said: list[str]


def match_ids(table: pd.DataFrame, patients: Sequence[str], asked: Asked, path: Path) -> IdMatch:
    """Find the column of ids by its overlap with the ids of the images, and pair them.

    Parameters
    ----------
    table : DataFrame of str
    patients : sequence of str
        Ids of images, each once.
    asked : Asked
        ``columns["id"]`` if the column is known.
    path : Path
        The clinical table, for messages.

    Raises
    ------
    CohortError
        No column has half of the ids, after all that is known to be done to ids was undone.
    """
    columns = [require(table, asked.columns["id"], "id", path)] if "id" in asked.columns else [*table.columns]
    found = {column: _paired(patients, _ids(table[column])) for column in columns}
    column = max(columns, key=lambda name: (len(found[name][0]), len(set(patients) & {*table[name]})))
    pairs, rules = found[column]
    ids = _ids(table[column])
    if not pairs or len(pairs) < FEWEST_SHARE * min(len(patients), len(ids)):
        raise CohortError(
            f"{path}: no column has the ids of the images ({examples(patients)}); the nearest is {column!r}"
            f" ({examples(ids)}), which {len(pairs)} of {plural(len(patients), 'patient')} are in: name the column with --column"
            " id=NAME, or write the ids alike"
        )
    equal = [other for other in columns if other != column and len(found[other][0]) == len(pairs)]
    why = "as asked" if "id" in asked.columns else "the column with most ids of the images"
    said = [
        f"id column: {column!r} ({why}): {len(pairs)} of {plural(len(patients), 'patient')} with images, {len(ids)} ids in the table"
    ]
    if equal:
        shown = first_few([*map(repr, equal)], COLUMNS_SHOWN)
        said.append(f"as many ids are in {shown}: the first column was taken (--column id=NAME takes another)")
    said += rules
    blank = int((table[column] == "").sum())
    if blank:
        said.append(f"{plural(blank, 'row')} of the table without an id: not read")
    of_table = set(pairs.values())
    without_row = _reasons(
        [one for one in patients if one not in pairs], ids, f"no row of {path.name} has this id", "row"
    )
    without_image = _reasons([one for one in ids if one not in of_table], patients, "no image has this id", "image")
    return IdMatch(column, pairs, without_row, without_image, said)


def _ids(cells: pd.Series) -> list[str]:
    """A patient may be called NA; only an empty cell is nobody."""
    return [cell for cell in dict.fromkeys(cells) if cell]


def _paired(patients: Sequence[str], ids: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Pairs of ids, the same ones first, then rule by rule, the one that pairs most; and what each rule did."""
    known = set(ids)
    pairs = {one: one for one in patients if one in known}
    said = [f"ids that are the same: {len(pairs)}"]
    while True:
        others = [one for one in ids if one not in set(pairs.values())]
        rest = [one for one in patients if one not in pairs]
        found, why = counterparts(rest, others)
        if not found:
            found, why = _by_spelling_and_part(rest, others)
        if not found:
            return pairs, said
        one, its = next(iter(found.items()))
        said.append(
            f"ids that differ in {why}: {len(found)} matched, first {quoted(one)} (images) with {quoted(its)} (table)"
        )
        pairs |= found


def _by_spelling_and_part(patients: Sequence[str], ids: Sequence[str]) -> tuple[dict[str, str], str]:
    """sub-01 with 1: both a part, and zeros that table software took."""
    these, those = _single(patients), _single(ids)
    found, why = counterparts([*these], [*those])
    return {these[one]: those[its] for one, its in found.items()}, f"the way they are written, and in {why}"


def _single(ids: Sequence[str]) -> dict[str, str]:
    """Ids by how all of their spellings look; none of which there are two."""
    by_spelling: dict[str, list[str]] = {}
    for one in ids:
        by_spelling.setdefault(alike(one), []).append(one)
    return {spelling: its[0] for spelling, its in by_spelling.items() if len(its) == 1}


def _reasons(these: Iterable[str], others: Sequence[str], reason: str, of_others: str) -> dict[str, str]:
    """Why each of some ids has no counterpart, with those of the other side that are like it and were not matched."""
    by_part: dict[str, list[str]] = {}
    for other in others:
        for part in _parts(other):
            by_part.setdefault(part, []).append(other)
    found = {}
    for one in these:
        near = list(
            dict.fromkeys(other for part in _parts(one) for other in by_part.get(part, ()) if _is_near(one, other))
        )
        found[one] = (
            f"{reason}; like it: {examples(near)}, not the only {of_others} or id of that kind" if near else reason
        )
    return found


def _parts(patient: str) -> list[str]:
    """An id, and what it begins and ends with."""
    whole = alike(patient)
    marks = [mark.start() for mark in re.finditer("[-_. ]", whole)]
    return [whole, *(whole[:at] for at in marks), *(whole[at + 1 :] for at in marks)]


def _is_near(one: str, other: str) -> bool:
    """One is the other, or a part of it: two ids that share a beginning are those of a hospital."""
    return alike(one) in _parts(other) or alike(other) in _parts(one)
