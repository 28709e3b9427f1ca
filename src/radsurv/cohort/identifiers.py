"""Ids of two tables that should be the same and are not: what would make them match. Nothing is ever matched by it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from radsurv.cohort.faults import quoted
from radsurv.formats import first_few

SHOWN = 3


def _without_zeros(patient: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", patient)


# What people and programs do to ids, each undone. The order is that in which they are tried.
OF_TWINS: Mapping[str, Callable[[str], str]] = {  # so little that two such ids in one table are suspicious
    "upper and lower case": str.casefold,
    "blanks": lambda patient: re.sub(r"\s+", "", patient),
    "'1.0' for '1'": lambda patient: re.sub(r"^(\d+)\.0+$", r"\1", patient),
    # As macOS stores names of files, which look the same.
    "accents (one character or two)": lambda patient: unicodedata.normalize("NFC", patient),
}
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    **OF_TWINS,
    "leading zeros": _without_zeros,
    "the ending of a file's name": lambda patient: re.sub(
        r"(\.(nii|nrrd|dcm|mha|csv|txt|gz))+$", "", patient, flags=re.I
    ),
    "hyphens, underscores and points": lambda patient: re.sub(r"[-_.]+", "-", patient),
}


def alike(patient: str) -> str:
    """An id with all that people and programs do to it undone."""
    for spelling in SPELLINGS.values():
        patient = spelling(patient)
    return patient


def counterparts(these: Sequence[str], others: Sequence[str]) -> tuple[dict[str, str], str]:
    """Which of some ids would be which of others, if they were written alike.

    Parameters
    ----------
    these, others
        Ids of two tables that have no counterpart in the other as they stand.

    Returns
    -------
    pairs : dict
        Of these, by id, the one of the others. Only where there is exactly one, and it is nobody else's.
    why : str
        What they differ in; empty without a pair.
    """
    tried: list[tuple[dict[str, str], str]] = [({}, "")]
    for what, spelling in [*SPELLINGS.items(), ("the way they are written", alike)]:
        tried.append((_paired({one: spelling(one) for one in these}, {one: spelling(one) for one in others}), what))
    for longer, shorter, turned in ((others, these, False), (these, others, True)):
        cut = _cut_to(longer, shorter)
        pairs = _paired({one: one for one in shorter}, cut)
        part = _part_in_common(pairs)
        tried.append(({theirs: one for one, theirs in pairs.items()} if turned else pairs, part))
    return max(tried, key=lambda found: len(found[0]))  # of several, the first, which is the simplest


def near_twins(patients: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of ids in one table that differ in nothing but what is `OF_TWINS`: perhaps one patient twice."""
    first: dict[str, str] = {}
    twins: list[tuple[str, str]] = []
    for patient in patients:
        alike = patient
        for spelling in OF_TWINS.values():
            alike = spelling(alike)
        if alike in first:
            twins.append((first[alike], patient))
        else:
            first[alike] = patient
    return twins


def examples(patients: Sequence[str]) -> str:
    """The first three ids."""
    return first_few([*map(quoted, patients)], SHOWN, more=", …")


def _paired(these: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    """By what both are called in the same way; nobody of whom there are two."""
    n_these, n_others = Counter(these.values()), Counter(others.values())
    of_others = {name: other for other, name in others.items() if n_others[name] == 1}
    return {one: of_others[name] for one, name in these.items() if name in of_others and n_these[name] == 1}


def _cut_to(longer: Iterable[str], shorter: Iterable[str]) -> dict[str, str]:
    """Each of the longer ids as the one that it begins or ends with, up to a hyphen, underscore, point or blank."""
    known = set(shorter)
    cut: dict[str, str] = {}
    for one in longer:
        marks = [mark.start() for mark in re.finditer(r"[-_. ]", one)]
        parts = [*(one[:at] for at in reversed(marks)), *(one[at + 1 :] for at in marks)]
        cut[one] = next((part for part in parts if part in known), one)
    return cut


def _part_in_common(pairs: Mapping[str, str]) -> str:
    """What the longer ids have beside the shorter ones, by the first pair."""
    for short, long in pairs.items():
        rest = long.removeprefix(short) if long.startswith(short) else long.removesuffix(short)
        return f"a part such as {quoted(rest)}"
    return ""
