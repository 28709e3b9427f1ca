"""Nested search: nothing of a left-out patient in their fold, nothing lost by a kill, nothing changed by workers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.config import ReductionConfig, SearchConfig, ValidationConfig
from radsurv.stages.search_store import SearchStore
from radsurv.validation.cross_validate import cross_validate

SEARCH = SearchConfig(
    name="optuna",
    trials=6,
    cindex=[0.5, 0.55, 0.6],
    pearson=[0.6, 0.9],
    alpha=[0.1, 0.5, 1.0],
    lambda_rule=["min", "1se"],
)
KFOLD = ValidationConfig(scheme="repeated_kfold", n_splits=4, repeats=1, inner_splits=4)


def run(small, data=None, **options):
    return cross_validate(
        **{**small.data, **(data or {})}, **{**small.options, "validation": KFOLD, "search": SEARCH, **options}
    )


def same(one, other):
    for name in ("predictions", "selections", "folds", "trials"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.metrics == other.metrics


@pytest.fixture(scope="module")
def found(small):
    return run(small)


def test_one_row_per_trial_and_the_best_is_chosen(found):
    trials = found.trials
    assert trials.groupby("fold").size().tolist() == [6] * 4
    chosen = trials[trials["chosen"]]
    assert chosen["fold"].tolist() == [0, 1, 2, 3]
    assert chosen["value"].tolist() == trials.groupby("fold")["value"].min().tolist()
    assert found.metrics["search_flat"] == 0
    assert "searched inside every training set" in found.notes[0]


def test_workers_change_nothing(small, found):
    same(found, run(small, n_jobs=2))


@pytest.mark.parametrize("sampler", ["random", "grid"])
def test_other_samplers(small, sampler):
    search = SEARCH.model_copy(update={"sampler": sampler, "objective": "c", "alpha": [0.5], "pearson": [0.9]})
    trials = run(small, search=search).trials
    assert trials.groupby("fold").size().tolist() == [6] * 4  # 3 thresholds × 2 rules
    assert trials["value"].between(0, 1).all()
    chosen = trials[trials["chosen"]]
    assert chosen["value"].tolist() == trials.groupby("fold")["value"].max().tolist()


@pytest.mark.parametrize("inner", ["paper", "strict"])
def test_a_grid_of_one_point_is_no_search(small, inner):
    point = SearchConfig(name="optuna", sampler="grid", cindex=[0.55], pearson=[0.85], alpha=[0.1], lambda_rule=["min"])
    validation = KFOLD.model_copy(update={"inner": inner})
    one = run(small, search=point, validation=validation)
    none = run(small, search=SearchConfig(name="none"), validation=validation)
    pd.testing.assert_frame_equal(one.predictions, none.predictions, check_exact=True)
    pd.testing.assert_frame_equal(one.selections, none.selections, check_exact=True)
    assert none.trials.empty


def test_strict_changes_the_penalty_but_not_the_features(small):
    none = SearchConfig(name="none")
    paper, strict = (
        run(small, search=none, validation=KFOLD.model_copy(update={"inner": inner})) for inner in ("paper", "strict")
    )
    assert paper.selections["feature"].tolist() == strict.selections["feature"].tolist()
    assert paper.folds["penalty"].tolist() != strict.folds["penalty"].tolist()
    assert any("validation.inner=strict" in note for note in strict.notes)


def test_flat_search_is_labelled(small):
    flat = run(small, search=SEARCH.model_copy(update={"name": "flat"}))
    assert flat.metrics["search_flat"] == 1
    assert flat.notes[0].startswith("FLAT SEARCH, OPTIMISTIC")
    assert set(flat.trials["fold"]) == {-1}


# Leakage


def learned_in(result, fold):
    trials, chosen = result.trials, result.selections
    return repr(
        [
            trials[trials["fold"] == fold].to_numpy().tolist(),
            chosen[chosen["fold"] == fold].to_numpy().tolist(),
            result.folds.iloc[fold].tolist(),
            result.models[fold].threshold,
        ]
    )


LOOCV = {
    "validation": ValidationConfig(scheme="loocv", inner_splits=3),
    "search": SEARCH.model_copy(update={"trials": 3}),
}


@pytest.fixture(scope="module", params=["paper", "strict"])
def left_out(small, request):
    validation = LOOCV["validation"].model_copy(update={"inner": request.param})
    options = {**LOOCV, "validation": validation}
    return options, run(small, **options)


@settings(max_examples=3, deadline=None)
@given(
    patient=st.integers(0, 19),
    time=st.integers(1, 500),
    flip=st.booleans(),
    values=st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=12),
)
def test_nothing_about_the_left_out_patient_reaches_their_search(small, left_out, patient, time, flip, values):
    options, before = left_out
    table, times, events = (small.data[name].copy() for name in ("table", "time", "event"))
    table[patient], times[patient], events[patient] = values, time, events[patient] ^ flip
    after = run(small, data={"table": table, "time": times, "event": events}, **options)
    assert learned_in(after, patient) == learned_in(before, patient)


# Kill and resume


class Dying(SearchStore):
    """Ends the run after so many finished folds."""

    def __init__(self, folder: Path, lives: int) -> None:
        super().__init__(folder)
        self.lives, self.found = lives, 0

    def get(self, key):
        found = super().get(key)
        self.found += found is not None
        return found

    def put(self, key, value):
        if self.lives == 0:
            raise KeyboardInterrupt
        self.lives -= 1
        super().put(key, value)


def test_a_run_that_ended_early_goes_on_to_the_same_numbers(small, found, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(small, store=Dying(tmp_path, 2))
    assert len(list(tmp_path.rglob("*.json"))) == 2
    again = Dying(tmp_path, 2)
    same(found, run(small, store=again))
    assert again.found == 2
    assert len(list(tmp_path.rglob("*.json"))) == 4


def test_other_data_or_options_find_nothing(small, tmp_path):
    run(small, store=SearchStore(tmp_path))
    for change in (
        {"seed": 1},
        {"data": {"time": small.data["time"] + 1}},
        {"reduction": ReductionConfig(cindex=0.6, pearson=0.8)},
    ):
        store = Dying(tmp_path, -1)
        run(small, store=store, **change)
        assert store.found == 0


SCRIPT = """
import sys, json
import numpy as np
from pathlib import Path
from radsurv.config import *
from radsurv.stages.search_store import SearchStore
from radsurv.validation.cross_validate import cross_validate
generator = np.random.default_rng(3)
table = generator.normal(size=(30, 40))
time = generator.exponential(np.exp(-table[:, 0])) + 0.01
search = SearchConfig(name="optuna", trials=12, cindex=[0.5, 0.55, 0.6, 0.65], alpha=[0.1, 0.5, 1.0])
found = cross_validate(
    table, [f"x{i}" for i in range(40)], [f"p{i}" for i in range(30)], time, np.ones(30, bool),
    reduction=ReductionConfig(cindex=0.6, pearson=0.85), model=ModelConfig(name="coxnet", alpha=0.1),
    validation=ValidationConfig(scheme="loocv", inner_splits=5), seed=0, search=search,
    store=SearchStore(Path(sys.argv[1])),
)
print(found.predictions.to_json(double_precision=15))
"""


def test_kill_9_in_the_middle(tmp_path):
    def start(folder):
        command = [sys.executable, "-c", SCRIPT, str(folder)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    killed, undisturbed, folder = start(tmp_path / "killed"), start(tmp_path / "undisturbed"), tmp_path / "killed"
    deadline = time.monotonic() + 60
    while len(list(folder.rglob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    finished = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}
    assert 3 <= len(finished) < 30
    again = start(folder).communicate()[0]
    assert json.loads(again) == json.loads(undisturbed.communicate()[0])
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
