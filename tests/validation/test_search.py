"""Nested search: nothing of a left-out patient in their fold, nothing lost by a kill, nothing changed by workers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.config import ReductionConfig, SearchConfig, ValidationConfig
from radsurv.errors import ConfigError
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


# Groups of features

GROUPS = {"all": ["*"], "late": ["feature 1?"], "early": ["feature ?"]}  # of feature 0 to feature 11
LATE, EARLY = {"feature 10", "feature 11"}, {f"feature {column}" for column in range(10)}


def point(**searched):
    """A grid over groups alone; everything else has one value."""
    grid = {"cindex": [0.55], "pearson": [0.85], "alpha": [0.1], "lambda_rule": ["min"]}
    return SearchConfig(name="optuna", sampler="grid", **{**grid, **searched})


@pytest.mark.parametrize("inner", ["paper", "strict"])
def test_a_group_is_the_table_with_its_columns_alone(small, inner):
    validation = KFOLD.model_copy(update={"inner": inner})
    chosen = run(small, search=point(features={"early": ["feature ?"]}), validation=validation)
    alone = {**small.data, "table": small.data["table"][:, :10], "feature_names": small.data["feature_names"][:10]}
    columns = run(small, data=alone, search=SearchConfig(name="none"), validation=validation)
    for name in ("predictions", "selections", "folds"):
        pd.testing.assert_frame_equal(getattr(chosen, name), getattr(columns, name), check_exact=True)


def test_every_fold_uses_its_own_group_only(small):
    found = run(small, search=point(features=GROUPS, objective="c"))
    assert found.trials.groupby("fold")["features"].apply(set).tolist() == [set(GROUPS)] * 4
    chosen = found.trials[found.trials["chosen"]].set_index("fold")["features"]
    members = {"all": LATE | EARLY, "late": LATE, "early": EARLY}
    for fold, group in chosen.items():
        assert set(found.selections.loc[found.selections["fold"] == fold, "feature"]) <= members[group]
    said = next(note for note in found.notes if note.startswith("groups of features"))
    counts = [f"{group} ({len(members[group])} features) in {(chosen == group).sum()}" for group in GROUPS]
    assert said == f"groups of features chosen in 4 searches: {'; '.join(counts)}"


def test_a_group_meets_the_eligible_features(small):
    def eligible(weights):
        allowed = np.ones((len(weights), 12), dtype=bool)
        allowed[:, 0] = weights[:, 0] == 0  # a rule that asks the members
        return allowed

    search = SearchConfig(name="none")
    found = run(small, search=point(features={"early": ["feature ?"]}), eligible=eligible)
    both = run(small, search=search, eligible=lambda weights: eligible(weights) & (np.arange(12) < 10))
    pd.testing.assert_frame_equal(found.selections, both.selections, check_exact=True)


@pytest.mark.parametrize("inner", ["paper", "strict"])
def test_a_flat_search_keeps_one_group_in_every_fold(small, inner):
    validation = KFOLD.model_copy(update={"inner": inner})
    search = point(features={"late": ["feature 1?"]}).model_copy(update={"name": "flat"})
    flat = run(small, search=search, validation=validation)
    assert flat.trials["features"].tolist() == ["late"]
    assert set(flat.selections["feature"]) <= LATE
    assert len(flat.selections)


def test_groups_that_are_not_searched_have_no_name(found):
    assert found.trials["features"].isna().all()


def test_a_pattern_without_a_feature_ends_the_run(small):
    with pytest.raises(ConfigError, match=r"search.features.deep: the pattern 'vgg\*' matches none of the 12 features"):
        run(small, search=point(features={"all": ["*"], "deep": ["feature 1", "vgg*"]}))


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
    "search": SEARCH.model_copy(update={"trials": 3, "features": GROUPS}),
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
    search = point(features={"early": ["feature ?"]})
    run(small, store=SearchStore(tmp_path), search=search)
    same(run(small, search=search), run(small, store=(kept := Dying(tmp_path, 0)), search=search))
    assert kept.found == 4
    for change in (
        {"search": point(features={"early": ["feature ?", "feature 10"]})},
        {"data": {"feature_names": [f"feature {column}" for column in range(1, 13)]}},  # the pattern means others
        {"seed": 1},
        {"data": {"time": small.data["time"] + 1}},
        {"reduction": ReductionConfig(cindex=0.6, pearson=0.8)},
    ):
        store = Dying(tmp_path, -1)
        run(small, **{"store": store, "search": search, **change})
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
    deadline = time.monotonic() + 300
    while len(list(folder.rglob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    finished = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}
    assert 3 <= len(finished) < 30
    again = start(folder).communicate()[0]
    assert json.loads(again) == json.loads(undisturbed.communicate()[0])
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
