"""Which of the series, structures or labels that one file or folder holds is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from radsurv.cohort.faults import quoted
from radsurv.cohort.parts import WHOLE
from radsurv.errors import PatientError
from radsurv.formats import first_few, plural
from radsurv.options.cohort_table import CohortConfig

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
    part : str
        Name of the part of the tumour (``cohort.regions``) that labels or structures choose; empty for the tumour as a whole. Of a
        part, a file must know whatever it is chosen by: two parts that one file cannot tell apart are not one.
    """

    label: int | Sequence[int] | None = None
    structure: str | Sequence[str] | None = None
    series: str | None = None
    part: str = WHOLE

    @property
    def labels(self) -> tuple[int, ...]:
        """The labels that mark the tumour; none where there is no choice."""
        if self.label is None:
            return ()
        return (self.label,) if isinstance(self.label, int) else tuple(self.label)

    @property
    def names(self) -> str | Sequence[str] | None:
        """The structures that are the tumour, in a file that has names and numbers but no labels."""
        if self.part and self.structure is None:
            return [str(label) for label in self.labels]
        return self.structure

    @property
    def label_option(self) -> str:
        """The option that chooses by label, for messages."""
        return f"cohort.regions.{self.part}" if self.part else "cohort.mask_label"

    @property
    def structure_option(self) -> str:
        """The option that chooses by name, for messages."""
        return f"cohort.regions.{self.part}" if self.part else "cohort.structure"


THE_ONLY_ONE = Choice()


def choices(cohort: CohortConfig) -> dict[str, Choice]:
    """What the options choose for each part of the tumour, by its name, in their order; or for the tumour as a whole."""
    if cohort.regions is None:
        return {WHOLE: Choice(cohort.mask_label, cohort.structure, cohort.series)}
    found = {}
    for part, wanted in cohort.regions.items():
        by_name = isinstance(wanted, str) or (isinstance(wanted, list) and isinstance(wanted[0], str))
        found[part] = (
            Choice(structure=cast(str | list[str], wanted), series=cohort.series, part=part)
            if by_name
            else Choice(label=cast(int | list[int], wanted), series=cohort.series, part=part)
        )
    return found


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


def structures(
    wanted: str | Sequence[str] | None, names: Mapping[int, str], file: str, option: str = "cohort.structure"
) -> tuple[list[int], list[str]]:
    """The structures of a file that are the tumour.

    Parameters
    ----------
    wanted : str or sequence of str, optional
        One stands for exactly one structure. Several stand for all that any of them fits, of which one must be there.
    names : mapping of int to str
        Names of the structures by number.
    file, option : str
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
                f"{file} holds {plural(len(names), 'structure')} ({listed(names)}); expected one: choose it with {option}"
            )
        return [*names], []
    entries = [wanted] if isinstance(wanted, str) else [*wanted]
    found = {entry: fitting(entry, {key: [name] for key, name in names.items()}) for entry in entries}
    numbers = sorted({number for each in found.values() for number in each})
    asked = ", ".join(map(quoted, found))
    if not numbers:
        raise PatientError(f"{file} has no structure {asked}, only {listed(names)}; change {option}")
    chosen = listed({number: names[number] for number in numbers})
    if len(numbers) > 1 and isinstance(wanted, str):
        raise PatientError(
            f"{file} has {len(numbers)} structures that {asked} fits ({chosen}); expected one: give its whole name or number, "
            f"or merge them with a list ({option}=[…])"
        )
    vain = [quoted(each) for each, its in found.items() if not its]
    remarks = [f"merged {len(numbers)} structures: {chosen}"] if len(numbers) > 1 else []
    return numbers, remarks + ([f"no structure {', '.join(vain)}, only {chosen}"] if vain else [])


def segments(choice: Choice, names: Mapping[int, str], file: str) -> tuple[list[int], list[str]]:
    """The segments of a file that are the tumour: by structure where one is asked for, else by the numbers of the labels.

    Parameters, returns and raises as `structures`.
    """
    if choice.structure is not None or not choice.labels:
        return structures(choice.structure, names, file, choice.structure_option)
    numbers = [number for number in names if number in choice.labels]
    absent = " or ".join(str(label) for label in choice.labels if label not in names)
    if not numbers:
        raise PatientError(
            f"{file} has no segment {absent}, only {listed(names) or 'none'}; change {choice.label_option}"
        )
    return numbers, [f"no segment {absent} in {file}, only {listed(names)}"] if absent else []


def listed(names: Mapping[int, str]) -> str:
    """Structures with their numbers, the first few."""
    return first_few([f"{number} {quoted(name)}" for number, name in names.items()], NAMES_SHOWN, more=", …")
