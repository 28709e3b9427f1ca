"""What the tables of a run say step by step: along its folds, the trials of its search, its repetitions on shuffled outcomes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Int

from radsurv.catalogue.tables import FOLDS, PERMUTATIONS, PREDICTIONS, TRIALS
from radsurv.report.experiment import Experiment
from radsurv.report.tracker import Point
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.outcome import check_outcome
from radsurv.validation.permutation import at_least

MOST_POINTS = 1_000  # of an axis: no screen shows more


def history(experiment: Experiment) -> list[Point]:
    """All of it, axis by axis.

    ``folds``: what each training set kept, and Harrell's C of the patients whom the folds so far of its repeat have left out.
    ``trials``: value of each trial, and the best so far, as means over the training sets in which there was a search.
    ``permutations``: Harrell's C of each repetition, and the share of those so far that did at least as well as the experiment.
    Of more than 1,000 steps, every second, third … and the last. Folds are in the order that the experiment as a tracker gets it has.
    """
    return [*_folds(experiment), *_trials(experiment), *_permutations(experiment)]


def _folds(experiment: Experiment) -> Iterator[Point]:
    folds, predictions = experiment.table(FOLDS), experiment.table(PREDICTIONS)
    if folds is None:
        return
    values = folds[["n_tested", "n_kept", "n_nonzero", "penalty", "threshold"]].to_dict("records")
    for row in _shown(len(folds)):
        repeat, fold = folds["repeat"].iloc[row], folds["fold"].iloc[row]
        so_far = {} if predictions is None else _c_so_far(predictions, folds, int(repeat), int(fold))
        yield _point("folds", row + 1, {str(name): value for name, value in values[row].items()} | so_far)


def _c_so_far(predictions: pd.DataFrame, folds: pd.DataFrame, repeat: int, fold: int) -> dict[str, float]:
    """Nothing where several models judge a patient: who was judged by which is not in the tables."""
    own = predictions[predictions["repeat"] == repeat]
    order = folds.loc[folds["repeat"] == repeat, "fold"].tolist()
    if not set(own["fold"]) <= set(order):
        return {}
    done = own[own["fold"].isin(order[: order.index(fold) + 1])]
    outcome = check_outcome(done["time"], done["event"]) if done["event"].any() else None
    return {} if outcome is None else {"harrell_c": harrell_c(outcome, done["risk"].to_numpy(dtype=np.float64))}


def _trials(experiment: Experiment) -> Iterator[Point]:
    table = experiment.table(TRIALS)
    if table is None:
        return
    deviance = getattr(experiment.config.search, "objective", "deviance") == "deviance"
    by_set = table.pivot(index="trial", columns=["repeat", "fold"], values="value")
    best = by_set.cummin() if deviance else by_set.cummax()
    for row in _shown(len(by_set)):
        means = {"value": by_set.iloc[row].mean(), "best": best.iloc[row].mean()}
        yield _point("trials", row + 1, means)


def _permutations(experiment: Experiment) -> Iterator[Point]:
    table = experiment.table(PERMUTATIONS)
    if table is None:
        return
    itself = table["repetition"] == 0
    observed, repeated = table[itself].iloc[0], table[~itself]
    reached = at_least(float(observed["signed_log_rank"]), repeated["signed_log_rank"].to_numpy(dtype=np.float64))
    share, c = np.cumsum(reached) / np.arange(1, len(reached) + 1), repeated["harrell_c"].tolist()
    for row in _shown(len(repeated)):
        yield _point("permutations", row + 1, {"harrell_c": c[row], "share_at_least": float(share[row])})


def _shown(n: int) -> Int[np.ndarray, "step"]:
    """Which of the steps, the last one among them."""
    every = max(1, math.ceil(n / MOST_POINTS))
    return np.arange(n)[::-1][::every][::-1]


def _point(axis: str, step: int, values: Mapping[str, object]) -> Point:
    numbers = {name: float(str(value)) for name, value in values.items()}
    return Point(axis, int(step), {name: value for name, value in numbers.items() if math.isfinite(value)})
