"""Whether patients are those whom a model was trained on, from hashes that give nobody away.

Ids are hashed all together, because a single hospital number could be guessed. Measured features of one patient cannot, so
these are hashed one by one; covariates alone could be, and a model of these has no hash of them.
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


def known_patients(
    patient_ids: Sequence[str],
    features: Float[np.ndarray, "patient feature"],
    training_ids: str,
    training_rows: Sequence[str],
) -> tuple[int, list[str]]:
    """How many patients a model was trained on, as far as can be told, and what a reader must know of it.

    Parameters
    ----------
    patient_ids, features
        Of those to whom the model is applied: features that it uses.
    training_ids, training_rows
        What :func:`hash_of_ids` and :func:`hashes_of_features` gave for its training set.
    """
    n_patients = len(patient_ids)
    n_same = len(set(hashes_of_features(features)) & set(training_rows))
    if hash_of_ids(patient_ids) == training_ids:
        same = "these patients have exactly the ids of those"
        return n_patients, [f"NOT AN EXTERNAL VALIDATION: {same} whom the model was trained on"]
    if n_same == 0:
        return 0, []
    kind = "NOT AN EXTERNAL VALIDATION" if n_same == n_patients else "NOT WHOLLY EXTERNAL"
    return n_same, [
        f"{kind}: {n_same} of {n_patients} patients have exactly the features of patients whom the model was trained on;"
        " leave them out with cohort.select"
    ]
