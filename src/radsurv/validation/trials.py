"""Trials of hyper-parameters, one study per training set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from radsurv.compute.progress import among, part_done
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.search_space import HyperParameters

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Trial:
    """Hyper-parameters, and the value of the objective; NaN where it could not be computed."""

    parameters: HyperParameters
    value: float


def run_trials(
    value: Callable[[HyperParameters], float],
    space: Mapping[str, Sequence[float | str]],
    search: SearchOptions,
    seed: int,
) -> list[Trial]:
    """Try hyper-parameters one after the other, in memory: same seed, same trials.

    Parameters
    ----------
    value
        Of hyper-parameters; what is small (``objective=deviance``) or large (``objective=c``) is good.
    space
        Values to choose from.
    search
        Sampler, number of trials.
    seed
        Of the sampler.
    """
    # Imported here because it takes a second, and most experiments do not search.
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=direction(search), sampler=_sampler(search, space, seed))
    trials: list[Trial] = []

    def objective(trial: optuna.Trial) -> float:
        chosen = {name: trial.suggest_categorical(name, values) for name, values in space.items()}
        parameters = cast(HyperParameters, chosen)  # one of the values that were given
        trials.append(Trial(parameters, value(parameters)))
        part_done()
        return trials[-1].value

    grid = search.sampler == "grid"
    with among(prod(map(len, space.values())) if grid else search.trials, "trials"):
        study.optimize(objective, n_trials=None if grid else search.trials)
    return trials


def best(trials: list[Trial], search: SearchOptions) -> int:
    """The first of the best trials; the very first where none has a value."""
    sign = 1 if search.objective == "deviance" else -1
    values = np.array([sign * trial.value for trial in trials])
    return int(np.argmin(np.where(np.isnan(values), np.inf, values)))


def direction(search: SearchOptions) -> Literal["minimize", "maximize"]:
    """Optuna's word for what is good."""
    return "minimize" if search.objective == "deviance" else "maximize"


def _sampler(
    search: SearchOptions, space: Mapping[str, Sequence[float | str]], seed: int
) -> optuna.samplers.BaseSampler:
    import optuna

    if search.sampler == "grid":
        return optuna.samplers.GridSampler(dict(space), seed=seed)
    if search.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed)
