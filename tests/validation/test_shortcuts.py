"""What shortcuts would have claimed, against the same analyses written out."""

import numpy as np
import pytest
import searches
import toys
from sksurv.metrics import concordance_index_censored

import conf
from radsurv.catalogue.tables import EXPERIMENT, SHORTCUTS
from radsurv.survival.outcome import check_outcome
from radsurv.validation.finished_evaluations import Judged
from radsurv.validation.protocol import Resources
from radsurv.validation.shortcuts import no_shortcuts, shortcuts
from radsurv.validation.training import Training

FLAT = conf.search("flat", **{**toys.FEW_TRIALS, "trials": searches.SEARCH.trials})


def taken(small, patients=None, **parts):
    patients = small.patients if patients is None else patients
    own = small.run(patients, **parts)
    found = shortcuts(Judged(own.predictions, own.metrics), patients, small.under(**parts), Resources())
    return own, found.tables[SHORTCUTS].set_index("shortcut"), found.metrics


def concordance(outcome, risk):
    return concordance_index_censored(outcome.event, outcome.time, risk)[0]


@pytest.fixture(scope="module")
def found(small):
    return taken(small)


def test_apparent_is_the_model_of_all_judged_by_all(small, found):
    _, table, metrics = found
    patients = small.patients
    trained = Training(patients, small.protocol).on_everybody()
    kept = patients.measured.values[:, trained.reduction.kept]
    standardised = (kept - kept.mean(axis=0)) / kept.std(axis=0)
    # Of the model only the coefficients are taken, which are per standard deviation.
    coefficients = dict(zip(trained.learned.model.features.tolist(), trained.learned.model.coefficients, strict=True))
    risk = standardised @ [coefficients.get(place, 0.0) for place in trained.reduction.kept.tolist()]
    assert table.loc["apparent", "harrell_c"] == pytest.approx(concordance(patients.outcome, risk), abs=1e-12)
    assert metrics["shortcut_apparent_c"] == table.loc["apparent", "harrell_c"]


def test_selection_outside_is_cross_validation_of_the_features_that_all_patients_select(small, found):
    own, table, _ = found
    kept = Training(small.patients, small.protocol).on_everybody().reduction.kept
    chosen = small.patients.among([small.patients.names[place] for place in kept])
    theirs = small.run(chosen, reduction=conf.reduction("none"))
    assert table.loc["selection", "harrell_c"] == theirs.metrics["harrell_c"]
    assert table.loc["selection", "excess_c"] == theirs.metrics["harrell_c"] - own.metrics["harrell_c"]
    assert table.loc[EXPERIMENT, ["excess_c", "excess_c_low", "excess_c_high"]].tolist() == [0, 0, 0]


def test_what_the_experiment_does_not_do_cannot_be_skipped(small, found):
    _, table, metrics = found
    assert table.loc["search", "reason"] == "nothing is searched"
    assert "shortcut_search_c" not in metrics
    _, table, _ = taken(small, reduction=conf.reduction("none"))
    assert table.loc["selection", "reason"] == "nothing is selected"
    _, table, _ = taken(small, search=FLAT, scheme=searches.KFOLD)
    assert table.loc["search", "reason"] == "the experiment itself takes it"
    assert table.loc["selection", "reason"].startswith("hyper-parameters are searched")
    _, table, metrics = taken(small, transforms=toys.transforms(toys.Centre()))
    assert table.loc["selection", "reason"].startswith("transforms are learned on all features")
    assert set(metrics) == {"shortcut_apparent_c"}


def test_search_outside_is_the_flat_search(small):
    parts = {"search": searches.SEARCH, "scheme": searches.KFOLD}
    _, table, _ = taken(small, **parts)
    flat = small.run(search=FLAT, scheme=searches.KFOLD)
    assert table.loc["search", "harrell_c"] == flat.metrics["harrell_c"]


@pytest.mark.slow
def test_on_patients_without_any_signal_the_shortcuts_claim_one(small):
    """Ten cohorts of 30 patients and 120 features that say nothing: the mean claims stand in the order of what is skipped."""
    claims = []
    for seed in range(10):
        generator = np.random.default_rng(seed)
        outcome = check_outcome(generator.exponential(10, 30), generator.random(30) < 0.9)
        patients = toys.patients(generator.normal(size=(30, 120)), outcome.time, outcome.event)
        scheme = conf.scheme("repeated_kfold", n_splits=5, repeats=1, inner_splits=4)
        _, table, _ = taken(small, patients, reduction=conf.reduction(cindex=0.6, pearson=0.9), scheme=scheme)
        claims.append(table.loc[[EXPERIMENT, "selection", "apparent"], "harrell_c"].tolist())
    honest, selection, apparent = np.mean(claims, axis=0)
    assert honest == pytest.approx(0.5, abs=0.1)
    assert honest + 0.15 < selection < apparent
    assert apparent > 0.8


def test_of_several_repeats_the_apparent_model_is_the_same(small):
    scheme = conf.scheme("repeated_kfold", n_splits=4, repeats=3, inner_splits=4)
    _, table, _ = taken(small, scheme=scheme)
    _, single, _ = taken(small, scheme=scheme.model_copy(update={"repeats": 1}))
    assert table.loc["apparent", "harrell_c"] == pytest.approx(single.loc["apparent", "harrell_c"], abs=1e-15)


def test_without_shortcuts_the_table_has_its_columns():
    assert list(no_shortcuts().tables[SHORTCUTS].columns) == list(SHORTCUTS.columns)
