"""A sheet of an Excel workbook as rows of text."""

from __future__ import annotations

import warnings
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from radsurv.errors import CohortError
from radsurv.formats import plural


def workbook_rows(path: Path, sheet: str | None) -> tuple[dict[str, list[str]], list[str]]:
    """Cells by row number, the header under "header"; and what was found out about the file.

    Dates become YYYY-MM-DD, whole numbers lose their .0: as the sheet shows them, not as it stores them.

    Parameters
    ----------
    sheet : str, optional
        Needed where several sheets hold something.

    Raises
    ------
    CohortError
        No workbook, no such sheet, several sheets, or formulas whose values the file does not hold.
    """
    # Imported here because only workbooks need it, and every command would wait for it.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # Of what openpyxl does not keep (drop-down lists, print areas), when nothing is written back.
            warnings.simplefilter("ignore", UserWarning)
            values, formulas = (load_workbook(path, data_only=data_only) for data_only in (True, False))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise CohortError(f"{path} is not readable as an Excel workbook ({error}); save it again as .xlsx") from None
    chosen = _sheet(path, values, sheet)
    rows: dict[str, list[str]] = {}
    for number, (cells, behind) in enumerate(
        zip(values[chosen].iter_rows(), formulas[chosen].iter_rows(), strict=True), 1
    ):
        lost = next(
            (
                cell
                for cell, source in zip(cells, behind, strict=True)
                if cell.value is None and source.value is not None
            ),
            None,
        )
        if lost is not None:
            raise CohortError(
                f"{path}: {lost.coordinate} of {chosen!r} holds a formula without its value; open the workbook in Excel, save it"
            )
        texts = [_text(cell.value) for cell in cells]
        if any(text.strip() for text in texts):
            rows[f"row {number}" if rows else "header"] = texts
    width = max((at for cells in rows.values() for at, text in enumerate(cells, 1) if text.strip()), default=0)
    others = len(values.sheetnames) - 1
    said = f"file: Excel workbook, sheet {chosen!r}" + (
        f" ({plural(others, 'further sheet')}: not read)" if others else ""
    )
    return {place: cells[:width] for place, cells in rows.items()}, [said]


def _sheet(path: Path, workbook: Any, asked: str | None) -> str:
    names = [sheet.title for sheet in workbook.worksheets]
    filled = [sheet.title for sheet in workbook.worksheets if sheet.max_row > 1]
    if asked is not None and asked not in names:
        raise CohortError(f"{path} has no sheet {asked!r}; it has {', '.join(map(repr, names))}: correct --sheet")
    if asked is None and len(filled) > 1:
        raise CohortError(f"{path} has tables on {', '.join(map(repr, filled))}; expected one: name it with --sheet")
    found = asked or next(iter(filled), names[0] if names else None)
    if found is None:
        raise CohortError(f"{path} has no sheet with cells; expected a table")
    return str(found)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
