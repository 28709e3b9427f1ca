"""How far a patient's prediction hangs on who happened to be in the cohort: the model of all patients, refitted on bootstrap samples.

Riley and Collins, Stability of clinical prediction models developed using statistical or machine learning methods, Biometrical Journal
2023;65:2200302.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from radsurv.catalogue.tables import INSTABILITY
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.survival.horizons import middle_horizon
from radsurv.survival.risk_groups import is_short
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import Finding
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.resampled import Series, refitted, training_on
from radsurv.validation.training import Training

SERIES = Series("instability", ("comparison.instability", "0"), stream=11)
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
    n_values = 1 + 2 * len(patients)
    key = experiment_hash(patients, protocol, horizon=horizon)
    own = _seen(Training(patients, protocol, resources.store), patients, horizon)

    def refit(times: Int[np.ndarray, "patient"], seed: int) -> Float[np.ndarray, "value"]:
        return _seen(training_on(patients, protocol, times, seed), patients, horizon)

    try:
        found = refitted(refit, n_values, patients, key, protocol.seed, n_refits, resources, SERIES)
    except TrainingSetError as error:
        return _without(str(error))
    (n_null,), survival, short = np.split(found.values.T, [1, 1 + len(patients)])
    own_survival, own_short = np.split(own[1:], 2)
    low, high = np.quantile(survival, SPREAD, axis=1)
    columns = {
        "survival": own_survival,
        "survival_low": low,
        "survival_high": high,
        "absolute_error": np.abs(survival.T - own_survival).mean(axis=0),
        "other_group": (own_short != short.T).mean(axis=0),
    }
    table = pd.DataFrame({"patient_id": list(patients.ids), "horizon": horizon, **columns})[list(INSTABILITY.columns)]
    metrics = {
        name: float(table[column].mean())
        for name, column in zip(METRICS, ("absolute_error", "other_group"), strict=True)
    }
    took = f"instability: {plural(n_refits, 'refit')} of the model of all patients"
    kept = f", {found.kept:,} of them from an earlier run" if found.kept else ""
    return Finding(
        {INSTABILITY: table}, metrics, notes=_notes(n_refits, int(n_null.sum()), found.refused), run_notes=[took + kept]
    )


def no_instability() -> Finding:
    """Where none is asked for."""
    types = {name: "object" if name == "patient_id" else "float64" for name in INSTABILITY.columns}
    return Finding({INSTABILITY: pd.DataFrame(columns=list(INSTABILITY.columns)).astype(types)})


def _without(reason: str) -> Finding:
    return Finding(
        no_instability().tables,
        dict.fromkeys(METRICS, np.nan),
        dict.fromkeys(METRICS, reason),
        [f"instability: {reason}"],
    )


def _notes(n_refits: int, n_null: int, refused: int) -> list[str]:
    said = [f"instability: {n_null} of {n_refits} refits have no model (everybody alike)"] if n_null else []
    again = f"instability: {plural(refused, 'resample')} on which nothing can be learned drawn again"
    return [*said, again] if refused else said


def _seen(training: Training, patients: Patients, horizon: float) -> Float[np.ndarray, "value"]:
    """What the model of everybody in a training set says of all patients: whether there is none, survival, and who is a short survivor."""
    # Imported here because it judges predictions, too, and loads scikit-survival for that.
    from radsurv.validation.left_out_survival import survival_of

    learned, everybody = training.on_everybody().learned, np.arange(len(patients))
    survival = survival_of(learned, patients.measured, everybody, np.array([horizon]))[:, 0]
    short = is_short(learned.score(patients.measured, everybody), learned.model.threshold)
    return np.concatenate([[learned.model.is_null], survival, short])
