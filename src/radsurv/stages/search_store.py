"""Finished searches on disk, so that a killed run goes on where it was; and the trials as Optuna studies."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.compute.cache_entry import DamagedEntry
from radsurv.compute.cache_folder import CacheFolder, CacheUse
from radsurv.files import about
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.splits import EVERYBODY
from radsurv.validation.trials import direction


class SearchStore:
    """One entry of JSON per training set, named by the hash of all that its trials depend on.

    Parameters
    ----------
    root
        The cache folder.
    """

    def __init__(self, root: Path) -> None:
        self._entries = CacheFolder(root, "search")

    @property
    def use(self) -> CacheUse:
        """What came of using it so far."""
        return self._entries.use

    def get(self, key: str) -> list[Any] | None:
        """The trials of a finished search, or None: it is to be done, and `put`, whatever the reason, which `use` has."""
        return self._entries.get(key, _trials)

    def put(self, key: str, value: list[Any]) -> None:
        """Keep trials, unless the folder cannot be written, or what is there cannot be read."""
        self._entries.put(key, json.dumps(value).encode())


def _trials(content: bytes) -> list[Any]:
    found = json.loads(content)
    if not isinstance(found, list):
        raise DamagedEntry(f"{type(found).__name__}, expected a list of trials")
    return found


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
