"""The numbers in columns of somebody's feature table, and all columns that cannot be features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.cohort.cell import parsed
from radsurv.cohort.faults import FAULTS_SHOWN, quoted
from radsurv.cohort.magnitudes import LARGEST, OTHER_UNIT, SMALLEST
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import WITH_SIGN_OR_UNIT, as_found, comma_in
from radsurv.errors import Fault, TableFaults
from radsurv.formats import first_few, plural

NAMES_SHOWN = 60
# A number as people group its digits: 1_000, 1 000, 26.4,0.
GROUPED = re.compile(r"[+-]?\d[\d.]*([,_'\s][\d.]+)+")


class FeatureValues:
    """Every column of a table as numbers.

    Parameters
    ----------
    cells : DataFrame
        Of float64 columns, which are taken as they are, and of text.
    missing : MissingWords

    Attributes
    ----------
    numbers : dict
        By column, ``float64 (patient,)``; NaN where a cell is empty or holds no number.
    texts : set of str
        Columns of text: none of their cells is a number or could be meant for one. Where only some are none, it is a fault.
    """

    def __init__(self, cells: pd.DataFrame, missing: MissingWords) -> None:
        self._cells = cells
        self._wrong: dict[str, pd.Series] = {}
        self.numbers: dict[str, Float[np.ndarray, "patient"]] = {}
        self.texts: set[str] = set()
        for name in cells:
            self._read(str(name), cells[name], missing)

    def _read(self, name: str, column: pd.Series, missing: MissingWords) -> None:
        if column.dtype == np.float64:
            values = column.to_numpy(copy=True)
            values[np.isin(values, list(missing.numbers))] = np.nan
            self.numbers[name] = values
            return
        read = [_float(cell, missing) for cell in column]
        self.numbers[name] = np.array([math.nan if value is None else value for value in read], dtype=np.float64)
        wrong = column[[value is None for value in read]]
        if not len(wrong):
            return
        self._wrong[name] = wrong
        if np.isnan(self.numbers[name]).all() and not any(map(_meant_for_a_number, wrong)):
            self.texts.add(name)

    def table(self, names: Sequence[str], ids: pd.Series, path: Path) -> pd.DataFrame:
        """``patient_id``, then these columns.

        Raises
        ------
        TableFaults
            Naming every column that has a cell without a number, an infinite value, one too large to be squared, or only values too
            small for it.
        """
        faults = dict(filter(None, (self._fault(name, ids) for name in names)))
        if faults:
            raise _error(path, faults)
        values = {name: self.numbers[name] for name in names}
        return pd.DataFrame({"patient_id": ids, **values}).reset_index(drop=True)

    def _fault(self, name: str, ids: pd.Series) -> tuple[str, Fault] | None:
        """What is wrong with a column, at its first such cell."""
        values = self.numbers[name]
        if name in self._wrong:
            wrong = self._wrong[name]
            what = f"{wrong.index[0]}: {name!r} is {as_found(wrong.iloc[0])}{_more(len(wrong))}"
            return name, Fault(what, "expected a number, or nothing", str(ids[wrong.index[0]]), name)
        infinite = np.flatnonzero(np.isinf(values))
        if len(infinite):
            whose = str(ids.iloc[infinite[0]])
            what = f"{name!r} is infinite for patient {quoted(whose)}{_more(len(infinite))}"
            return name, Fault(what, "expected a number, or nothing where it cannot be computed", whose, name)
        sizes = np.nan_to_num(np.abs(values), nan=0.0)
        row = int(sizes.argmax())
        if sizes[row] <= LARGEST and (sizes[row] == 0 or sizes[row] >= SMALLEST):
            return None
        whose = str(ids.iloc[row])
        what = f"the largest value of {name!r} is {sizes[row]:g} in size (patient {quoted(whose)})"
        remedy = f"expected {SMALLEST:g} to {LARGEST:g}, whose squares are numbers: {OTHER_UNIT}"
        return name, Fault(what, remedy, whose, name)


def _error(path: Path, faults: Mapping[str, Fault]) -> TableFaults:
    """The first few columns with what was found, and the names of all others."""
    said = "; ".join(f"{fault.what}; {fault.remedy}" for fault in [*faults.values()][:FAULTS_SHOWN])
    others = [*map(repr, faults)][FAULTS_SHOWN:]
    also = f"; likewise {first_few(others, NAMES_SHOWN)}" if others else ""
    count = f"{plural(len(faults), 'column')} cannot be features: " if len(faults) > 1 else ""
    return TableFaults(
        f"{path}: {count}{said}{also}; correct what is no number, or say which columns are features with"
        " 'cohort.feature_columns=[PATTERN]'",
        [*faults.values()],
    )


def _more(n_cells: int) -> str:
    return f" ({plural(n_cells - 1, 'more such cell')})" if n_cells > 1 else ""


def _float(cell: str, missing: MissingWords) -> float | None:
    """The number in a cell, NaN where it is empty, None where it holds something else."""
    value = parsed(cell)
    if value is None:
        return math.nan if cell in missing else None
    return math.nan if value in missing.numbers else value


def _meant_for_a_number(cell: str) -> bool:
    return bool(comma_in(cell) or WITH_SIGN_OR_UNIT.fullmatch(cell) or GROUPED.fullmatch(cell))
