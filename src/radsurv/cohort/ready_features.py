"""A ready table of features in place of images, and how it is matched with the cohort table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from radsurv.cohort.covariates import NOT_COVARIATES
from radsurv.cohort.delimited import PARQUET, read_parquet, read_text_table
from radsurv.cohort.faults import quoted, table_error
from radsurv.cohort.feature_columns import feature_columns, id_column
from radsurv.cohort.feature_values import FeatureValues
from radsurv.cohort.identifiers import counterparts, examples
from radsurv.cohort.mapping import map_table, select_rows
from radsurv.cohort.missing import MissingWords
from radsurv.errors import CohortError
from radsurv.formats import plural
from radsurv.options.cohort_table import PATIENT_ID, CohortConfig
from radsurv.options.imaging import NOT_IMAGES

# Why a row of the feature table takes no part. Such a patient was never one of the cohort, and is not counted among those left out.
NOT_IN_COHORT = "in the feature table, but not among the patients of the cohort table"


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


@dataclass(frozen=True)
class ReadyFeatures:
    """Features that somebody else computed.

    Attributes
    ----------
    table : DataFrame
        ``patient_id`` (str), then float64 columns; NaN where a cell is empty.
    notes : list of str
        Which columns are no features, by kind, where there are any.
    """

    table: pd.DataFrame
    notes: list[str]


def read_feature_table(cohort: CohortConfig, clinical: Collection[str] = ()) -> ReadyFeatures:
    """Read features as a program wrote them, or as somebody cleaned them.

    Parameters
    ----------
    cohort : CohortConfig
        ``features`` is CSV, with any separator, or Parquet: ids in a column that ``feature_id`` names, ``patient_id`` by default, and
        columns of numbers. It may be ``table``, too: then no column that the cohort table is read for is a feature, and rows that
        ``select`` leaves out are not read.
    clinical : collection of str
        Further columns that a run reads from the cohort table.

    Raises
    ------
    CohortError
        An id that stands there twice or is missing; columns of which some cells are no numbers, infinite, too large to be squared, or
        all of them too small for it; no feature.
    ConfigError
        ``feature_columns`` has a pattern that no column matches.
    """
    path = Path(str(cohort.features))
    cells, of_ids = _read(path)
    shared = _is_cohort_table(path, cohort)
    name = id_column(cells, cohort, path, shared=shared)
    ids = of_ids(name)
    if shared:
        rows = map_table(read_text_table(path), cohort, path)
        if cohort.feature_id is None and PATIENT_ID in rows:
            ids = rows[PATIENT_ID]  # as `cohort.values` renames them
        taken = cells.index.isin(select_rows(rows, cohort, str(path))[0].index)
        cells = cells[taken]
        ids = ids.loc[cells.index]
    _check_ids(path, ids)
    values = FeatureValues(cells.drop(columns=name), MissingWords(cohort.missing))
    read_for = _read_for(cohort, clinical) if shared else None
    columns = feature_columns(cells, values.texts, name, cohort, path, read_for)
    also = " (the cohort table, too)" if shared else ""
    told = f"{path}{also}: {plural(len(columns.features), 'feature')}; not read: {columns.told}"
    return ReadyFeatures(values.table(columns.features, ids, path), [told] if columns.told else [])


def _is_cohort_table(path: Path, cohort: CohortConfig) -> bool:
    table = Path(cohort.table)
    return cohort.join is None and table.exists() and path.samefile(table)


def _read_for(cohort: CohortConfig, clinical: Collection[str]) -> set[str]:
    """Columns that the cohort table is read for, by its own names and by ours."""
    ours = {
        *NOT_IMAGES,
        *NOT_COVARIATES,
        *cohort.covariates,
        *cohort.values,
        *cohort.select,
        *cohort.columns,
        *clinical,
    }
    return ours | {*cohort.columns.values()}


def _check_ids(path: Path, ids: pd.Series) -> None:
    if (ids == "").any():
        raise table_error(path, [f"{(ids == '').sum()} rows have no patient_id; add it or remove the rows"])
    twice = list(dict.fromkeys(ids[ids.duplicated()]))
    if twice:
        raise table_error(path, [f"patient {quoted(patient)} has several rows; keep one" for patient in twice])


def match_patients(
    cohort: pd.DataFrame, features: pd.DataFrame, path: str, name: Callable[[str], str] = str
) -> Matched:
    """Keep the patients who are in both tables, by ids that are the same to the letter.

    Parameters
    ----------
    cohort, features : DataFrame
        As `read_table` and `read_feature_table` (its table) give them.
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
            f" {remedy or 'check that both tables are of the same patients, and which column holds the ids (cohort.feature_id)'}"
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


def _read(path: Path) -> tuple[pd.DataFrame, Callable[[str], pd.Series]]:
    """Columns of float64 or of text, by where each row is, and how to get any of them as text."""
    if path.suffix.lower() not in PARQUET or not path.is_file():
        cells = read_text_table(path, any_separator=True)
        return cells, cells.__getitem__
    table = read_parquet(path)
    if not table.num_rows or not table.column_names:
        raise table_error(path, ["no rows; expected column names and one row per patient"])
    places = pd.Index([f"row {number}" for number in range(1, table.num_rows + 1)], dtype=object)

    def as_text(name: str) -> pd.Series:
        texts = ["" if value is None else str(value).strip() for value in table.column(name).to_pylist()]
        return pd.Series(texts, index=places, dtype=object)

    columns = {
        field.name: pd.Series(table.column(field.name).to_pandas().to_numpy(dtype=np.float64, copy=True), index=places)
        if _is_number(field.type)
        else as_text(field.name)
        for field in table.schema
    }
    return pd.DataFrame(columns, index=places), as_text


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))
