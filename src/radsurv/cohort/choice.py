"""Which of the series, structures or labels that one file or folder holds is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radsurv.cohort.faults import quoted
from radsurv.errors import PatientError
from radsurv.formats import first_few, plural

NAMES_SHOWN = 10


@dataclass(frozen=True)
class Choice:
    """What the options of the cohort choose. None: the only one that there is.

    Attributes
    ----------
    label : int or sequence of int, optional
        The value that marks the tumour, or several that do together (``cohort.mask_label``).
    structure : str or sequence of str, optional
        The structure or segment that is the tumour, or several that are together (``cohort.structure``).
    series : str, optional
        The series of images, by its UID or description (``cohort.series``).
    """

    label: int | Sequence[int] | None = None
    structure: str | Sequence[str] | None = None
    series: str | None = None

    @property
    def labels(self) -> tuple[int, ...]:
        """The labels that mark the tumour; none where there is no choice."""
        if self.label is None:
            return ()
        return (self.label,) if isinstance(self.label, int) else tuple(self.label)


THE_ONLY_ONE = Choice()


def fitting(wanted: str, names: Mapping[int, Sequence[str]]) -> list[int]:
    """The keys of what an option asks for: by the first way in which anything fits.

    The ways are a name to the letter, without regard to case, the key itself as a number, and a regular expression that fits
    a whole name, without regard to case.

    Parameters
    ----------
    wanted : str
    names : mapping of int to sequence of str
        Whatever each is called.
    """
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error:  # a name with a bracket, say
        pattern = re.compile(re.escape(wanted))
    ways = (
        lambda key, name: name == wanted,
        lambda key, name: name.casefold() == wanted.casefold(),
        lambda key, name: str(key) == wanted,
        lambda key, name: pattern.fullmatch(name) is not None,
    )
    for way in ways:
        found = [key for key, called in names.items() if any(way(key, name) for name in called)]
        if found:
            return found
    return []


def structures(wanted: str | Sequence[str] | None, names: Mapping[int, str], file: str) -> tuple[list[int], list[str]]:
    """The structures of a file that are the tumour.

    Parameters
    ----------
    wanted : str or sequence of str, optional
        One stands for exactly one structure. Several stand for all that any of them fits, of which one must be there.
    names : mapping of int to str
        Names of the structures by number.
    file : str
        For messages.

    Returns
    -------
    numbers : list of int
        At least one.
    remarks : list of str
        What was merged, and what was asked for in vain.

    Raises
    ------
    PatientError
        There are none, several and none was chosen, or not the chosen one.
    """
    if not names:
        raise PatientError(f"{file} holds no structure; expected the tumour: export it again")
    if wanted is None:
        if len(names) > 1:
            raise PatientError(
                f"{file} holds {plural(len(names), 'structure')} ({listed(names)}); expected one: choose it with cohort.structure"
            )
        return [*names], []
    entries = [wanted] if isinstance(wanted, str) else [*wanted]
    found = {entry: fitting(entry, {key: [name] for key, name in names.items()}) for entry in entries}
    numbers = sorted({number for each in found.values() for number in each})
    asked = ", ".join(map(quoted, found))
    if not numbers:
        raise PatientError(f"{file} has no structure {asked}, only {listed(names)}; change cohort.structure")
    chosen = listed({number: names[number] for number in numbers})
    if len(numbers) > 1 and isinstance(wanted, str):
        raise PatientError(
            f"{file} has {len(numbers)} structures that {asked} fits ({chosen}); expected one: give its whole name or number, "
            f"or merge them with a list (cohort.structure=[…])"
        )
    vain = [quoted(each) for each, its in found.items() if not its]
    remarks = [f"merged {len(numbers)} structures: {chosen}"] if len(numbers) > 1 else []
    return numbers, remarks + ([f"no structure {', '.join(vain)}, only {chosen}"] if vain else [])


def segments(choice: Choice, names: Mapping[int, str], file: str) -> tuple[list[int], list[str]]:
    """The segments of a file that are the tumour: by structure where one is asked for, else by the numbers of the labels.

    Parameters, returns and raises as `structures`.
    """
    if choice.structure is not None or not choice.labels:
        return structures(choice.structure, names, file)
    numbers = [number for number in names if number in choice.labels]
    absent = " or ".join(str(label) for label in choice.labels if label not in names)
    if not numbers:
        raise PatientError(f"{file} has no segment {absent}, only {listed(names) or 'none'}; change cohort.mask_label")
    return numbers, [f"no segment {absent} in {file}, only {listed(names)}"] if absent else []


def listed(names: Mapping[int, str]) -> str:
    """Structures with their numbers, the first few."""
    return first_few([f"{number} {quoted(name)}" for number, name in names.items()], NAMES_SHOWN, more=", …")
