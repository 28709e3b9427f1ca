"""A ready table of features in place of images, and how it is matched with the cohort table."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from radsurv.cohort.delimited import MISSING, read_text_table
from radsurv.cohort.faults import FAULTS_SHOWN, quoted, table_error
from radsurv.errors import CohortError


def read_feature_table(path: Path) -> pd.DataFrame:
    """Read features that somebody else computed.

    Parameters
    ----------
    path : Path
        CSV or Parquet: ``patient_id`` first, then numeric columns.

    Returns
    -------
    DataFrame
        ``patient_id`` (str), then float64 columns; NaN where a cell is empty.

    Raises
    ------
    CohortError
        A column that is not numeric, a value that is infinite, an id or a name that stands there twice, no feature.
    """
    is_parquet = path.suffix.lower() in {".parquet", ".pq"} and path.is_file()
    table = _read_parquet(path) if is_parquet else _read_csv(path)
    ids = table["patient_id"]
    if (ids == "").any():
        raise table_error(path, [f"{(ids == '').sum()} rows have no patient_id; add it or remove the rows"])
    twice = list(dict.fromkeys(ids[ids.duplicated()]))
    if twice:
        raise table_error(path, [f"patient {quoted(patient)} has several rows; keep one" for patient in twice])
    infinite = np.isinf(table.drop(columns="patient_id").to_numpy())
    if infinite.any():
        raise table_error(
            path,
            [
                f"{table.columns[column + 1]!r} is infinite for patient {quoted(ids.iloc[row])}; "
                "expected a number, or nothing where it cannot be computed"
                for row, column in np.argwhere(infinite)
            ],
        )
    return table


def match_patients(cohort: pd.DataFrame, features: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Keep the patients who are in both tables.

    Parameters
    ----------
    cohort, features : DataFrame
        As `read_table` and `read_feature_table` give them.

    Returns
    -------
    cohort, features, unmatched : DataFrame, DataFrame, dict
        The same patients in both tables, in the order of the cohort table; and why each of the others is in neither.
    """
    with_features, with_outcome = set(features["patient_id"]), set(cohort["patient_id"])
    unmatched = {
        patient: "not in the feature table" for patient in cohort["patient_id"] if patient not in with_features
    }
    unmatched |= {
        patient: "in the feature table, but not among the patients of the cohort table"
        for patient in features["patient_id"]
        if patient not in with_outcome
    }
    kept = cohort[cohort["patient_id"].isin(with_features)].reset_index(drop=True)
    aligned = features.set_index("patient_id").reindex(kept["patient_id"]).reset_index()
    return kept, aligned, unmatched


def _read_csv(path: Path) -> pd.DataFrame:
    cells = read_text_table(path)
    names = [str(name) for name in cells]
    _check_names(path, names)
    values, wrong = {}, []
    for name in names[1:]:
        parsed = [_float(cell) for cell in cells[name]]
        wrong += [
            f"{place}: {name!r} is {quoted(cell)}; expected a number, or nothing"
            for place, cell, value in zip(cells.index, cells[name], parsed, strict=True)
            if value is None
        ]
        values[name] = np.array(parsed, dtype=np.float64)
    if wrong:
        raise table_error(path, wrong)
    return pd.DataFrame({"patient_id": cells["patient_id"], **values}).reset_index(drop=True)


def _float(cell: str) -> float | None:
    """The number in a cell, NaN where it is empty, None where it holds something else."""
    if cell in MISSING:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        return None


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise CohortError(f"{path} is not readable as Parquet ({str(error).splitlines()[0]}); write it again") from None
    names = [name for name in table.column_names if name != "__index_level_0__"]
    _check_names(path, names)
    texts = [
        field.name
        for field in table.schema
        if field.name in names[1:]
        and not (pa.types.is_floating(field.type) or pa.types.is_integer(field.type) or pa.types.is_boolean(field.type))
    ]
    if texts:
        found = f"{texts[0]!r} holds {table.schema.field(texts[0]).type}"
        more = f" ({len(texts)} such columns)" if len(texts) > 1 else ""
        raise table_error(path, [f"{found}{more}; expected numbers"])
    ids = ["" if value is None else str(value).strip() for value in table.column("patient_id").to_pylist()]
    values = {name: table.column(name).to_pandas().to_numpy(dtype=np.float64) for name in names[1:]}
    return pd.DataFrame({"patient_id": pd.Series(ids, dtype=object), **values})


def _check_names(path: Path, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise table_error(
            path, [f"column {name!r} is there several times; rename one" for name in twice[:FAULTS_SHOWN]]
        )
    if not names or names[0] != "patient_id":
        first = f"the first column is {names[0]!r}" if names else "no columns"
        raise table_error(path, [f"{first}; expected patient_id first, then features"])
    if len(names) == 1:
        raise table_error(path, ["no feature columns; expected patient_id, then numeric columns"])
