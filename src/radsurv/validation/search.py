"""Nested search: hyper-parameters of every training set from nothing but that training set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from jaxtyping import Int
from joblib import Parallel, delayed

from radsurv.config import ModelConfig, ReductionConfig, SearchConfig
from radsurv.survival.fit import Fit
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.reduction import Reduction
from radsurv.survival.training_sets import TrainingSets
from radsurv.validation.feature_groups import Groups, restricted
from radsurv.validation.inner_folds import model_seed
from radsurv.validation.inner_search import FEATURES, InnerSearch, Parameters, searched
from radsurv.validation.splits import Eligible, Splits
from radsurv.validation.study import Trial, best, run_trials

# First number of every spawn key, so that other uses of the same seed draw other numbers.
SEARCH = 8
# Changes whenever a finished fold would come out differently.
VERSION = 1
COLUMNS = (
    "repeat", "fold", "trial", "mad", "cindex", "pearson", "alpha", "lambda_rule", "features", "value", "chosen",
)  # fmt: skip
EVERYBODY = -1  # the fold of a search on all patients


class Store(Protocol):
    """Where finished searches wait for a killed run to be started again."""

    def get(self, key: str) -> list[Any] | None:
        """What was put there, if it was."""

    def put(self, key: str, value: list[Any]) -> None:
        """Keep a value made of plain lists, dictionaries, numbers and text."""


@dataclass(frozen=True)
class Task:
    """What a worker needs to search and fit in any training set.

    Attributes
    ----------
    table, outcome
        All patients.
    reduction, model
        What is not searched.
    search
        ``name=none``: fit with the hyper-parameters as configured.
    strict
        Whether λ is chosen on features reduced anew in every inner training set.
    seed
        Of the experiment.
    eligible
        See `radsurv.validation.cross_validate.cross_validate`.
    store
        Finished searches; nothing is kept if left out.
    groups
        See `radsurv.validation.feature_groups.feature_groups`.
    """

    table: RankedTable
    outcome: Outcome
    reduction: ReductionConfig
    model: ModelConfig
    search: SearchConfig
    strict: bool
    seed: int
    eligible: Eligible | None = None
    store: Store | None = None
    groups: Groups | None = None

    def inner(self, members: Int[np.ndarray, "member"], folds: Int[np.ndarray, "member"]) -> InnerSearch:
        """What all trials of one training set share."""
        return InnerSearch(
            self.table, self.outcome, members, folds, self.reduction, self.model, self.eligible, self.groups
        )


@dataclass(frozen=True)
class Found:
    """What came out of one training set; `trials` is empty without a search."""

    reduction: Reduction
    fit: Fit
    trials: list[Trial]
    parameters: Parameters


def fit_folds(
    task: Task, splits: Splits, sets: TrainingSets, folds: Sequence[Int[np.ndarray, "draw member"]], n_jobs: int
) -> Iterator[Found]:
    """Search and fit in every training set, in their order; the number of workers changes no digit."""
    places = zip(splits.repeat.tolist(), splits.fold.tolist(), strict=True)
    # Threads, because the work is compiled and releases the interpreter.
    found: Iterator[Found] = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(fit_fold)(task, sets.rows(which), folds[which], place) for which, place in enumerate(places)
    )
    return found


def fit_fold(
    task: Task, members: Int[np.ndarray, "member"], folds: Int[np.ndarray, "draw member"], place: tuple[int, int]
) -> Found:
    """Search hyper-parameters, where asked for, and fit with the best."""
    inner = task.inner(members, folds)
    trials = [] if task.search.name != "optuna" else _trials(task, inner, members, folds, place)
    parameters = trials[best(trials, task.search)].parameters if trials else {}
    reduction, fit = inner.fit(parameters, strict=task.strict, seed=model_seed(task.seed, *place))
    return Found(reduction, fit, trials, parameters)


def search_everybody(task: Task, folds: Int[np.ndarray, "draw patient"]) -> tuple[Task, list[Trial]]:
    """The task with hyper-parameters tuned on all patients, test patients included: optimistic by design."""
    members = np.arange(len(task.outcome))
    inner = task.inner(members, folds)
    trials = _trials(task, inner, members, folds, (0, EVERYBODY))
    parameters = trials[best(trials, task.search)].parameters
    reduction, model = inner.configured(parameters)
    eligible = task.eligible
    if task.groups:
        eligible = restricted(eligible, task.groups[parameters[FEATURES]])
    return replace(task, reduction=reduction, model=model, eligible=eligible), trials


def _trials(
    task: Task,
    inner: InnerSearch,
    members: Int[np.ndarray, "member"],
    folds: Int[np.ndarray, "draw member"],
    place: tuple[int, int],
) -> list[Trial]:
    key = None if task.store is None else _key(task, members, folds, place)
    kept = None if task.store is None or key is None else task.store.get(key)
    if kept is not None:
        return [Trial(dict(parameters), np.nan if value is None else float(value)) for parameters, value in kept]
    seed = np.random.SeedSequence(task.seed, spawn_key=(SEARCH, place[0], place[1] + 1)).generate_state(1)[0]
    trials = run_trials(lambda parameters: inner.value(parameters, task.search.objective), task.search, int(seed))
    if task.store is not None and key is not None:
        plain = [[trial.parameters, None if np.isnan(trial.value) else trial.value] for trial in trials]
        task.store.put(key, plain)
    return trials


def _key(
    task: Task, members: Int[np.ndarray, "member"], folds: Int[np.ndarray, "draw member"], place: tuple[int, int]
) -> str:
    """Hash of all that the trials of a fold depend on."""
    configured = {
        "version": VERSION,
        "reduction": task.reduction.model_dump(mode="json"),
        "model": task.model.model_dump(mode="json"),
        "search": task.search.model_dump(mode="json", exclude={"storage", "name"}),
        "seed": task.seed,
        "place": place,
    }
    digest = hashlib.sha256(json.dumps(configured, sort_keys=True).encode())
    arrays = [members, folds, task.outcome.time[members], task.outcome.event[members], task.table.values[:, members]]
    if task.eligible is not None:
        weights = np.zeros((1, len(task.outcome)), dtype=np.int64)
        weights[0, members] = 1
        arrays.append(task.eligible(weights))
    arrays += (task.groups or {}).values()  # the same patterns match other columns of another table
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def trials_table(by_place: Sequence[tuple[int, int, list[Trial]]], task: Task) -> pd.DataFrame:
    """One row per trial: ``repeat, fold, trial``, the hyper-parameters, ``value``, ``chosen``.

    A hyper-parameter that was not searched has its configured value in every row; ``features`` is the name of a group,
    None where groups were not searched.
    """
    fixed = {**task.reduction.model_dump(include={"mad", "cindex", "pearson"}),
             **task.model.model_dump(include={"alpha", "lambda_rule"}), "features": None}  # fmt: skip
    rows = [
        {"repeat": repeat, "fold": fold, "trial": number, **fixed, **trial.parameters, "value": trial.value,
         "chosen": number == best(trials, task.search)}
        for repeat, fold, trials in by_place
        for number, trial in enumerate(trials)
    ]  # fmt: skip
    return _typed(rows)


def no_trials() -> pd.DataFrame:
    """The table of trials where nothing was searched."""
    return _typed([])


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    types = dict.fromkeys(("repeat", "fold", "trial"), "int64") | {"chosen": "bool"}
    types |= dict.fromkeys(("lambda_rule", "features"), "object")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({name: types.get(name, "float64") for name in COLUMNS})


def search_notes(task: Task, trials: pd.DataFrame) -> list[str]:
    """What a reader of the numbers must know of how hyper-parameters and λ came about."""
    search = task.search
    notes = []
    names = ", ".join(searched(search))
    if search.name == "optuna":
        notes.append(f"nested search: {names} were searched inside every training set ({search.sampler})")
    if search.name == "flat":
        notes.append(
            f"FLAT SEARCH, OPTIMISTIC: {names} were tuned once on all patients, those who are predicted included; these"
            " numbers only measure the optimism of doing so (search=optuna is the honest way)"
        )
    if task.groups and len(trials):
        chosen = trials.loc[trials["chosen"], "features"]
        counts = "; ".join(
            f"{group} ({np.count_nonzero(members)} features) in {np.count_nonzero(chosen == group)}"
            for group, members in task.groups.items()
        )
        notes.append(f"groups of features chosen in {len(chosen)} searches: {counts}")
    if task.strict:
        notes.append(
            "λ was chosen with the features reduced anew in every inner training set (validation.inner=strict)"
        )
    return notes
