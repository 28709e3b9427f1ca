"""Whether patients are those whom a model was trained on, from hashes that give nobody away.

Ids are hashed all together, because a single hospital number could be guessed. The features of one patient cannot, so
these are hashed one by one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

DIGITS = 16


def hash_of_ids(patient_ids: Sequence[str]) -> str:
    """One hash for a set of ids, in any order."""
    return hashlib.sha256("\n".join(sorted(map(str, patient_ids))).encode()).hexdigest()


def hashes_of_features(values: Float[np.ndarray, "patient feature"]) -> list[str]:
    """A hash for each patient whom these features tell from all others, in the order of the alphabet."""
    if values.shape[1] == 0:
        return []
    rows = Counter(hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest()[:DIGITS] for row in values)
    return sorted(digest for digest, count in rows.items() if count == 1)


def same_patients_note(n_patients: int, same_ids: bool, n_same_features: int) -> list[str]:
    """What a reader must know where a model is applied to patients whom it may have been trained on.

    Parameters
    ----------
    n_patients
        To whom it is applied.
    same_ids
        Whether they have the ids of the training set, all of them.
    n_same_features
        How many have exactly the values of a training patient in all features that the model uses.
    """
    if same_ids:
        return [
            "NOT AN EXTERNAL VALIDATION: these patients have exactly the ids of those whom the model was trained on"
        ]
    if n_same_features == n_patients:
        return [
            "NOT AN EXTERNAL VALIDATION: every patient has exactly the features of a patient whom the model was trained on"
        ]
    if n_same_features:
        return [
            f"NOT WHOLLY EXTERNAL: {n_same_features} of {n_patients} patients have exactly the features of patients whom"
            " the model was trained on; leave them out with cohort.select"
        ]
    return []
