"""Numbers with a decimal comma, where a column leaves no doubt that it is one."""

from __future__ import annotations

import re

import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import DECIMAL_COMMA, MOSTLY, PERHAPS_THOUSANDS, finite_number
from radsurv.formats import first_few, plural

COLUMNS_SHOWN = 5


def with_points(table: pd.DataFrame, *, every: bool) -> tuple[pd.DataFrame, list[str]]:
    """Write 26,4 as 26.4 in the columns whose numbers have commas and no points.

    1,000 may be a thousand. It is read as 1.000 where another number of the table has a comma that cannot be one of
    thousands (26,4), or if the user says so; else the column stays as it is.

    Parameters
    ----------
    table : DataFrame of str
    every : bool
        The user's word that commas are decimal ones.

    Returns
    -------
    table, said
    """
    missing = MissingWords()
    cells = {str(name): table[name][~missing.mask(table[name])] for name in table}
    with_comma = {
        name: its[its.map(lambda cell: bool(DECIMAL_COMMA.fullmatch(cell))).astype(bool)] for name, its in cells.items()
    }
    numbers = [name for name in cells if len(with_comma[name]) and _is_column_of_numbers(cells[name], with_comma[name])]
    certain = [
        name for name in numbers if not with_comma[name].map(lambda cell: bool(PERHAPS_THOUSANDS.fullmatch(cell))).all()
    ]
    if not every and not certain:
        return table, [
            f"{name}: {quoted(with_comma[name].iloc[0])} may be a thousand or a decimal comma; left as it is"
            " (--decimal-comma reads it as one)"
            for name in numbers
        ]
    mixed = [name for name in numbers if cells[name].map(lambda cell: bool(re.fullmatch(r"[+-]?\d*\.\d+", cell))).any()]
    changed = [name for name in numbers if name not in mixed]
    table = table.copy()
    for name in changed:
        point = with_comma[name].str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        table.loc[point.index, name] = point
    said = [f"{name}: has numbers with commas and with points; left as it is: correct the table" for name in mixed]
    if changed:
        n = sum(len(with_comma[name]) for name in changed)
        why = (
            "--decimal-comma"
            if every
            else f"{quoted(_example(with_comma[certain[0]]))} in {certain[0]} can be nothing else"
        )
        said.insert(0, f"decimal comma in {first_few(changed, COLUMNS_SHOWN)} ({plural(n, 'cell')}; {why})")
    return table, said


def _example(cells: pd.Series) -> str:
    return next(cell for cell in cells if not PERHAPS_THOUSANDS.fullmatch(cell))


def _is_column_of_numbers(present: pd.Series, with_comma: pd.Series) -> bool:
    plain = present.map(lambda cell: finite_number(cell) is not None).sum()
    return bool(plain + len(with_comma) >= MOSTLY * len(present))
