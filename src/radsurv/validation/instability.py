"""How far a patient's prediction hangs on who happened to be in the cohort: the model of all patients, refitted on bootstrap samples.

Riley and Collins, Stability of clinical prediction models developed using statistical or machine learning methods, Biometrical Journal
2023;65:2200302.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.catalogue.tables import INSTABILITY
from radsurv.compute.parallel import all_cores
from radsurv.compute.progress import Effort
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.survival.horizons import middle_horizon
from radsurv.survival.risk_groups import is_short
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import Finding
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.schemes.bootstrap import draw_samples
from radsurv.validation.splits import Splits, check_trainable
from radsurv.validation.training import Training

KIND = "instability"  # of entries in the store
# First number of the spawn key, so that other uses of the same seed draw other numbers.
REFITS = 11
METRICS = ("instability_mape", "instability_other_group")
SPREAD = (0.025, 0.975)


def instability(patients: Patients, protocol: Protocol, resources: Resources, n_refits: int) -> Finding:
    """The model of all patients beside those of bootstrap samples, each made by the whole pipeline, all applied to all patients.

    Parameters
    ----------
    patients, protocol
        Of the experiment. Its scheme is not used: nobody is left out, and nothing here says how good a prediction is.
    n_refits
        Bootstrap samples; 200 or more.

    Returns
    -------
    Finding
        Table `INSTABILITY`, per patient: probability of being event-free at ``horizon``, the middle one of those at which predictions are
        judged, by the model of all patients (``survival``), 95 % range of those of the refits, mean absolute difference between these
        and the former, and the share of refits that have the patient in the other risk group, each by its own threshold. Metrics
        ``instability_mape`` and ``instability_other_group``: means of the last two over patients.
    """
    horizon = middle_horizon(patients.outcome, protocol.scheme.horizons)
    if horizon is None:
        return _without("no horizon has an event before and enough patients beyond it")
    protocol = protocol.searched_inside().under(
        protocol.scheme
    )  # which drops inner folds that are given for other sets
    store = resources.store
    key = "" if store is None else experiment_hash(patients, protocol, refits=n_refits, horizon=horizon)
    found = None if store is None else store.get(KIND, key)
    kept = found is not None
    if found is None:
        try:
            found = _refitted(patients, protocol, resources, n_refits, horizon)
        except TrainingSetError as error:
            return _without(str(error))
        if store is not None:
            store.put(KIND, key, found)
    n_null, columns = int(found[0]), found[1]
    table = pd.DataFrame({"patient_id": list(patients.ids), "horizon": horizon, **columns})[list(INSTABILITY.columns)]
    metrics = {
        name: float(table[column].mean())
        for name, column in zip(METRICS, ("absolute_error", "other_group"), strict=True)
    }
    notes = [f"instability: {n_null} of {n_refits} refits have no model (everybody alike)"] if n_null else []
    took = f"instability: {plural(n_refits, 'refit')} of the model of all patients"
    return Finding(
        {INSTABILITY: table}, metrics, notes=notes, run_notes=[took + (" from an earlier run" if kept else "")]
    )


def no_instability() -> Finding:
    """Where none is asked for."""
    types = {name: "object" if name == "patient_id" else "float64" for name in INSTABILITY.columns}
    return Finding({INSTABILITY: pd.DataFrame(columns=list(INSTABILITY.columns)).astype(types)})


def _without(reason: str) -> Finding:
    return Finding(no_instability().tables, dict.fromkeys(METRICS, np.nan), dict.fromkeys(METRICS, reason))


def _refitted(patients: Patients, protocol: Protocol, resources: Resources, n_refits: int, horizon: float) -> list[Any]:
    """How many refits have no model, and the columns of the table."""
    outcome, n_patients = patients.outcome, len(patients)
    training = Training(patients, protocol, resources.store)
    generator = np.random.default_rng(np.random.SeedSequence(protocol.seed, spawn_key=(REFITS,)))
    samples = draw_samples(outcome, n_refits, generator)
    check_trainable(outcome, samples)
    everybody = np.ones((n_refits, n_patients), dtype=np.bool_)
    splits = Splits(samples, everybody, np.zeros(n_refits, dtype=np.int64), np.arange(n_refits))
    shorter = ", ".join(["fewer of them (comparison.refits)", *all_cores(resources.n_jobs)])
    models: list[LearnedModel] = []
    with resources.bar("refits", n_refits, effort=Effort(plural(n_refits, "refit"), shorter)) as advance:
        for one in training.in_every(splits, resources.n_jobs):
            models.append(one.learned)
            advance()
    own = training.on_everybody().learned
    survival = _survival([own, *models], patients, horizon)
    short = np.array([is_short(one.score(patients.measured, np.arange(n_patients)), one.model.threshold)
                      for one in [own, *models]])  # fmt: skip
    low, high = np.quantile(survival[1:], SPREAD, axis=0)
    columns = {
        "survival": survival[0],
        "survival_low": low,
        "survival_high": high,
        "absolute_error": np.abs(survival[1:] - survival[0]).mean(axis=0),
        "other_group": (short[1:] != short[0]).mean(axis=0),
    }
    n_null = sum(one.model.is_null for one in models)
    return [n_null, {name: values.tolist() for name, values in columns.items()}]


def _survival(models: Sequence[LearnedModel], patients: Patients, horizon: float) -> Float[np.ndarray, "model patient"]:
    # Imported here because it judges predictions, too, and loads scikit-survival for that.
    from radsurv.validation.left_out_survival import survival_of

    at, everybody = np.array([horizon]), np.arange(len(patients))
    return np.array([survival_of(one, patients.measured, everybody, at)[:, 0] for one in models])
