"""Messages of faults in tables: which table, the first few faults, how many more, the nearest names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radsurv.errors import CohortError
from radsurv.formats import first_few, plural

if TYPE_CHECKING:
    import pandas as pd

FAULTS_SHOWN = 5
TEXT_SHOWN = 40
NAMES_SHOWN = 8


def table_error(path: Path, faults: Sequence[str]) -> CohortError:
    """One error for several faults of a table: the first five, and how many more there are."""
    more = f"; and {plural(len(faults) - FAULTS_SHOWN, 'more such fault')}"
    return CohortError(f"{path}: {first_few(faults, FAULTS_SHOWN, '; ', more)}")


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
