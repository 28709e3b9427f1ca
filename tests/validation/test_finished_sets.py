"""A cross-validation that was ended goes on with the training sets that are left, to the same bits."""

import itertools
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import toys
from searches import same

import conf
from radsurv.objects.shared_cache import SharedCache
from radsurv.options.urls import Url
from radsurv.stages.result_store import ResultStore
from radsurv.validation import finished_sets
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.finished_sets import FinishedSets
from radsurv.validation.protocol import Resources
from radsurv.validation.training import Training

COMBAT = {"name": "combat", "batch": "site", "protect": [], "min_patients": 2, "unseen": "pass"}
TRANSFORMED = {
    "transformed": toys.transforms(toys.Centre(column="site"), toys.Total()),
    "harmonised": conf.transforms("combat", combat=COMBAT),
}
PROTOCOLS = toys.protocols()
PROTOCOLS |= {name: replace(PROTOCOLS["searched"], transforms=own) for name, own in TRANSFORMED.items()}
PROTOCOLS["flat"] = replace(PROTOCOLS["plain"], search=conf.search("flat", **toys.FEW_TRIALS, features=toys.GROUPS))
PROTOCOLS["no feature"] = replace(PROTOCOLS["forest"], reduction=conf.reduction(cindex=0.95))


@pytest.fixture
def at_once(monkeypatch):
    """Every set is stored as soon as it is done."""
    monkeypatch.setattr(finished_sets, "EVERY_S", 0.0)


def ended_after(n_sets):
    """A bar that ends the run so to speak with ctrl-C, after so many sets."""

    @contextmanager
    def bar(*_):
        left = itertools.count(n_sets - 1, -1)

        def advance(so_far=None):
            if next(left) == 0:
                raise KeyboardInterrupt

        yield advance

    return bar


def interrupted(patients, protocol, store, n_sets):
    with pytest.raises(KeyboardInterrupt):
        cross_validate(patients, protocol, Resources(store=store, bar=ended_after(n_sets)))


def in_columns(patients):
    """With the values in the other order in memory, as a table often has them."""
    values = np.asfortranarray(patients.measured.values)
    return replace(patients, measured=patients.measured.with_values(values, patients.names))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_it_goes_on_to_the_same_bits(tmp_path, at_once, name):
    patients, protocol = in_columns(toys.cohort()), PROTOCOLS[name]
    whole = cross_validate(patients, protocol, Resources())
    n_sets = len(whole.judges.splits)
    n_done = 2 if n_sets > 2 else 1
    interrupted(patients, protocol, ResultStore(tmp_path), n_done)
    found = cross_validate(patients, protocol, Resources(store=ResultStore(tmp_path)))
    same(whole, found)
    learned = [[toys.everything(one, patients.measured) for one in run.judges.learned] for run in (whole, found)]
    assert learned[0] == learned[1]
    assert found.finding.run_notes == [f"{n_done} of {n_sets} training sets from an earlier run"]
    # And now all of them.
    again = cross_validate(patients, protocol, Resources(store=ResultStore(tmp_path)))
    same(whole, again)
    assert again.finding.run_notes == [f"{n_sets} of {n_sets} training sets from an earlier run"]


def test_any_number_of_workers_goes_on_from_any(small, tmp_path, at_once):
    interrupted(small.patients, small.protocol, ResultStore(tmp_path), 7)
    found = cross_validate(small.patients, small.protocol, Resources(n_jobs=3, store=ResultStore(tmp_path)))
    same(small.run(), found)
    assert found.finding.run_notes == ["7 of 20 training sets from an earlier run"]


def test_what_takes_seconds_stores_nothing(small, tmp_path):
    small.run(store=ResultStore(tmp_path))
    assert list(tmp_path.rglob("*")) == []


def kept_by(small, store, clock):
    training = Training(small.patients, small.protocol)
    return FinishedSets(store, training, training, training.splits(), clock)


def test_every_entry_has_what_came_since_the_one_before(small, tmp_path):
    training = Training(small.patients, small.protocol)
    sets, now = list(training.in_every(training.splits())), [0.0]
    finished = kept_by(small, ResultStore(tmp_path), lambda: now[0])
    stored, entries = [], []
    for done in range(1, 21):  # seven seconds each
        now[0] += 7.0
        finished.keep(sets[:done])
        entries += [path for path in tmp_path.rglob("*.entry") if path not in entries]
        stored.append(len(entries))
    assert stored == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]
    assert len(kept_by(small, ResultStore(tmp_path), lambda: 0.0).kept) == 18
    finished.keep(sets, at_last=True)
    assert len(kept_by(small, ResultStore(tmp_path), lambda: 0.0).kept) == 20
    # Of a chain with a gap, what comes before it.
    entries[2].unlink()
    assert len(kept_by(small, ResultStore(tmp_path), lambda: 0.0).kept) == 6


def test_of_two_machines_that_share_a_cache_the_one_that_did_more_counts(small, storage, tmp_path):
    shared, now = SharedCache(Url.parse("memory://bucket/cache")), [0.0]
    training = Training(small.patients, small.protocol)
    sets = list(training.in_every(training.splits()))[:5]
    stores = {machine: ResultStore(tmp_path / machine, shared) for machine in ("slow", "fast", "third")}
    begun = {machine: kept_by(small, store, lambda: now[0]) for machine, store in stores.items()}
    now[0] = 60.0
    begun["fast"].keep(sets)
    begun["slow"].keep(sets[:2])
    assert len(kept_by(small, ResultStore(tmp_path / "slow"), lambda: 0.0).kept) == 2
    assert [len(kept_by(small, store, lambda: 0.0).kept) for store in stores.values()] == [5, 5, 5]


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"model": conf.model("coxnet", alpha=0.2)}, {"scheme": conf.scheme("loocv", inner_splits=4)},
     {"reduction": conf.reduction(cindex=0.6, pearson=0.85)}],
)  # fmt: skip
def test_another_experiment_finds_nothing(small, tmp_path, at_once, change):
    interrupted(small.patients, small.protocol, ResultStore(tmp_path), 3)
    same(small.run(**change), found := small.run(store=ResultStore(tmp_path), **change))
    assert found.finding.run_notes == []
    later = toys.changed(small.patients, time=small.patients.outcome.time + 1)
    assert small.run(later, store=ResultStore(tmp_path)).finding.run_notes == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sets: [1.0], lambda sets: [{}], lambda sets: ["x"], lambda sets: [None], lambda sets: sets * 11,
        lambda sets: [{**sets[0], "models": []}], lambda sets: [{**sets[0], "models": [{"trees": {}}]}],
        lambda sets: [{**sets[0], "models": [{**sets[0]["models"][0], "features": ["of another table"]}]}],
        lambda sets: [{**sets[0], "models": [{**sets[0]["models"][0], "threshold": "high"}]}],
        lambda sets: [{**sets[0], "reduction": {"kept": [0]}}], lambda sets: [{**sets[0], "trials": [1]}],
    ],
)  # fmt: skip
def test_something_else_is_no_training_set(small, tmp_path, at_once, spoil):
    class Spoilt(ResultStore):
        def get(self, kind, key, **how):
            found = super().get(kind, key, **how)
            return None if found is None else spoil(found)

    interrupted(small.patients, small.protocol, ResultStore(tmp_path), 2)
    same(small.run(), found := small.run(store=Spoilt(tmp_path)))
    assert found.finding.run_notes == [
        "training sets that an earlier run has kept are none of these, and were trained again"
    ]
