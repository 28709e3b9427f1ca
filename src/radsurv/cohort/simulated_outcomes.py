"""Who the simulated patients are, how their tumours are, and how long they live."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

# Shares of the log hazard, as if of unit variance in total: what images can show, and age.
HETEROGENEITY_WEIGHT, NECROSIS_WEIGHT, AGE_WEIGHT = 0.70, 0.66, 0.27
# Weibull survival with a hazard that rises; a median of about 400 days is that of glioblastoma.
WEIBULL_SHAPE, MEDIAN_DAYS = 2.2, 400.0
AGE_MEAN, AGE_SD, AGE_RANGE = 60.0, 10.0, (25.0, 85.0)
SHARE_MALE = 0.58
SITES = {"North": 0.6, "South": 0.4}


def draw_patients(
    rng: np.random.Generator,
    *,
    n_patients: int,
    n_censored: int,
    effect: float,
    sequences: Mapping[str, float],
    sites: Mapping[str, float] = SITES,
    thicknesses: Mapping[float, float] | None = None,
) -> pd.DataFrame:
    """Patients, their latent tumour traits, and their outcomes.

    The log hazard has mean 0 and standard deviation `effect`; death is Weibull given it. Follow-up ends independently
    of it, and is scaled so that it ends before death for exactly `n_censored` patients.

    Parameters
    ----------
    rng : Generator
    n_patients, n_censored : int
        ``0 <= n_censored < n_patients``.
    effect : float
        Standard deviation of the log hazard; 0 for outcomes that nothing predicts.
    sequences, sites : mapping
        Share of each MR sequence, and of each site.
    thicknesses : mapping, optional
        Share of each thickness of sections, in mm.

    Returns
    -------
    DataFrame
        ``patient_id, time`` (days), ``event, age, sex, site, sequence``, and the truth behind them: ``heterogeneity``
        and ``necrosis`` (standard normal), ``log_hazard``. With `thicknesses`, then ``section_mm``.
    """
    age = np.clip(rng.normal(AGE_MEAN, AGE_SD, n_patients), *AGE_RANGE).round(1)
    heterogeneity, necrosis = rng.standard_normal((2, n_patients))
    log_hazard = effect * (
        HETEROGENEITY_WEIGHT * heterogeneity + NECROSIS_WEIGHT * necrosis + AGE_WEIGHT * (age - AGE_MEAN) / AGE_SD
    )
    scale = MEDIAN_DAYS / math.log(2) ** (1 / WEIBULL_SHAPE)
    death = scale * (rng.standard_exponential(n_patients) / np.exp(log_hazard)) ** (1 / WEIBULL_SHAPE)
    follow_up = _follow_up(death, rng.uniform(0.2, 1.0, n_patients), n_censored)
    event = death <= follow_up
    width = max(3, len(str(n_patients)))
    patients = pd.DataFrame(
        {
            "patient_id": [f"SIMULATED-{number:0{width}d}" for number in range(1, n_patients + 1)],
            "time": np.maximum(np.ceil(np.minimum(death, follow_up)), 1.0).astype(np.int64),
            "event": event.astype(np.int64),
            "age": age,
            "sex": _shares(rng, {"M": SHARE_MALE, "F": 1 - SHARE_MALE}, n_patients),
            "site": _shares(rng, sites, n_patients),
            "sequence": _shares(rng, sequences, n_patients),
            "heterogeneity": heterogeneity,
            "necrosis": necrosis,
            "log_hazard": log_hazard,
        }
    )
    if thicknesses is not None:
        patients["section_mm"] = [*map(float, _shares(rng, thicknesses, n_patients))]
    return patients


def without_values(patients: pd.DataFrame, missing: Mapping[str, float], rng: np.random.Generator) -> pd.DataFrame:
    """The same patients with empty cells, whoever they are.

    Parameters
    ----------
    patients : DataFrame
    missing : mapping
        By column, the share of patients who have no value in it.
    """
    emptied = patients.copy()
    for column, share in missing.items():
        whose = rng.permutation(len(patients))[: round(share * len(patients))]
        emptied[column] = emptied[column].astype(object)
        emptied.loc[emptied.index[whose], column] = None
    return emptied


def _follow_up(
    death: np.ndarray[tuple[int], np.dtype[np.float64]],
    entry: np.ndarray[tuple[int], np.dtype[np.float64]],
    n_censored: int,
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Follow-up proportional to `entry`, ended at the moment at which exactly `n_censored` patients are still alive."""
    if n_censored == 0:
        return np.full_like(death, np.inf)
    ratio = np.sort(death / entry)
    last_dead, first_alive = ratio[-n_censored - 1], ratio[-n_censored]
    return entry * math.sqrt(last_dead * first_alive)


def _shares(rng: np.random.Generator, shares: Mapping[Any, float], n_patients: int) -> list[str]:
    """Labels in random order, as many of each as its share says (largest remainders)."""
    wanted = np.array(list(shares.values())) / sum(shares.values()) * n_patients
    counts = np.floor(wanted).astype(int)
    counts[np.argsort(counts - wanted, kind="stable")[: n_patients - counts.sum()]] += 1
    return [str(label) for label in rng.permutation(np.repeat(list(shares), counts))]
