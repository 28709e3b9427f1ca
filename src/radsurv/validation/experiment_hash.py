"""What the result of an experiment depends on, as one hash: the name under which it is kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from radsurv.environment import code_hash
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol

# Of src/radsurv: whatever works between a table of features and a result.
ROOMS = ("catalogue", "cohort", "compute", "features", "options", "survival", "validation")


def experiment_hash(patients: Patients, protocol: Protocol, **further: Any) -> str:
    """SHA-256 of everything that a cross-validation depends on: data, protocol, and the code that computes.

    Unlike the names of finished searches it needs no version number: a change of any line of `ROOMS`, or of a package, is another hash.

    Parameters
    ----------
    further
        What the result depends on besides; JSON-able.
    """
    options = {
        "code": code_hash(*ROOMS),
        "transforms": protocol.transforms.model_dump(mode="json"),
        "reduction": protocol.reduction.model_dump(mode="json"),
        "model": protocol.model.model_dump(mode="json"),
        "scheme": protocol.scheme.model_dump(mode="json"),
        "search": protocol.search.model_dump(mode="json", exclude={"storage"}),
        "seed": protocol.seed,
        "features": patients.names,
        "patients": len(patients),
        "further": further,
    }
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    arrays = [patients.measured.values, patients.outcome.time, patients.outcome.event]
    if patients.readings is not None:
        arrays.append(patients.readings.values)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    cohort = patients.measured.cohort
    steering = [*protocol.transforms.needs(), *(["site"] if "site" in cohort else [])]
    # A column that is needed and not there is refused by the transform, in words of its own.
    digest.update(cohort[[name for name in dict.fromkeys(steering) if name in cohort]].to_csv(index=False).encode())
    if protocol.inner_folds is not None:  # which name patients
        digest.update(json.dumps(patients.ids).encode())
        digest.update(protocol.inner_folds.to_csv(index=False).encode())
    return digest.hexdigest()
