"""Clinical covariates as numeric feature columns. Nothing here is learned from outcomes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radsurv.cohort.faults import unknown_name
from radsurv.cohort.schema import PATHS
from radsurv.errors import CohortError

PREFIX = "clinical_"
NOT_COVARIATES = ("patient_id", "time", "event", *PATHS)


def encode_covariates(table: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Encode covariates as features.

    Numbers stay as they are. Of k classes the most frequent one (of several, the first in the alphabet) is the
    reference, and each of the others becomes a column of 0 and 1.

    Parameters
    ----------
    table : DataFrame
        As `read_table` gives it.
    covariates : sequence of str
        ``cohort.covariates``, e.g. ``["age", "sex"]``.

    Returns
    -------
    DataFrame
        ``patient_id``, then float columns such as ``clinical_age``, ``clinical_sex_M``; NaN where the value is missing.

    Raises
    ------
    CohortError
        A covariate that is not in the table, or is the outcome, an id or a path.
    """
    features = table[["patient_id"]].copy()
    for name in dict.fromkeys(covariates):
        if name in NOT_COVARIATES:
            raise CohortError(f"cohort.covariates: {name!r} is no property of a patient at the start; remove it")
        if name not in table:
            raise CohortError(f"cohort.covariates: {unknown_name(name, table)}")
        values = table[name]
        if pd.api.types.is_numeric_dtype(values):
            features[f"{PREFIX}{name}"] = values.astype("float64")
            continue
        for label in _classes(values)[1:]:
            features[f"{PREFIX}{name}_{label}"] = (values == label).astype("float64").where(values.notna())
    return features


def _classes(values: pd.Series) -> list[str]:
    """The reference class, then the others in the order of the alphabet."""
    counts = values.value_counts().sort_index()
    if counts.empty:
        return []
    reference = counts.idxmax()
    return [reference, *(label for label in counts.index if label != reference)]
