"""Limits of simpler models and of differences, from refits on the same resamples: the same by loops that are written out."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simpler_models
import toys
from scipy.stats import t
from simpler_models import CLINICAL, PATIENTS, PROTOCOL, RADIOMICS, rows
from sksurv.metrics import concordance_index_censored

import conf
from radsurv.compute.progress import Parts, telling, unheard
from radsurv.errors import TrainingSetError
from radsurv.stages.result_store import ResultStore
from radsurv.validation.cross_validate import left_out
from radsurv.validation.protocol import Resources
from radsurv.validation.refitted_limits import refitted_limits
from radsurv.validation.resampled import training_on

MODELS = [CLINICAL, RADIOMICS]


def compared(refits=20, resources=None, models=MODELS, protocol=PROTOCOL):
    return simpler_models.compared(models, resources, protocol, refits=refits)


@pytest.fixture(scope="module")
def plain():
    return compared()


def concordance(patients, protocol, times, seed):
    """By another package, of everybody who was drawn, as often as they were."""
    training = training_on(patients, protocol, times, seed)
    own = np.repeat(np.arange(len(training.patients)), training.copies)
    outcome = training.patients.outcome.take(own)
    return concordance_index_censored(outcome.event, outcome.time, left_out(training).risk[0][own])[0]


@pytest.mark.slow
def test_limits_are_those_of_written_out_loops(plain):
    """The resamples are those of `significance.refits`, so that the limits of the experiment are the same."""
    values = []
    for number in range(20):
        resampling, drawing = np.random.SeedSequence(PROTOCOL.seed, spawn_key=(13, number)).spawn(2)
        times = np.bincount(np.random.default_rng(resampling).integers(20, size=20), minlength=20)
        seed = int(drawing.generate_state(1, np.uint64)[0])
        others = [concordance(PATIENTS.among(one.features), one.protocol(PROTOCOL), times, seed) for one in MODELS]
        values.append([concordance(PATIENTS, PROTOCOL, times, seed), *others])
    drawn = pd.DataFrame(values, columns=["experiment", "clinical", "radiomics"])
    table = rows(plain)
    for name, c in drawn.items():
        of_column = {"harrell_c": c, "delta_c": drawn["experiment"] - c, "gain_c": c - drawn["clinical"]}
        for column, spread in of_column.items():
            reach, found = t.ppf(0.975, 19) * spread.std(), table.loc[name, column]
            low, high = table.loc[name, [f"{column}_refit_low", f"{column}_refit_high"]]
            ends = (0, 1) if column == "harrell_c" else (-1, 1)
            assert [low, high] == pytest.approx(np.clip([found - reach, found + reach], *ends), abs=1e-12)
    found = {"harrell_c": table.loc["experiment", "harrell_c"], "hazard_ratio": 2.0}
    own = refitted_limits(PATIENTS, PROTOCOL, found, 20, Resources()).metrics
    assert table.loc["experiment", "harrell_c_refit_low"] == own["harrell_c_refit_low"]
    assert plain.notes == [
        "refitted limits of simpler models: they and the experiment were repeated on the same 20 resamples of the patients"
    ]
    assert (table["lacking"] == "").all()


@pytest.mark.slow
def test_workers_change_nothing_and_refits_are_kept(plain, tmp_path):
    """And a loop is told of by the parts of its refits: three procedures of four models."""
    told = {}

    @contextmanager
    def bar(label, total, done=0, effort=None):
        shares = told.setdefault(label, [])
        with telling(Parts(lambda share, parts: shares.append((share, parts)))):
            yield unheard

    compared(20, Resources(n_jobs=2, store=ResultStore(tmp_path), bar=bar))
    shares, parts = zip(*told["refits of simpler models"], strict=True)
    assert sum(shares) == pytest.approx(20)
    assert set(parts) == {"3 models compared × 4 models"}
    again = compared(20, Resources(store=ResultStore(tmp_path)))
    pd.testing.assert_frame_equal(rows(again), rows(plain), check_exact=True)
    other_order = compared(20, Resources(store=ResultStore(tmp_path)), models=MODELS[::-1])
    assert "simpler models: 20 of 20 refits from an earlier run" in other_order.run_notes
    pd.testing.assert_frame_equal(rows(other_order).loc[rows(plain).index], rows(plain), check_exact=True)
    more = compared(22, Resources(n_jobs=2, store=ResultStore(tmp_path)))
    assert "simpler models: 20 of 22 refits from an earlier run" in more.run_notes
    pd.testing.assert_frame_equal(rows(more), rows(compared(22)), check_exact=True)


@pytest.mark.slow
def test_a_model_that_cannot_learn_from_resamples_has_no_limits_and_takes_none_from_others(plain):
    class Unrepeated(toys.Centre):
        """A transform that needs different patients where there are few features."""

        def fit(self, members):
            if len(members.names) == 3 and len(np.unique(members.values, axis=0)) < len(members):
                raise TrainingSetError("some come twice")
            return super().fit(members)

    def under(transform):
        return rows(compared(protocol=replace(PROTOCOL, transforms=toys.transforms(transform))))

    ours, theirs = under(Unrepeated()), under(toys.Centre())
    assert (
        ours.loc["radiomics", "lacking"] == "no limits over refits: 20 of 20 refits on resampled patients give no value"
    )
    assert ours.loc["radiomics"].filter(like="refit").isna().all()
    pd.testing.assert_frame_equal(ours.drop("radiomics"), theirs.drop("radiomics"), check_exact=True)


def test_where_no_resample_can_be_analysed_everything_else_stays():
    """13 patients of 20 cannot be dealt to 20 folds."""
    folds = replace(PROTOCOL, scheme=conf.scheme("repeated_kfold", n_splits=20, repeats=1))
    table = rows(compared(protocol=folds))
    assert (
        table["lacking"].str.startswith("no limits over refits: comparison.refits: 100 resamples of 20 patients").all()
    )
    assert table.filter(like="refit").isna().all(axis=None)
    assert table["harrell_c"].notna().all()
