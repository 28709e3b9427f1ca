"""The trials of searches as Optuna studies."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.files import about
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.splits import EVERYBODY
from radsurv.validation.trials import direction


def write_journal(
    trials: pd.DataFrame, search: SearchOptions, space: Mapping[str, Sequence[float | str]], path: Path
) -> None:
    """One study per training set in one journal file, for ``optuna-dashboard study.journal``."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    choices = {name: optuna.distributions.CategoricalDistribution(list(values)) for name, values in space.items()}
    with about(path), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(unfinished)))
        for (repeat, fold), rows in trials.groupby(["repeat", "fold"]):
            name = "all patients" if fold == EVERYBODY else f"repeat {repeat}, fold {fold}"
            study = optuna.create_study(storage=storage, study_name=name, direction=direction(search))
            study.add_trials([_trial(row, choices) for row in rows.to_dict("records")])
        unfinished.replace(path)


def _trial(row: dict[Any, Any], space: dict[str, Any]) -> Any:
    import optuna

    failed = pd.isna(row["value"])
    return optuna.trial.create_trial(
        params={name: row[name] for name in space},
        distributions=space,
        value=None if failed else row["value"],
        state=optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE,
    )
