"""Clinical covariates as numeric feature columns. Nothing here is learned from outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from radsurv.cohort.faults import unknown_name
from radsurv.cohort.paths import PATHS
from radsurv.errors import CohortError
from radsurv.options.cohort_table import EVENT_CAUSE

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "clinical_"
NOT_COVARIATES = ("patient_id", "time", "event", EVENT_CAUSE, *PATHS)


def is_clinical(feature: str) -> bool:
    """Whether a feature is a covariate, or an indicator of a missing one, by its name."""
    return feature.startswith(PREFIX)


# Of each covariate the labels, the reference first; None for a number.
Classes = Mapping[str, Sequence[str] | None]


def covariate_classes(table: pd.DataFrame, covariates: Sequence[str]) -> dict[str, list[str] | None]:
    """How :func:`encode_covariates` encodes covariates: what a model has to remember to encode those of other patients.

    Returns
    -------
    dict
        By covariate, its labels, the reference first; None where it is a number.

    Raises
    ------
    CohortError
        A covariate that is not in the table, or is the outcome, an id or a path.
    """
    # Imported here because options are read without pandas.
    import pandas as pd

    for name in covariates:
        if name in NOT_COVARIATES:
            raise CohortError(f"cohort.covariates: {name!r} is no property of a patient at the start; remove it")
        if name not in table:
            raise CohortError(f"cohort.covariates: {unknown_name(name, table)}")
    return {
        name: None if pd.api.types.is_numeric_dtype(table[name]) else _classes(table[name])
        for name in dict.fromkeys(covariates)
    }


def encode_covariates(table: pd.DataFrame, covariates: Sequence[str], classes: Classes | None = None) -> pd.DataFrame:
    """Encode covariates as features.

    Numbers stay as they are. Of k classes the most frequent one (of several, the first in the alphabet) is the
    reference, and each of the others becomes a column of 0 and 1.

    Parameters
    ----------
    table : DataFrame
        As `read_table` gives it.
    covariates : sequence of str
        ``cohort.covariates``, e.g. ``["age", "sex"]``.
    classes
        Their encoding in another cohort, as :func:`covariate_classes` gives it, in place of the one that follows from this
        table. A label that was not seen there is a missing value here.

    Returns
    -------
    DataFrame
        ``patient_id``, then float columns such as ``clinical_age``, ``clinical_sex_M``; NaN where the value is missing.

    Raises
    ------
    CohortError
        A covariate that is not in the table, or is the outcome, an id or a path; or one that is a number here and a label
        in `classes`, or the other way round; or two that become one column, such as ``a`` with the label ``b_x`` and ``a_b``
        with the label ``x``.
    """
    own = covariate_classes(table, covariates)
    features = table[["patient_id"]].copy()
    whose: dict[str, str] = {}
    for name, labels in (own if classes is None else {name: classes[name] for name in own}).items():
        values = table[name]
        if (labels is None) != (own[name] is None) and values.notna().any():
            found, expected = ("numbers", "labels") if own[name] is None else ("labels", "numbers")
            raise CohortError(
                f"cohort.covariates: {name!r} holds {found} here, and {expected} in the cohort of the model: translate it"
                f" with cohort.values.{name}"
            )
        encoded = (
            {f"{PREFIX}{name}": values.astype("float64")}
            if labels is None
            else {
                f"{PREFIX}{name}_{label}": (values == label).astype("float64").where(values.isin(labels))
                for label in labels[1:]
            }
        )
        for column, numbers in encoded.items():
            if whose.setdefault(column, name) != name:
                raise CohortError(
                    f"cohort.covariates: {whose[column]!r} and {name!r} both become the feature {column!r}; expected a name"
                    " of its own for each: rename one with cohort.columns, or its label with cohort.values"
                )
            features[column] = numbers
    return features


def unknown_labels(table: pd.DataFrame, classes: Classes) -> dict[str, str]:
    """For each patient with labels that were not seen in the cohort of `classes`, which ones, and those that were."""
    said: dict[str, list[str]] = {}
    for name, labels in classes.items():
        if labels is None:
            continue
        strange = table[name].notna() & ~table[name].isin(labels)
        for patient, label in zip(table.loc[strange, "patient_id"], table.loc[strange, name], strict=True):
            known = ", ".join(labels)
            said.setdefault(patient, []).append(f"{name}={label} is none of the labels that the model knows: {known}")
    return {patient: "; ".join(sentences) for patient, sentences in said.items()}


def _classes(values: pd.Series) -> list[str]:
    """The reference class, then the others in the order of the alphabet."""
    counts = values.value_counts().sort_index()
    if counts.empty:
        return []
    reference = counts.idxmax()
    return [reference, *(label for label in counts.index if label != reference)]
