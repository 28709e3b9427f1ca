"""Covariates that are classes (sex, site, sequence …), and warnings of classes with next to nobody in them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

STANDARD = ("sex", "site", "sequence")
RARE = 2
NAMED_ONE_BY_ONE = 4


def is_class(values: pd.Series) -> bool:
    """Whether a column holds classes: texts, or two numbers such as 0 and 1."""
    return not pd.api.types.is_numeric_dtype(values) or values.nunique() == 2


def rare_class_warnings(table: pd.DataFrame, covariates: Iterable[str]) -> list[tuple[str, str]]:
    """Classes with one or two patients, in the standard columns and in `covariates`.

    A training set may hold nobody of such a class. A column with many of them, as sites often are, gets one line.

    Returns
    -------
    list of (patient_id, reason)
    """
    warnings: list[tuple[str, str]] = []
    for name in dict.fromkeys([*STANDARD, *covariates]):
        if name not in table or not is_class(table[name]):
            continue
        size = table[name].map(table[name].value_counts())
        rare = table[size <= RARE]
        if 0 < len(rare) <= NAMED_ONE_BY_ONE:
            warnings += [
                (patient, f"{name}={_shown(label)} has {'only 1 patient' if n == 1 else f'only {n} patients'}")
                for patient, label, n in zip(rare["patient_id"], rare[name], size[rare.index].astype(int), strict=True)
            ]
        elif len(rare):
            reason = f"{name} has {rare[name].nunique()} classes of {RARE} patients or fewer ({len(rare)} patients)"
            warnings.append((rare["patient_id"].iloc[0], reason))
    return warnings


def _shown(label: object) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)
