"""What is learned, and how often chance does as well, on the workers of a Dask cluster: the same to the last bit."""

import numpy as np
import pytest
import toys

import conf
from radsurv.compute.parallel import elsewhere
from radsurv.stages.result_store import ResultStore
from radsurv.validation.permutation import permutation_test
from radsurv.validation.shuffled_outcomes import of_pipeline
from radsurv.validation.training import Training

pytestmark = pytest.mark.slow  # a cluster of its own

PATIENTS = toys.cohort()
PROTOCOLS = toys.protocols()


@pytest.fixture
def cluster(scheduler):
    with conf.section("compute", "dask", address=scheduler).workers([]):
        yield elsewhere(2)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_training_sets_learn_the_same(cluster, name):
    protocol = PROTOCOLS[name]
    training = Training(PATIENTS, protocol)
    here, there = (training.in_every(training.splits(), n_jobs) for n_jobs in (1, 2))
    for one, other in zip(here, there, strict=True):
        assert toys.everything(one.learned, PATIENTS.measured) == toys.everything(other.learned, PATIENTS.measured)
        assert repr(one.trials) == repr(other.trials)


def test_searches_that_workers_finish_are_kept_for_a_run_that_goes_on(cluster, tmp_path):
    """Where the cache is a folder that they see."""
    store = ResultStore(tmp_path)
    training = Training(PATIENTS, PROTOCOLS["searched"], store)
    trials = [one.trials for one in training.in_every(training.splits(), 2)]
    kept = sorted(tmp_path.rglob("*.entry"))
    assert len(kept) == len(trials)
    again = [one.trials for one in training.in_every(training.splits(), 1)]
    assert repr(again) == repr(trials)
    assert sorted(tmp_path.rglob("*.entry")) == kept


def test_shuffled_outcomes_give_the_same_statistics(cluster):
    analysis = of_pipeline(PATIENTS, PROTOCOLS["cox"])
    here, there = (
        permutation_test(
            analysis, PATIENTS.outcome, np.array([1.0, 1.0, 0.6]), permutations=24, stop_after=24, seed=3, n_jobs=n_jobs
        )
        for n_jobs in (1, 2)
    )
    assert here.repetitions.tobytes() == there.repetitions.tobytes()
    assert here.results == there.results
