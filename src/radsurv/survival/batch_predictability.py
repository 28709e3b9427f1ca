"""How well the batch of a patient can be told from the features, before and after harmonisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from radsurv.survival.measurements import Measurements
from radsurv.survival.protected_covariates import labels_of
from radsurv.survival.transform import Transform

# Principal components that the classifier sees: fewer than patients, so that it can be fitted; more tell batches no better.
MOST_COMPONENTS = 20


@dataclass(frozen=True)
class BatchPredictability:
    """Balanced accuracy (mean over batches of the share told rightly) in left-out patients. NaN with a `reason`.

    Attributes
    ----------
    before, after : float
        From the features before and after harmonisation, by the same classifier on the same folds.
    chance : float
        What guessing gives: one over the number of batches.
    batches
        Patients of each batch that takes part.
    """

    before: float
    after: float
    chance: float
    batches: dict[str, int]
    reason: str | None = None


def batch_predictability(
    patients: Measurements,
    batch: str,
    *,
    before: Sequence[Transform],
    after: Sequence[Transform],
    n_folds: int,
    min_patients: int,
    seed: int,
) -> BatchPredictability:
    """Tell the batch of left-out patients by a logistic regression on the principal components of z-scored features.

    Stratified k-fold cross-validation over patients. In each fold transforms, z-scores, components and regression are
    learned from the training part alone. Harmonisation knows the batch of a left-out patient, as it does in use; the
    classifier does not.

    After harmonisation the means of the batches are alike in the training part, and those of left-out patients lie a little
    to the other side of it: with few patients the result falls *below* chance. A linear classifier sees shifts of features,
    not what differs in scale or correlation alone. So chance level does not prove that nothing is left.

    Parameters
    ----------
    patients
        Of all batches; those without a label, or of batches too small, take no part.
    batch
        Column of the cohort table.
    before, after
        Transforms in order, up to but without harmonisation (such as imputation), and with it. Values have to be complete
        after each.
    n_folds
        At least 2.
    min_patients
        Fewest patients of a batch in the training part of a fold, as harmonisation needs them.
    seed
        Draws the folds.
    """
    labels = labels_of(patients.cohort[batch])
    labelled = patients.cohort[batch].notna().to_numpy()
    found = dict(zip(*(part.tolist() for part in np.unique(labels[labelled], return_counts=True)), strict=True))
    batches = {label: n for label, n in found.items() if n >= n_folds and n - -(-n // n_folds) >= min_patients}
    if len(batches) < 2:
        reason = (
            f"{len(batches)} of {len(found)} batches by {batch} have enough patients: {n_folds} folds, and {min_patients}"
            " patients in the training part of each"
        )
        return BatchPredictability(np.nan, np.nan, np.nan, batches, reason)
    rows = np.flatnonzero(labelled & np.isin(labels, list(batches)))
    chosen, truth = patients.take(rows), labels[rows]
    told = [_told(chosen, truth, steps, n_folds, seed) for steps in (before, after)]
    accuracy = [float(np.mean([np.mean(guess[truth == one] == one) for one in batches])) for guess in told]
    return BatchPredictability(accuracy[0], accuracy[1], 1 / len(batches), batches)


def _told(patients: Measurements, truth: np.ndarray, steps: Sequence[Transform], n_folds: int, seed: int) -> np.ndarray:
    """The batch of every patient, as the fold that left them out tells it."""
    # Imported here because it takes longer than everything else in this module together.
    from sklearn.model_selection import StratifiedKFold

    told = np.empty_like(truth)
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for training, left_out in folds.split(np.zeros((len(truth), 1)), truth):
        members, others = patients.take(training), patients.take(left_out)
        for step in steps:
            fitted = step.fit(members)
            members, others = fitted.apply(members), fitted.apply(others)
        told[left_out] = _classifier(members.values).fit(members.values, truth[training]).predict(others.values)
    return told


def _classifier(values: Float[np.ndarray, "member feature"]) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(values)
    n_components = min(MOST_COMPONENTS, (len(values) - 1) // 2, int(np.linalg.matrix_rank(scaled)))
    if n_components == 0:
        return DummyClassifier(strategy="prior")
    return make_pipeline(
        StandardScaler(),
        PCA(n_components, svd_solver="full", whiten=True),
        LogisticRegression(class_weight="balanced", max_iter=10_000),
    )
