"""A ready table of features in place of images, and how it is matched with the cohort table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from radsurv.cohort.cell import parsed
from radsurv.cohort.delimited import INDEX, read_parquet, read_text_table
from radsurv.cohort.faults import quoted, table_error
from radsurv.cohort.identifiers import counterparts, examples
from radsurv.cohort.magnitudes import LARGEST, OTHER_UNIT, SMALLEST
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import as_found
from radsurv.errors import CohortError

# Why a row of the feature table takes no part. Such a patient was never one of the cohort, and is not counted among those left out.
NOT_IN_COHORT = "in the feature table, but not among the patients of the cohort table"
ROW_NAMES = "__index_level_0__"  # an index without a name, as pandas writes it into a Parquet file


@dataclass(frozen=True)
class Matched:
    """The patients who are in both tables, and what became of the others.

    Attributes
    ----------
    cohort, features : DataFrame
        The same patients in both, in the order of the cohort table.
    without_features, without_outcome : dict
        By patient of the cohort table, or of the feature table only, why there is no counterpart.
    notes : list of str
        Where others would have one if their ids were written alike.
    """

    cohort: pd.DataFrame
    features: pd.DataFrame
    without_features: dict[str, str]
    without_outcome: dict[str, str]
    notes: list[str]


def read_feature_table(path: Path, missing_words: Sequence[str] = ()) -> pd.DataFrame:
    """Read features that somebody else computed.

    Parameters
    ----------
    path : Path
        CSV or Parquet: ``patient_id`` first, then numeric columns. A nameless first column (an index that pandas wrote) is
        left out, or holds the ids where no column is called ``patient_id``.
    missing_words : sequence of str
        Further words for "no value" (``cohort.missing``).

    Returns
    -------
    DataFrame
        ``patient_id`` (str), then float64 columns; NaN where a cell is empty.

    Raises
    ------
    CohortError
        A column that is not numeric, a value that is infinite or too large to be squared, a feature too small for it, an id or
        a name that stands there twice, no feature.
    """
    is_parquet = path.suffix.lower() in {".parquet", ".pq"} and path.is_file()
    table = (_read_parquet if is_parquet else _read_csv)(path, MissingWords(missing_words))
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
    _check_sizes(path, table)
    return table


def _check_sizes(path: Path, table: pd.DataFrame) -> None:
    sizes = np.nan_to_num(np.abs(table.drop(columns="patient_id").to_numpy(dtype=np.float64)), nan=0.0)
    largest, whose = sizes.max(axis=0), sizes.argmax(axis=0)
    wrong = np.flatnonzero((largest > LARGEST) | ((largest > 0) & (largest < SMALLEST)))
    if len(wrong):
        raise table_error(
            path,
            [
                f"the largest value of {table.columns[int(column) + 1]!r} is {largest[column]:g} in size (patient"
                f" {quoted(table['patient_id'].iloc[int(whose[column])])}); expected {SMALLEST:g} to {LARGEST:g}, whose squares are"
                f" numbers: {OTHER_UNIT}"
                for column in wrong
            ],
        )


def match_patients(
    cohort: pd.DataFrame, features: pd.DataFrame, path: str, name: Callable[[str], str] = str
) -> Matched:
    """Keep the patients who are in both tables, by ids that are the same to the letter.

    Parameters
    ----------
    cohort, features : DataFrame
        As `read_table` and `read_feature_table` give them.
    path : str
        Of the feature table, for messages.
    name
        What a patient is called in reasons and notes; errors have the ids of the tables.

    Raises
    ------
    CohortError
        When not one patient is in both: with ids of each, and what would make them match.
    """
    with_features, with_outcome = set(features["patient_id"]), set(cohort["patient_id"])
    lacking = [patient for patient in cohort["patient_id"] if patient not in with_features]
    beside = [patient for patient in features["patient_id"] if patient not in with_outcome]
    pairs, what = counterparts(lacking, beside)
    remedy = f"{len(pairs)} would match but for {what}: write the ids alike in both tables" if pairs else ""
    if len(lacking) == len(cohort):
        raise CohortError(
            f"{path}: none of the {len(cohort)} patients of the cohort table ({examples(lacking)}) is among the"
            f" {len(beside)} of the feature table ({examples(beside)}); expected the same patient_id in both:"
            f" {remedy or 'check that both tables are of the same patients, and which column holds the ids'}"
        )
    without_features = {patient: "not in the feature table" for patient in lacking}
    without_features |= {
        patient: f"not in the feature table, which has {quoted(name(other))}" for patient, other in pairs.items()
    }
    kept = cohort[cohort["patient_id"].isin(with_features)].reset_index(drop=True)
    of_features = (
        f"{path}: of {len(lacking)} patients of the cohort table who are not in it ({examples([*map(name, lacking)])}),"
    )
    return Matched(
        kept,
        features.set_index("patient_id").reindex(kept["patient_id"]).reset_index(),
        without_features,
        {patient: NOT_IN_COHORT for patient in beside},
        [f"{of_features} {remedy} (it has {examples([*map(name, pairs.values())])})"] if pairs else [],
    )


def _read_csv(path: Path, missing: MissingWords) -> pd.DataFrame:
    cells = _with_ids_first(read_text_table(path))
    names = [str(name) for name in cells]
    _check_names(path, names)
    values, wrong = {}, []
    for name in names[1:]:
        numbers = [_float(cell, missing) for cell in cells[name]]
        wrong += [
            f"{place}: {name!r} is {as_found(cell)}; expected a number, or nothing"
            for place, cell, value in zip(cells.index, cells[name], numbers, strict=True)
            if value is None
        ]
        values[name] = np.array(numbers, dtype=np.float64)
    if wrong:
        raise table_error(path, wrong)
    return pd.DataFrame({"patient_id": cells["patient_id"], **values}).reset_index(drop=True)


def _with_ids_first(cells: pd.DataFrame) -> pd.DataFrame:
    """Without a nameless first column, unless it is the one that holds the ids."""
    if INDEX not in cells or cells.columns[0] != INDEX:
        return cells
    return cells.drop(columns=INDEX) if "patient_id" in cells else cells.rename(columns={INDEX: "patient_id"})


def _float(cell: str, missing: MissingWords) -> float | None:
    """The number in a cell, NaN where it is empty, None where it holds something else."""
    value = parsed(cell)
    if value is None:
        return math.nan if cell in missing else None
    return math.nan if value in missing.numbers else value


def _read_parquet(path: Path, missing: MissingWords) -> pd.DataFrame:
    table = read_parquet(path)
    if ROW_NAMES in table.column_names and "patient_id" not in table.column_names:
        others = [name for name in table.column_names if name != ROW_NAMES]
        table = table.select([ROW_NAMES, *others]).rename_columns(["patient_id", *others])
    if len(table.column_names) > 1 and table.column_names[:2] == [INDEX, "patient_id"]:
        table = table.drop_columns([INDEX])
    names = [name for name in table.column_names if name != ROW_NAMES]
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
    values = {name: table.column(name).to_pandas().to_numpy(dtype=np.float64, copy=True) for name in names[1:]}
    for column in values.values():
        column[np.isin(column, list(missing.numbers))] = np.nan
    return pd.DataFrame({"patient_id": pd.Series(ids, dtype=object), **values})


def _check_names(path: Path, names: list[str]) -> None:
    if not names or names[0] != "patient_id":
        first = f"the first column is {names[0]!r}" if names else "no columns"
        raise table_error(path, [f"{first}; expected patient_id first, then features"])
    if len(names) == 1:
        raise table_error(path, ["no feature columns; expected patient_id, then numeric columns"])
