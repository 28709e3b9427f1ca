"""Finished searches on disk, so that a killed run goes on where it was; and the trials as Optuna studies."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.files import about, atomic
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.splits import EVERYBODY
from radsurv.validation.trials import direction


class SearchStore:
    """One JSON file per training set, named by the hash of all that its trials depend on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> list[Any] | None:
        """The trials of a finished search; None where there are none, or the file cannot be read."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, list) else None

    def put(self, key: str, value: list[Any]) -> None:
        """Keep trials; a reader never sees half a file."""
        with atomic(self._path(key)) as temporary:
            temporary.write_text(json.dumps(value), encoding="utf-8")

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


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
