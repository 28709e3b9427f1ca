"""Stratified models in the validation: who shares a baseline hazard, whom it lacks, and what is shuffled."""

from dataclasses import replace

import numpy as np
import pytest
import toys

import conf
from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.options.run import Permutations
from radsurv.stages.compose import compose
from radsurv.survival.model import breslow_baseline
from radsurv.validation.added_value import added_value
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.model_strata import strata_of_model, without_own_baseline
from radsurv.validation.protocol import Resources
from radsurv.validation.shuffled_outcomes import of_pipeline, significance, strata_of
from radsurv.validation.training import Training

PROTOCOL = toys.protocols()["stratified"]
# Two of a size, and one of three patients: too small for a stratum of its own elsewhere.
SITES = np.array(["a"] * 9 + ["b"] * 8 + ["c"] * 3, dtype=object)


@pytest.fixture
def patients():
    return toys.changed(toys.cohort(), site=SITES)


def test_sites_must_be_known():
    assert strata_of_model(["b", "a"]) == ["b", "a"]
    with pytest.raises(
        ConfigError, match=r"model.strata=site needs the column site of the cohort table, which it does not have"
    ):
        strata_of_model(None)
    with pytest.raises(ConfigError, match=r"it is empty for 2 of 3 patients; fill it in, or name yours"):
        strata_of_model([None, "a", float("nan")])
    nowhere = toys.changed(toys.cohort(), site=[None, *SITES[1:]])
    with pytest.raises(ConfigError, match="it is empty for 1 of 20 patients"):
        Training(nowhere, PROTOCOL)


def test_survival_is_by_the_baseline_of_the_site(patients):
    """Of the training patients of that site alone, by the score of the model."""
    learned = Training(patients, PROTOCOL).on_everybody().learned
    everybody, times = np.arange(20), np.array([2.0, 6.0, 14.0])
    score, found = learned.score(patients.measured, everybody), learned.survival(patients.measured, everybody, times)
    for site in "abc":
        members = np.flatnonzero(site == SITES)
        hazard = breslow_baseline(patients.outcome.take(members), score[members]).at(times)
        np.testing.assert_allclose(found[members], np.exp(-np.exp(score[members])[:, None] * hazard), rtol=1e-12)


def test_a_site_that_the_training_set_lacks_has_the_baseline_of_all(patients):
    """Leave-site-out: nobody is judged by the baseline of their own site, and the run says so."""
    protocol = replace(PROTOCOL, scheme=conf.scheme("leave_site_out", inner_splits=4))
    found = cross_validate(patients, protocol, Resources())
    notes = [note for note in found.finding.notes if note.startswith("stratified model")]
    assert len(notes) == 1
    assert notes[0].endswith("20 of 20 predictions are by the latter")
    times = np.array([2.0, 6.0])
    for learned, left_out in zip(found.judges.learned, found.judges.splits.tested, strict=True):
        rows, others = np.flatnonzero(left_out), np.flatnonzero(~left_out)
        assert without_own_baseline(learned.model, patients.measured)[rows].all()
        assert not without_own_baseline(learned.model, patients.measured)[others].any()
        hazard = breslow_baseline(patients.outcome.take(others), learned.score(patients.measured, others)).at(times)
        score = learned.score(patients.measured, rows)
        expected = np.exp(-np.exp(score)[:, None] * hazard)
        np.testing.assert_allclose(learned.survival(patients.measured, rows, times), expected, rtol=1e-12)
    judged = assess(patients.measured, found.predictions, found.judges, horizons=[2.0, 6.0], seed=0)
    assert np.isfinite(judged.metrics["integrated_brier"])


def test_without_strata_nothing_is_said(patients):
    protocol = replace(PROTOCOL, model=conf.model("coxnet"))
    found = cross_validate(patients, protocol, Resources())
    assert not [note for note in found.finding.notes if "strat" in note]
    assert not any(without_own_baseline(one.model, patients.measured).any() for one in found.judges.learned)


@pytest.mark.slow
def test_outcomes_are_shuffled_within_every_site_however_small(patients):
    config = Permutations(
        name="permutation", within="auto", added_value=False, permutations=19, stop_after=19, refits=0
    )
    whole = cross_validate(patients, PROTOCOL, Resources())
    analysis, seen = of_pipeline(patients, PROTOCOL), []

    def watched(outcome, seed):
        seen.append(outcome)
        return analysis(outcome, seed)

    found = significance(
        watched, whole.predictions, config, seed=0, resources=Resources(), repeated_part="repeated", sites=SITES.tolist(),
        stratified=True,
    )  # fmt: skip
    assert found.metrics["permutation_strata"] == 3
    moved = 0
    for outcome in seen:
        for site in "abc":
            own = site == SITES
            pairs = [sorted(zip(one.time[own], one.event[own], strict=True)) for one in (outcome, patients.outcome)]
            assert pairs[0] == pairs[1]
            moved += not np.array_equal(outcome.time[own], patients.outcome.time[own])
    assert moved > 19
    # Where the model is not stratified, there are fewer than two usable sites or the small one is in a stratum of leftovers.
    plain = strata_of(config, SITES.tolist(), patients.outcome)
    assert "c" not in [one.name for one in plain]


def test_images_are_shuffled_within_every_site_as_well():
    patients = toys.changed(toys.with_covariates(np.arange(20) % 2), site=SITES)
    protocol = replace(PROTOCOL, model=conf.model("coxnet", strata="site", clinical="unpenalised"))
    whole = cross_validate(patients, protocol, Resources())
    config = Permutations(name="permutation", within="auto", added_value=True, permutations=19, stop_after=2, refits=0)
    found = added_value(patients, protocol, whole.predictions, {}, config, Resources())
    assert "inside of 3 strata (a: 9 patients" in found.notes[0]


@pytest.mark.parametrize("within", ["none", "both"])
def test_shuffles_over_everybody_are_refused(within):
    with pytest.raises(
        ConfigError, match=f"significance.within={within} shuffles outcomes over everybody, and under model.strata=site"
    ):
        validate(compose(["cohort=demo", "model.strata=site", f"significance.within={within}"]))


@pytest.mark.parametrize("model", ["rsf", "gbs"])
def test_trees_are_refused(model):
    with pytest.raises(
        ConfigError,
        match=rf"which model={model} has not: choose model=coxnet, ridge_cox or cox, or set model.strata=null",
    ):
        validate(compose(["cohort=demo", "model.strata=site", f"model={model}"]))
