"""What a search tried, as a table and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from radsurv.survival.model_options import MODELS
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.validation.protocol import Protocol
from radsurv.validation.search_options import FEATURES, FlatSearch, NestedSearch, SearchOptions
from radsurv.validation.search_space import searched
from radsurv.validation.splits import Place
from radsurv.validation.trials import Trial, best

# Hyper-parameters that are no numbers.
WORDS = ("lambda_rule", FEATURES)
# Those of any model, each once.
OF_MODELS = tuple(dict.fromkeys(name for model in MODELS.values() for name in model.searchable))


def trials_table(by_place: Sequence[tuple[Place, list[Trial]]], protocol: Protocol) -> pd.DataFrame:
    """One row per trial: ``repeat, fold, trial``, the hyper-parameters, ``value``, ``chosen``.

    A hyper-parameter that was not searched has its configured value in every row; ``features`` is the name of a group,
    None where groups were not searched.

    Parameters
    ----------
    by_place
        Training sets and their trials.
    protocol
        As configured.
    """
    thresholds = {name: protocol.reduction.threshold(name) for name in protocol.reduction.searchable()}
    options = {name: getattr(protocol.model, name, None) for name in OF_MODELS}
    fixed = {**thresholds, **options, FEATURES: None}
    search = protocol.search
    rows = [
        {"repeat": place.repeat, "fold": place.fold, "trial": number, **fixed, **trial.parameters, "value": trial.value,
         "chosen": isinstance(search, SearchOptions) and number == best(trials, search)}
        for place, trials in by_place
        for number, trial in enumerate(trials)
    ]  # fmt: skip
    return _typed(rows, list(fixed))


def no_trials(reduction: ReductionOptions) -> pd.DataFrame:
    """The table where nothing was searched."""
    return _typed([], [*reduction.searchable(), *OF_MODELS, FEATURES])


def _typed(rows: list[dict[str, Any]], hyper_parameters: list[str]) -> pd.DataFrame:
    columns = ["repeat", "fold", "trial", *hyper_parameters, "value", "chosen"]
    types = dict.fromkeys(("repeat", "fold", "trial"), "int64") | {"chosen": "bool"} | dict.fromkeys(WORDS, "object")
    return pd.DataFrame(rows, columns=columns).astype({name: types.get(name, "float64") for name in columns})


def search_notes(protocol: Protocol, groups: Mapping[str, np.ndarray], trials: pd.DataFrame) -> list[str]:
    """What a reader of the numbers must know of how hyper-parameters and λ came about.

    Parameters
    ----------
    protocol
        As configured.
    groups
        Features of each group that was searched.
    trials
        See :func:`trials_table`.
    """
    search = protocol.search
    notes = []
    names = ", ".join(searched(search, protocol.reduction, protocol.model))
    if isinstance(search, NestedSearch):
        notes.append(f"nested search: {names} were searched inside every training set ({search.sampler})")
    if isinstance(search, FlatSearch):
        notes.append(
            f"FLAT SEARCH, OPTIMISTIC: {names} were tuned once on all patients, those who are predicted included; these"
            " numbers only measure the optimism of doing so (search=optuna is the honest way)"
        )
    blind = int((trials["chosen"] & trials["value"].isna()).sum())
    if blind:
        notes.append(
            f"search: in {blind} of {int(trials['chosen'].sum())} searches no trial had a value (inner folds without a comparable"
            " pair, or models that cannot be judged there), so the first hyper-parameters that were tried were taken"
        )
    if groups and len(trials):
        chosen = trials.loc[trials["chosen"], FEATURES]
        counts = "; ".join(
            f"{group} ({np.count_nonzero(members)} features) in {np.count_nonzero(chosen == group)}"
            for group, members in groups.items()
        )
        notes.append(f"groups of features chosen in {len(chosen)} searches: {counts}")
    if protocol.scheme.inner == "nested":
        notes.append(
            "λ was chosen with the features reduced anew in every inner training set (validation.inner=nested)"
        )
    return notes
