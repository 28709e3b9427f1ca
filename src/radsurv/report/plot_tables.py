"""What the main figures show, as small tables without patients: `dvc plots` draws them, and git can hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import CALIBRATION, COMPARATORS, HORIZONS, PERMUTATIONS
from radsurv.report.experiment import Experiment
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.outcome import check_outcome
from radsurv.survival.risk_groups import LONG, SHORT

DIGITS = 6  # decimals; processors may differ in the last of 16 digits
BIN = 0.02  # of C


def plot_tables(experiment: Experiment) -> dict[str, pd.DataFrame]:
    """By name; without rows where the run has nothing to show.

    Returns
    -------
    dict of str to table
        ``kaplan_meier``: ``time, short, long``, the share of each group that survives; two rows for every event, before and after it,
        so that a line through them has steps.
        ``calibration``: ``predicted, observed, horizon``. ``auc``: ``horizon, auc``. ``permutations``: ``harrell_c, repetitions``, how
        many shuffles of the outcome had a C within 0.01 of this. ``comparators``: ``model, harrell_c, low, high``.
    """
    return {name: make(experiment).round(DIGITS) for name, make in TABLES.items()}


def _kaplan_meier(experiment: Experiment) -> pd.DataFrame:
    if not experiment.n_repeats:
        return pd.DataFrame(columns=["time", SHORT, LONG])
    patients = experiment.first_repeat()
    outcome = check_outcome(patients["time"], patients["event"])
    times = np.concatenate([[0.0], np.unique(outcome.time[outcome.event])])
    curves = {}
    for name in (SHORT, LONG):
        members = np.flatnonzero((patients["group"] == name).to_numpy())
        curve = survival_curve(outcome.take(members)).at(times) if len(members) else np.full(len(times), np.nan)
        curves[name] = np.repeat(curve, 2)[:-1]
    return pd.DataFrame({"time": np.repeat(times, 2)[1:], **curves})


def _calibration(experiment: Experiment) -> pd.DataFrame:
    return _columns(
        experiment.read(CALIBRATION), {"predicted": "predicted", "observed": "observed", "horizon": "horizon"}
    )


def _auc(experiment: Experiment) -> pd.DataFrame:
    return _columns(experiment.read(HORIZONS), {"horizon": "horizon", "auc": "auc"})


def _permutations(experiment: Experiment) -> pd.DataFrame:
    """The middles of the bins, from the first to the last that has any; the C of the experiment itself is in the metrics."""
    found = experiment.table(PERMUTATIONS)
    if found is None:
        return pd.DataFrame(columns=["harrell_c", "repetitions"])
    shuffled = found.loc[found["repetition"] > 0, "harrell_c"].dropna().to_numpy()
    counts = np.bincount(np.floor(shuffled / BIN).astype(np.int64))
    first = int(np.argmax(counts > 0)) if len(counts) else 0
    middles = (np.arange(len(counts)) + 0.5) * BIN
    return pd.DataFrame({"harrell_c": middles[first:], "repetitions": counts[first:]})


def _comparators(experiment: Experiment) -> pd.DataFrame:
    columns = {"comparator": "model", "harrell_c": "harrell_c", "harrell_c_low": "low", "harrell_c_high": "high"}
    return _columns(experiment.read(COMPARATORS), columns)


def _columns(table: pd.DataFrame | None, named: Mapping[str, str]) -> pd.DataFrame:
    if table is None:
        return pd.DataFrame(columns=list(named.values()))
    return table[list(named)].rename(columns=dict(named)).reset_index(drop=True)


TABLES: Mapping[str, Callable[[Experiment], pd.DataFrame]] = {
    "kaplan_meier": _kaplan_meier,
    "calibration": _calibration,
    "auc": _auc,
    "permutations": _permutations,
    "comparators": _comparators,
}
