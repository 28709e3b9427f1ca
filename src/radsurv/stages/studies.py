"""The trials of searches as Optuna studies, for ``optuna-dashboard``: written when all of them are done, and never read back."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from radsurv.compute.progress import Bar, silent
from radsurv.environment import HIDDEN, without_secrets
from radsurv.errors import ConfigError
from radsurv.files import about
from radsurv.formats import one_line
from radsurv.validation.search_importance import frozen_trials
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.splits import EVERYBODY
from radsurv.validation.trials import direction

if TYPE_CHECKING:
    import optuna

ADDRESS = "OPTUNA_STORAGE"  # as Optuna's own commands call it
DIGITS = 8
LONGEST_FAULT = 300


@dataclass(frozen=True)
class Studies:
    """One study per training set with a search.

    Attributes
    ----------
    trials
        See `radsurv.validation.search_record.trials_table`.
    search, space
        How they came to be, and among which values.
    """

    trials: pd.DataFrame
    search: SearchOptions
    space: Mapping[str, Sequence[float | str]]

    def named(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The trials of each, under a name."""
        for (repeat, fold), rows in self.trials.groupby(["repeat", "fold"]):
            yield "all patients" if fold == EVERYBODY else f"repeat {repeat}, fold {fold}", rows

    def add(self, storage: optuna.storages.BaseStorage, name: str, rows: pd.DataFrame) -> bool:
        """Write one of them, as far as it is not there: whether any trial was lacking."""
        import optuna

        way = direction(self.search)
        study = optuna.create_study(storage=storage, study_name=name, direction=way, load_if_exists=True)
        lacking = rows.iloc[len(study.trials) :]
        study.add_trials(frozen_trials(lacking, self.space))
        return len(lacking) > 0

    def digest(self) -> str:
        """Of all trials: the same for the same search, whoever repeats it."""
        told = f"{direction(self.search)}\n{self.trials.to_csv(index=False)}"
        return hashlib.sha256(told.encode()).hexdigest()[:DIGITS]


def write_journal(studies: Studies, path: Path) -> None:
    """All studies in one journal file, for ``optuna-dashboard study.journal``."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with about(path), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(unfinished)))
        for name, rows in studies.named():
            studies.add(storage, name, rows)
        unfinished.replace(path)


class StudyDatabase:
    """The database that the environment variable ``OPTUNA_STORAGE`` names: its address, and who may write there, are in no option.

    Raises
    ------
    ConfigError
        When the variable names none, its driver is not installed, or the database cannot be opened.
    """

    def __init__(self) -> None:
        # Imported here because it takes a second, and most experiments do not search.
        import optuna
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        address = os.environ.get(ADDRESS, "")
        if not address:
            raise ConfigError(
                f"search.storage=database: the environment variable {ADDRESS} names no database; expected an address such as"
                " sqlite:////data/studies.db or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
            )
        try:
            url = make_url(address)
            self._secrets = [word for word in (url.password, url.username, address) if word]
            self._storage = optuna.storages.RDBStorage(address)
        except (ArgumentError, NoSuchModuleError, ValueError) as error:  # of a port that is no number, the last
            kind = address.partition(":")[0]
            raise ConfigError(
                f"search.storage=database: {ADDRESS} is no address of a database ({type(error).__name__}, kind"
                f" {kind[:20]!r}); expected one such as sqlite:////data/studies.db or postgresql+psycopg://HOST/DATABASE"
            ) from None
        except ImportError as error:
            raise ConfigError(
                f"search.storage=database: the driver that {url.drivername} needs is not installed ({error.__cause__ or error}):"
                " install it beside RadSurv"
            ) from None
        except (SQLAlchemyError, RuntimeError) as error:  # the latter: tables of another Optuna
            raise ConfigError(
                f"search.storage=database: the database that {ADDRESS} names cannot be opened: {self._said(error)}"
            ) from None

    def write(self, studies: Studies, cohort: str, bar: Bar = silent) -> str:
        """Add the studies of a run, named by cohort and by a hash of all trials; what an earlier run has written is completed.

        Returns
        -------
        str
            How many were added, or what went wrong: numbers are worth more than a dashboard, so that no fault ends a run.
        """
        import optuna
        from sqlalchemy.exc import SQLAlchemyError

        named, prefix, added = [*studies.named()], f"{cohort} {studies.digest()}", 0
        try:
            with bar("studies", len(named)) as advance:
                for name, rows in named:
                    added += studies.add(self._storage, f"{prefix}: {name}", rows)
                    advance()
        except (SQLAlchemyError, optuna.exceptions.OptunaError) as error:
            return f"search: {added} of {len(named)} studies are in the database, then: {self._said(error)}"
        already = f", {len(named) - added} were there already" if added < len(named) else ""
        return f"search: {added} of {len(named)} studies written to the database as '{prefix}: …'{already}"

    def _said(self, error: Exception) -> str:
        """What a driver says, without who may write there."""
        said = without_secrets(one_line(getattr(error, "orig", None) or error))
        for word in self._secrets:
            said = said.replace(word, HIDDEN)
        return said[:LONGEST_FAULT]
