"""What a search found in each training set, by hyper-parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.catalogue.tables import IMPORTANCE, TRIALS
from radsurv.report.experiment import Experiment
from radsurv.validation.search_space import searched


@dataclass(frozen=True)
class Searched:
    """A hyper-parameter that was searched among several values.

    Attributes
    ----------
    name
    importance : (training set,)
        NaN where it is not known.
    shares
        Of the training sets that chose it, by value, in the order of the search.
    """

    name: str
    importance: Float[np.ndarray, "training_set"]
    shares: Mapping[str, float]

    @property
    def mean(self) -> float:
        """Over the training sets where it is known; NaN where it is known in none."""
        known = self.importance[np.isfinite(self.importance)]
        return float(known.mean()) if len(known) else np.nan


def chosen_trials(experiment: Experiment) -> pd.DataFrame:
    """The best trial of every training set; no rows where nothing was searched."""
    trials = experiment.table(TRIALS)
    return pd.DataFrame() if trials is None else trials[trials["chosen"]].reset_index(drop=True)


def search_choices(experiment: Experiment) -> list[Searched]:
    """The most important first; of those whose importance is not known, in the order of the options."""
    importance, chosen, config = experiment.table(IMPORTANCE), chosen_trials(experiment), experiment.config
    if importance is None or chosen.empty:
        return []
    space = searched(config.search, config.reduction, config.model)
    found = [
        Searched(
            name,
            importance.loc[importance["hyper_parameter"] == name, "importance"].to_numpy(dtype=np.float64),
            {said(value): float((chosen[name] == value).mean()) for value in values},
        )
        for name, values in space.items()
        if name in set(importance["hyper_parameter"])
    ]
    return sorted(found, key=lambda one: -np.nan_to_num(one.mean, nan=-1.0))


def said(value: object) -> str:
    """A value of a hyper-parameter.

    >>> [said(value) for value in (0.6, 1.0, "min")]
    ['0.6', '1', 'min']
    """
    return f"{value:g}" if isinstance(value, int | float) else str(value)
