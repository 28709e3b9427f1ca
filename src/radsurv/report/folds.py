"""What the folds kept: counts per fold and frequencies per feature."""

from __future__ import annotations

import pandas as pd

FOLD = ["repeat", "fold"]


def per_fold(predictions: pd.DataFrame, selections: pd.DataFrame) -> pd.DataFrame:
    """One row per fold and repeat, folds without any feature included.

    Returns
    -------
    (fold,) columns repeat, fold, patients (list of left-out ids), threshold, kept, nonzero
        ``kept`` counts the features that survived reduction, ``nonzero`` those with a non-zero coefficient.
    """
    table = predictions.groupby(FOLD).agg(patients=("patient_id", list), threshold=("threshold", "first"))
    kept = selections.groupby(FOLD).size()
    nonzero = selections[selections["coefficient"] != 0].groupby(FOLD).size()
    for name, counts in (("kept", kept), ("nonzero", nonzero)):
        table[name] = counts.reindex(table.index, fill_value=0).astype(int)
    return table.reset_index()


def per_feature(selections: pd.DataFrame, n_folds: int) -> pd.DataFrame:
    """One row per feature that survived reduction in at least one fold, the steadiest first.

    Parameters
    ----------
    selections : columns fold, repeat, feature, strength, coefficient
    n_folds
        Number of training sets, repeats counted, with and without surviving features.

    Returns
    -------
    (feature,) columns feature, kept, nonzero, coefficient, strength
        ``kept`` and ``nonzero`` are shares of all training sets; ``coefficient`` is the mean over those in which the
        feature survived (log hazard per standard deviation); ``strength`` the mean univariate strength.
    """
    rows = selections.assign(chosen=selections["coefficient"] != 0)
    table = rows.groupby("feature").agg(
        kept=("feature", "size"),
        nonzero=("chosen", "sum"),
        coefficient=("coefficient", "mean"),
        strength=("strength", "mean"),
    )
    table[["kept", "nonzero"]] = table[["kept", "nonzero"]] / max(n_folds, 1)
    # Ties are broken by name, so that the order does not depend on the order of the rows.
    return table.reset_index().sort_values(
        ["nonzero", "kept", "feature"], ascending=[False, False, True], ignore_index=True
    )
