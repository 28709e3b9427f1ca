"""Messages of faults in tables: which table, the first few faults, how many more, the nearest names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radsurv.errors import Fault, TableFaults
from radsurv.formats import first_few, plural

if TYPE_CHECKING:
    import pandas as pd

FAULTS_SHOWN = 5
TEXT_SHOWN = 40
NAMES_SHOWN = 8


@dataclass(frozen=True)
class ColumnFault:
    """A rule that a column of a table breaks.

    Attributes
    ----------
    said
        In one sentence, with the first few cells.
    column
    each
        Every cell that breaks it; or the column as a whole.
    places
        The rows of these cells; none where it is the column as a whole.
    """

    said: str
    column: str
    each: tuple[Fault, ...]
    places: tuple[str, ...] = ()

    @classmethod
    def of_column(cls, column: str, said: str) -> ColumnFault:
        """A fault of the column as a whole."""
        return cls(said, column, (Fault(said, column=column),))

    @classmethod
    def of_cells(cls, column: str, found: pd.Series, patients: pd.Series, remedy: str) -> ColumnFault:
        """A fault of some cells.

        Parameters
        ----------
        column
        found
            What each of them holds, in words, by its row.
        patients
            Whose rows they are.
        remedy
            What was expected, and what to do.
        """
        cells = {str(place): str(cell) for place, cell in found.items()}
        shown = [f"{place} (patient {quoted(patients[place])}) has {cell}" for place, cell in cells.items()]
        return cls(
            f"{column}: {first_few(shown, FAULTS_SHOWN)}; expected {remedy}",
            column,
            tuple(Fault(f"{at} has {cell}", f"expected {remedy}", patients[at], column) for at, cell in cells.items()),
            tuple(cells),
        )


def table_error(path: Path | str, faults: Sequence[str | ColumnFault]) -> TableFaults:
    """One error for several faults of a table: its message has the first five, and how many more there are; it carries all."""
    said = [fault if isinstance(fault, str) else fault.said for fault in faults]
    each = [one for fault in faults for one in ([Fault(fault)] if isinstance(fault, str) else fault.each)]
    more = f"; and {plural(len(faults) - FAULTS_SHOWN, 'more such fault')}"
    return TableFaults(f"{path}: {first_few(said, FAULTS_SHOWN, '; ', more)}", each)


def unknown_name(name: str, table: pd.DataFrame) -> str:
    """Says that there is no such column, with the nearest names that there are, or else the first few."""
    names = [str(column) for column in table]
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    nearest = [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    if nearest:
        return f"no column {name!r}; nearest: {', '.join(map(repr, nearest))}"
    return f"no column {name!r}; the table has {first_few([*map(repr, names)], NAMES_SHOWN, more=', …')}"


def quoted(value: object) -> str:
    """A cell as it was found, shortened, with control characters made visible."""
    text = str(value)
    return repr(text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…") if text else "empty"
