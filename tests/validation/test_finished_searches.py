"""A run that was ended goes on where it was, and takes up nothing that was found for other patients or options."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toys
from searches import point, run, same, trials_of

import conf
from radsurv.stages.result_store import ResultStore
from radsurv.validation.finished_searches import KIND


class Dying(ResultStore):
    """Ends the run after so many finished searches; whole training sets, of a slow machine, are not kept."""

    def __init__(self, folder: Path, lives: int) -> None:
        super().__init__(folder)
        self.lives, self.found = lives, 0

    def get(self, kind, key, **how):
        found = super().get(kind, key, **how) if kind == KIND else None
        self.found += found is not None
        return found

    def put(self, kind, key, value, **how):
        if kind != KIND:
            return
        if self.lives == 0:
            raise KeyboardInterrupt
        self.lives -= 1
        super().put(kind, key, value, **how)


def test_a_run_that_ended_early_goes_on_to_the_same_numbers(small, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(small, store=Dying(tmp_path, 2))
    assert len(list((tmp_path / "search").rglob("*.entry"))) == 2
    again = Dying(tmp_path, 2)
    same(run(small), run(small, store=again))
    assert again.found == 2
    assert len(list((tmp_path / "search").rglob("*.entry"))) == 4


def renamed(patients, first):
    names = tuple(f"feature {column}" for column in range(first, first + 12))
    return replace(patients, measured=replace(patients.measured, names=names), readings=None)


def test_other_data_or_options_find_nothing(small, tmp_path):
    search = point(features={"early": ["feature ?"]})
    run(small, store=ResultStore(tmp_path), search=search)
    same(run(small, search=search), run(small, store=(kept := Dying(tmp_path, 0)), search=search))
    assert kept.found == 4
    later = toys.changed(small.patients, time=small.patients.outcome.time + 1)
    for patients, change in (
        (None, {"search": point(features={"early": ["feature ?", "feature 10"]})}),
        (renamed(small.patients, 1), {}),  # the pattern means others
        (None, {"seed": 1}),
        (later, {}),
        (None, {"reduction": conf.reduction(cindex=0.6, pearson=0.8)}),
        (None, {"model": small.protocol.model.model_copy(update={"n_lambda": 50})}),
        (None, {"transforms": toys.transforms(toys.Same())}),
    ):
        store = Dying(tmp_path, -1)
        run(small, patients, **{"store": store, "search": search, **change})
        assert store.found == 0


def test_what_a_search_asks_of_the_members_is_in_its_key(small, tmp_path):
    """Readings, and the columns of the cohort table that steer a transform: other ones find nothing; others' do not matter."""
    by_site = toys.transforms(toys.Centre(column="site"))
    parts = {"reduction": conf.reduction(**toys.REDUCTION, icc=0.8), "transforms": by_site, "search": point()}
    run(small, store=ResultStore(tmp_path), **parts)
    site, readings = small.patients.measured.cohort["site"].to_numpy(), small.patients.readings.values
    for change, found in (
        ({"readings": readings[::-1]}, 0),
        ({"site": site[::-1]}, 0),
        ({"age": np.arange(20)}, 4),
        ({"readings": np.where(np.arange(20)[:, None] == 0, readings + 1, readings)}, 1),  # of the first patient alone
    ):
        store = Dying(tmp_path, -1)
        run(small, toys.changed(small.patients, **change), store=store, **parts)
        assert store.found == found
        for path in (tmp_path / "search").rglob("*.entry"):
            path.unlink()
        run(small, store=ResultStore(tmp_path), **parts)


@pytest.mark.slow
def test_an_objective_without_a_value_is_kept_as_none(small, tmp_path):
    """JSON knows no NaN; C of inner folds without a comparable pair is one."""
    last = toys.changed(small.patients, event=np.isin(np.arange(20), np.argsort(small.patients.outcome.time)[-3:]))
    parts = {"search": point(objective="c"), "scheme": conf.scheme("loocv", inner_splits=15)}
    first = run(small, last, store=ResultStore(tmp_path), **parts)
    assert trials_of(first)["value"].isna().any()
    same(first, run(small, last, store=(kept := Dying(tmp_path, 0)), **parts))
    assert kept.found == 20


SCRIPT = """
import sys
import time
from pathlib import Path
import conf, toys
import numpy as np
from radsurv.stages.result_store import ResultStore
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.protocol import Resources

class Waiting(ResultStore):
    # after three finished searches, for its end
    left = 3
    def put(self, kind, key, value, **how):
        super().put(kind, key, value, **how)
        self.left -= 1
        if self.left == 0:
            print("three", flush=True)
            time.sleep(3600)

generator = np.random.default_rng(3)
values = generator.normal(size=(30, 40))
times = generator.exponential(np.exp(-values[:, 0])) + 0.01
protocol = conf.protocol(
    reduction=conf.reduction(cindex=0.6, pearson=0.85), model=conf.model("coxnet", alpha=0.1, path="complete"),
    scheme=conf.scheme("loocv", inner_splits=5),
    search=conf.search("optuna", trials=12, cindex=[0.5, 0.55, 0.6, 0.65], pearson=None, alpha=[0.1, 0.5, 1.0], lambda_rule=None),
)
patients = toys.patients(values, times, np.ones(30, bool))
store = {"wait": Waiting, "finish": ResultStore}[sys.argv[2]](Path(sys.argv[1]))
found = cross_validate(patients, protocol, Resources(store=store))
print(found.predictions.to_json(double_precision=15))
"""


@pytest.mark.slow
def test_kill_9_in_the_middle(tmp_path):
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(conf.__file__).parent), *sys.path])}

    def start(folder, until):
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / folder), until]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=where)

    killed, undisturbed = start("killed", "wait"), start("undisturbed", "finish")
    assert killed.stdout.readline() == "three\n"
    killed.kill()
    killed.communicate()
    # An entry that is written again is another file; its time says when it was last used.
    finished = {path: path.stat().st_ino for path in (tmp_path / "killed/search").rglob("*.entry")}
    assert len(finished) == 3
    again = start("killed", "finish").communicate()[0]
    assert json.loads(again) == json.loads(undisturbed.communicate()[0])
    assert {path: path.stat().st_ino for path in finished} == finished
    assert len(list((tmp_path / "killed/search").rglob("*.entry"))) == 30
