"""The file that ``validation.inner_folds`` names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from radsurv.cohort.delimited import read_text_table
from radsurv.errors import CohortError, ConfigError


def read_inner_folds(path: str | None) -> pd.DataFrame | None:
    """The given inner folds, as text: the validation knows what has to be in it. None where none are given.

    Raises
    ------
    ConfigError
        When the file cannot be read as a table.
    """
    if path is None:
        return None
    try:
        return read_text_table(Path(path))
    except CohortError as error:
        raise ConfigError(f"validation.inner_folds: {error}") from None
