"""What the folds kept: counts per fold and frequencies per feature."""

from __future__ import annotations

import pandas as pd

from radsurv.catalogue.tables import COHORT, PREDICTIONS
from radsurv.report.experiment import Experiment

FOLD = ["repeat", "fold"]


def per_fold(predictions: pd.DataFrame, folds: pd.DataFrame) -> pd.DataFrame:
    """The folds with the names of those whom each left out.

    Returns
    -------
    (fold,) columns of `folds`, and patients (list of left-out ids; empty where several models judge a patient)
    """
    named = predictions.groupby(FOLD)["patient_id"].agg(list)
    places = folds.set_index(FOLD).index
    return folds.assign(patients=pd.Series([named.get(place, []) for place in places], index=folds.index, dtype=object))


def site_of_fold(predictions: pd.DataFrame, cohort: pd.DataFrame) -> dict[int, str]:
    """The site that each fold of a leave-site-out cross-validation left out."""
    known = cohort.set_index("patient_id")["site"]
    first = predictions.drop_duplicates("fold")
    return dict(zip(first["fold"].tolist(), known.loc[first["patient_id"]].tolist(), strict=True))


def sites_left_out(experiment: Experiment) -> dict[int, str]:
    """By fold; empty where folds are no sites."""
    scheme, cohort, predictions = experiment.scheme, experiment.table(COHORT), experiment.table(PREDICTIONS)
    if scheme is None or not scheme.by_site or cohort is None or "site" not in cohort or predictions is None:
        return {}
    return site_of_fold(predictions, cohort)


def per_feature(selections: pd.DataFrame, n_folds: int) -> pd.DataFrame:
    """One row per feature that survived reduction in at least one fold, the steadiest first.

    That is the one that survived in most folds; of equals the one with a coefficient in more, then with the larger mean one; then
    by name, so that the order does not depend on that of the rows. Stage ``attribution`` chooses in the same order.

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
    ordered = table.assign(weight=table["coefficient"].abs()).reset_index()
    return ordered.sort_values(
        ["kept", "nonzero", "weight", "feature"], ascending=[False, False, False, True], ignore_index=True
    ).drop(columns="weight")
