"""The trials of searches as Optuna studies."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radsurv.files import about
from radsurv.validation.search_importance import frozen_trials
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
    with about(path), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(unfinished)))
        for (repeat, fold), rows in trials.groupby(["repeat", "fold"]):
            name = "all patients" if fold == EVERYBODY else f"repeat {repeat}, fold {fold}"
            study = optuna.create_study(storage=storage, study_name=name, direction=direction(search))
            study.add_trials(frozen_trials(rows, space))
        unfinished.replace(path)
