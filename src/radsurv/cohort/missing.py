"""Words that stand in a table for "no value", as table software and archives write them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from radsurv.cohort.cell import parsed

# Without case and surrounding blanks. A patient may be called NA, so identifiers are exempt.
PLAIN = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "<na>"})
# GDC ('--), TCGA and cBioPortal ([Not Available] …), REDCap and people.
OF_ARCHIVES = frozenset(
    {
        "'--", "--", "-", "–", "—", ".", "?", "n.a.", "n.a", "none", "unknown", "not reported", "not applicable",
        "not available", "[not available]", "[not applicable]", "[not evaluated]", "[not reported]", "[unknown]",
        "[discrepancy]", "[completed]", "[pending]",
    }
)  # fmt: skip


class MissingWords:
    """Says of a cell whether it holds no value.

    Parameters
    ----------
    more : iterable of str
        Further words (``cohort.missing``). A number is meant by its value: ``-999`` also covers ``-999.0``.

    Attributes
    ----------
    numbers : frozenset of float
        Those among the further words.
    """

    def __init__(self, more: Iterable[str] = ()) -> None:
        own = {_folded(word) for word in more}
        self._words = PLAIN | OF_ARCHIVES | own
        self.numbers = frozenset(number for number in map(parsed, own) if number is not None)

    def __contains__(self, cell: str) -> bool:
        return _folded(cell) in self._words or (bool(self.numbers) and parsed(cell) in self.numbers)

    def mask(self, cells: pd.Series) -> pd.Series:
        """Of each cell, whether it holds no value."""
        return cells.map(self.__contains__).astype(bool)

    def worth_telling(self, cells: pd.Series) -> list[str]:
        """The words in a column that somebody else might take for a label, as they stand there."""
        return list(dict.fromkeys(cell for cell in cells if cell in self and _folded(cell) not in PLAIN))


def _folded(cell: str) -> str:
    return cell.strip().casefold()
