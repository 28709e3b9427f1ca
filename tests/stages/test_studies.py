"""Searches written for optuna-dashboard."""

import re

import optuna
import pandas as pd
import pytest
from optuna.storages.journal import JournalFileBackend
from sqlalchemy.exc import OperationalError

import conf
from radsurv.errors import ConfigError
from radsurv.stages.studies import ADDRESS, Studies, StudyDatabase, write_journal

TRIALS = pd.DataFrame(
    {"repeat": 0, "fold": [0, 0, -1], "trial": [0, 1, 0], "cindex": [0.5, 0.6, 0.6], "alpha": 0.1, "features": ["fc1", "all", "all"],
     "value": [0.7, float("nan"), 0.6]}
)  # fmt: skip
SPACE = {"cindex": [0.5, 0.6], "features": ["all", "fc1"]}


def studies(trials=TRIALS):
    return Studies(trials, conf.search(objective="c"), SPACE)


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A new database; gives a storage that reads it."""
    address = f"sqlite:///{tmp_path}/studies.db"
    monkeypatch.setenv(ADDRESS, address)
    return lambda: optuna.storages.RDBStorage(address)


def test_one_study_per_training_set(tmp_path):
    path = tmp_path / "study.journal"
    write_journal(studies(), path)
    assert [file.name for file in tmp_path.iterdir()] == ["study.journal"]
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
    assert sorted(study.study_name for study in storage.get_all_studies()) == ["all patients", "repeat 0, fold 0"]
    study = optuna.load_study(study_name="repeat 0, fold 0", storage=storage)
    assert study.best_trial.params == {"cindex": 0.5, "features": "fc1"}
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL"]


def test_a_database_has_them_by_cohort_and_trials(database):
    said = StudyDatabase().write(studies(), "hospital")
    prefix = f"hospital {studies().digest()}"
    assert said == f"search: 2 of 2 studies written to the database as '{prefix}: …'"
    study = optuna.load_study(study_name=f"{prefix}: repeat 0, fold 0", storage=database())
    assert (study.direction.name, study.best_trial.params) == ("MAXIMIZE", {"cindex": 0.5, "features": "fc1"})
    assert len(study.trials) == 2


def test_written_again_they_stay_as_they_are_and_other_trials_stand_beside_them(database):
    StudyDatabase().write(studies(), "hospital")
    assert StudyDatabase().write(studies(), "hospital").endswith("2 were there already")
    StudyDatabase().write(studies(TRIALS.assign(value=0.5)), "hospital")
    counts = [len(database().get_all_trials(one._study_id)) for one in database().get_all_studies()]
    assert sorted(counts) == [1, 1, 2, 2]


def test_what_a_killed_run_has_begun_is_completed(database):
    whole = studies()
    (name, rows), *_ = [one for one in whole.named() if len(one[1]) == 2]
    full = f"hospital {whole.digest()}: {name}"
    whole.add(database(), full, rows.iloc[:1])
    StudyDatabase().write(whole, "hospital")
    found = optuna.load_study(study_name=full, storage=database()).trials
    assert [trial.state.name for trial in found] == ["COMPLETE", "FAIL"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "names no database; expected an address such as"),
        ("studies.db", "is no address of a database"),
        ("nosuch://host/db", "is no address of a database"),
        ("sqlite:////no/such/folder/x.db", "cannot be opened: unable to open database file"),
        ("postgresql://bob:hunter2/db", "is no address of a database"),
        ("postgresql+nosuchdriver://bob:hunter2@host/db", "is no address of a database"),
        ("oracle+cx_oracle://bob:hunter2@host/db", "the driver that oracle+cx_oracle needs is not installed"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_line_without_who_may_write_there(monkeypatch, address, said):
    monkeypatch.setenv(ADDRESS, address)
    with pytest.raises(ConfigError, match=re.escape(said)) as found:
        StudyDatabase()
    message = str(found.value)
    assert "\n" not in message
    assert not any(secret in message for secret in ("bob", "hunter2"))


def test_a_database_that_goes_away_costs_no_run_and_tells_no_password(database, monkeypatch):
    opened = StudyDatabase()
    opened._secrets = ["hunter2", "bob"]

    def gone(*_, **__):
        raise OperationalError("INSERT", {}, Exception('FATAL: password "hunter2" of user "bob"\nis wrong'))

    monkeypatch.setattr(optuna.storages.RDBStorage, "create_new_study", gone)
    said = opened.write(studies(), "hospital")
    assert said == 'search: 0 of 2 studies are in the database, then: FATAL: password "***" of user "***" is wrong'
