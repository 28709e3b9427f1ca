"""How far a patient's numbers are from those of the others, measured so that the outliers themselves hardly count."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import gammaincinv

TO_SD = 1.4826  # the SD of a normal distribution over its median absolute deviation
# Of the joint distance: about one in a thousand exceeds it where four numbers are normal. With few patients more would exceed the
# quantile of χ², since the scatter fits those whom it is estimated from: how much more, by simulation of 20 to 200 patients.
JOINT_QUANTILE = 0.999
FEW_PATIENTS, FEW_PATIENTS_POWER = 400.0, -1.8
# Fewest patients to be unlike of: in one number, and in several together.
FEWEST, FEWEST_JOINTLY = 10, 20
SUPPORT = 0.75  # of the patients, whom the scatter is estimated from: up to a quarter may be of another kind


def robust_z(values: Float[np.ndarray, "patient"]) -> Float[np.ndarray, "patient"]:
    """Distance from the median in median absolute deviations, scaled to SDs; 0 where half of the values are one and the same.

    NaN where the value is, and everywhere with fewer than `FEWEST` values.
    """
    known = values[np.isfinite(values)]
    if len(known) < FEWEST:
        return np.full(len(values), np.nan)
    middle = np.median(known)
    spread = TO_SD * np.median(np.abs(known - middle))
    return np.where(np.isfinite(values), (values - middle) / spread if spread > 0 else 0.0, np.nan)


def joint_distance(values: Float[np.ndarray, "patient number"]) -> Float[np.ndarray, "patient"]:
    """Robust Mahalanobis distance by the minimum covariance determinant (Rousseeuw and Van Driessen 1999), of up to four numbers.

    Over the distance that about one in a thousand would exceed, so that 1 is the limit. NaN for rows that are not complete, and for
    all with fewer than `FEWEST_JOINTLY` complete rows, or numbers that hang on one another.
    """
    distance = np.full(len(values), np.nan)
    whole = np.isfinite(values).all(axis=1)
    if (
        whole.sum() < FEWEST_JOINTLY
        or np.linalg.matrix_rank(values[whole] - values[whole].mean(axis=0)) < values.shape[1]
    ):
        return distance
    # Imported here because it takes longer than all else in this module.
    from sklearn.covariance import MinCovDet

    found = MinCovDet(support_fraction=SUPPORT, random_state=0).fit(values[whole]).mahalanobis(values[whole])
    chi2 = 2 * gammaincinv(values.shape[1] / 2, JOINT_QUANTILE)
    limit = np.sqrt(chi2) * (1 + FEW_PATIENTS * whole.sum() ** FEW_PATIENTS_POWER)
    distance[whole] = np.sqrt(found) / limit
    return distance
