"""How much each searched hyper-parameter mattered to the value of a trial, in every training set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import IMPORTANCE
from radsurv.validation.protocol import Protocol
from radsurv.validation.search_space import searched

if TYPE_CHECKING:
    import optuna

# First number of the spawn key, so that other uses of the same seed draw other numbers.
FOREST = 12
# Optuna has 64: four times as long, for shares that differ by less than two forests of either size do.
TREES = 16


def importance_table(trials: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """One row per training set with a search and hyper-parameter: ``repeat, fold, hyper_parameter, importance``.

    Functional analysis of variance (Hutter, Hoos and Leyton-Brown 2014, ICML) as Optuna has it: a forest learns the value of a
    trial from its hyper-parameters; the importance of one is the share of the forest's variance over the whole space that it
    explains alone, shares of all scaled to the sum 1. What two do only together belongs to none.

    Parameters
    ----------
    trials
        See `radsurv.validation.search_record.trials_table`. Those without a value, or an infinite one, are left out.
    protocol
        Says what was searched, and seeds the forests.

    Returns
    -------
    DataFrame
        Only of hyper-parameters with several values to choose from. Importance is NaN where all trials had the same value.
    """
    space = {
        name: values
        for name, values in searched(protocol.search, protocol.reduction, protocol.model).items()
        if len(set(values)) > 1
    }
    rows = [
        (repeat, fold, name, share)
        for (repeat, fold), own in trials.groupby(["repeat", "fold"])
        for name, share in _shares(own, space, _seed(protocol.seed, int(str(repeat)), int(str(fold)))).items()
    ]
    return _typed(rows)


def no_importance() -> pd.DataFrame:
    """The table where nothing was searched."""
    return _typed([])


def _typed(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    types = {"repeat": "int64", "fold": "int64", "hyper_parameter": "object", "importance": "float64"}
    return pd.DataFrame(rows, columns=list(IMPORTANCE.columns)).astype(types)


def _seed(seed: int, repeat: int, fold: int) -> int:
    return int(np.random.SeedSequence(seed, spawn_key=(FOREST, repeat, fold + 1)).generate_state(1)[0])


def _shares(trials: pd.DataFrame, space: Mapping[str, Sequence[float | str]], seed: int) -> dict[str, float]:
    """In the order of the space."""
    valued = trials[np.isfinite(trials["value"])]
    if not space or valued["value"].nunique() < 2:
        return dict.fromkeys(space, np.nan)
    # Imported here because it takes a second, and most experiments do not search.
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    study.add_trials(frozen_trials(valued, space))
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=seed)
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator, params=list(space))
    except RuntimeError:  # every tree drew trials of one value only, as can be with two or three trials
        return dict.fromkeys(space, np.nan)
    return {name: float(found[name]) for name in space}


def frozen_trials(trials: pd.DataFrame, space: Mapping[str, Sequence[float | str]]) -> list[optuna.trial.FrozenTrial]:
    """Trials of one training set as Optuna has them; one without a value has failed."""
    import optuna

    choices = {name: optuna.distributions.CategoricalDistribution(list(values)) for name, values in space.items()}
    return [_frozen(row, choices) for row in trials.to_dict("records")]


def _frozen(row: dict[Any, Any], space: dict[str, optuna.distributions.CategoricalDistribution]) -> Any:
    import optuna

    failed = pd.isna(row["value"])
    return optuna.trial.create_trial(
        params={name: row[name] for name in space},
        distributions=dict(space),
        value=None if failed else row["value"],
        state=optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE,
    )
