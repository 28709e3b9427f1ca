"""Trials of hyper-parameters, one study per training set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from radsurv.config import SearchConfig
from radsurv.validation.inner_search import Parameters, searched

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Trial:
    """Hyper-parameters, and the value of the objective; NaN where it could not be computed."""

    parameters: Parameters
    value: float


def run_trials(value: Callable[[Parameters], float], config: SearchConfig, seed: int) -> list[Trial]:
    """Try hyper-parameters one after the other, in memory: same seed, same trials.

    Parameters
    ----------
    value
        Of hyper-parameters; what is small (``objective=deviance``) or large (``objective=c``) is good.
    config
        Values to choose from, sampler, number of trials.
    seed
        Of the sampler.
    """
    # Imported here because it takes a second, and most experiments do not search.
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = searched(config)
    study = optuna.create_study(direction=direction(config), sampler=_sampler(config, space, seed))
    trials: list[Trial] = []

    def objective(trial: optuna.Trial) -> float:
        parameters = {name: trial.suggest_categorical(name, values) for name, values in space.items()}
        trials.append(Trial(parameters, value(parameters)))
        return trials[-1].value

    study.optimize(objective, n_trials=None if config.sampler == "grid" else config.trials)
    return trials


def best(trials: list[Trial], config: SearchConfig) -> int:
    """The first of the best trials; the very first where none has a value."""
    sign = 1 if config.objective == "deviance" else -1
    values = np.array([sign * trial.value for trial in trials])
    return int(np.argmin(np.where(np.isnan(values), np.inf, values)))


def direction(config: SearchConfig) -> Literal["minimize", "maximize"]:
    """Optuna's word for what is good."""
    return "minimize" if config.objective == "deviance" else "maximize"


def _sampler(config: SearchConfig, space: dict[str, list[Any]], seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    if config.sampler == "grid":
        return optuna.samplers.GridSampler(space, seed=seed)
    if config.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed)
