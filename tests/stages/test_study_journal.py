"""Searches written for optuna-dashboard."""

import optuna
import pandas as pd
from optuna.storages.journal import JournalFileBackend

import conf
from radsurv.stages.study_journal import write_journal


def test_one_study_per_training_set(tmp_path):
    search = conf.search(objective="c")
    space = {"cindex": [0.5, 0.6], "features": ["all", "fc1"]}
    trials = pd.DataFrame(
        {"repeat": 0, "fold": [0, 0, -1], "trial": [0, 1, 0], "cindex": [0.5, 0.6, 0.6], "alpha": 0.1, "features": ["fc1", "all", "all"],
         "value": [0.7, float("nan"), 0.6]}
    )  # fmt: skip
    path = tmp_path / "study.journal"
    write_journal(trials, search, space, path)
    assert [file.name for file in tmp_path.iterdir()] == ["study.journal"]
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
    assert sorted(study.study_name for study in storage.get_all_studies()) == ["all patients", "repeat 0, fold 0"]
    study = optuna.load_study(study_name="repeat 0, fold 0", storage=storage)
    assert study.best_trial.params == {"cindex": 0.5, "features": "fc1"}
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL"]
