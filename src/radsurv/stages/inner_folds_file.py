"""The file that ``validation.inner_folds`` names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from radsurv.cohort.delimited import read_text_table
from radsurv.errors import CohortError, ConfigError
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.validation.inner_folds import ALL


def read_inner_folds(path: str | None, name: Callable[[str], str]) -> pd.DataFrame | None:
    """The given inner folds, as text: the validation knows what has to be in it. None where none are given.

    Parameters
    ----------
    path
    name
        What a patient of the file is called in this run.

    Raises
    ------
    ConfigError
        When the file cannot be read as a table.
    """
    if path is None:
        return None
    try:
        table = read_text_table(Path(path))
    except CohortError as error:
        raise ConfigError(f"validation.inner_folds: {error}") from None
    renamed = table.rename(columns=lambda column: column if column in (PATIENT_ID, ALL) else name(str(column)))
    return renamed.assign(**{PATIENT_ID: [*map(name, table[PATIENT_ID])]}) if PATIENT_ID in table else renamed
