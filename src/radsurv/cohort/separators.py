"""What separates the columns of a text file, found by trying."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from radsurv.cohort.faults import quoted
from radsurv.errors import CohortError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def separated(path: Path, lines: list[str], above: int = 0) -> tuple[str, dict[str, list[str]]]:
    """The separator with which most rows are as long as the header, of several the one with most columns; and the rows.

    Parameters
    ----------
    path : Path
        For messages.
    lines : list of str
        With their ends, the header first.
    above : int
        How many lines of the file stand before them.

    Returns
    -------
    separator : str
        A key of `SEPARATORS`.
    rows : dict
        Cells by line ("line 7"); the header under "header".

    Raises
    ------
    CohortError
        No separator makes more than one column.
    """
    tried: list[tuple[tuple[float, int], str, dict[str, list[str]]]] = []
    for separator in SEPARATORS:
        try:
            rows = _rows(lines, separator, above)
        except csv.Error:
            continue
        n = len(rows.get("header", []))
        even = sum(len(cells) == n for cells in rows.values()) / max(len(rows), 1)
        if n > 1:
            tried.append(((even, n), separator, rows))
    if not tried:
        shown = quoted(lines[0].strip()) if lines else "empty"
        raise CohortError(
            f"{path}: its header is {shown}; expected several columns separated by {', '.join(SEPARATORS.values())}, and"
            " quotation marks in pairs"
        )
    _, separator, rows = max(tried, key=lambda one: one[0])
    return separator, rows


def _rows(lines: list[str], separator: str, above: int) -> dict[str, list[str]]:
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator, strict=True)
    found = {f"line {above + reader.line_num}": cells for cells in reader if any(cell.strip() for cell in cells)}
    if not found:
        return {}
    header = found.pop(next(iter(found)))
    # A separator at the end of every line makes no column.
    if not header[-1].strip() and not any(cells[len(header) - 1 :] != [""] for cells in found.values()):
        header, found = header[:-1], {place: cells[:-1] for place, cells in found.items()}
    return {"header": header, **found}
