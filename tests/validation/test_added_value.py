"""What images add to covariates, and the test that shuffles images alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys
from searches import KFOLD, point
from toys import AGE, LABEL, with_covariates

import conf
from radsurv.survival.cox_regression import likelihood_ratio
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.ranked_table import rank_table
from radsurv.validation.added_value import added_value, clinical_alone, has_added_value, mixes_batches, of_images
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Resources

PATIENTS = with_covariates((np.arange(20) % 3 == 0).astype(float))
PROTOCOL = conf.protocol(scheme=KFOLD, reduction=conf.reduction(cindex=0.6), model=conf.model("coxnet", n_lambda=20))
EVERYBODY = np.arange(20)


def found_with(resources=None, **options):
    whole = cross_validate(PATIENTS, PROTOCOL, Resources())
    asked = conf.section("significance", "permutation", **{"permutations": 19, "within": "none", **options})
    beside = {"uno_c": 0.7, "mean_auc": None, "integrated_brier": 0.2}
    return whole, added_value(
        PATIENTS, PROTOCOL, whole.predictions, beside, asked, Resources() if resources is None else resources
    )


def concordance(found):
    return np.mean(
        [harrell_c(PATIENTS.outcome, rows["risk"].to_numpy()) for _, rows in found.predictions.groupby("repeat")]
    )


def test_images_move_and_covariates_stay():
    source = np.random.default_rng(0).permutation(20)
    _ = PATIENTS.ranked
    moved = PATIENTS.with_images_of(source)
    table = pd.DataFrame(moved.measured.values, columns=moved.names)
    own = pd.DataFrame(PATIENTS.measured.values, columns=PATIENTS.names)
    pd.testing.assert_frame_equal(table[[AGE, LABEL]], own[[AGE, LABEL]])
    images = [name for name in PATIENTS.names if name not in (AGE, LABEL)]
    pd.testing.assert_frame_equal(table[images], own.loc[source, images].reset_index(drop=True))
    assert moved.outcome is PATIENTS.outcome
    assert moved.measured.cohort.equals(PATIENTS.measured.cohort)
    assert np.array_equal(moved.readings.values[0][:, 0], table["feature 0"])
    sorted_again = rank_table(moved.measured.values)
    assert np.array_equal(moved.ranked.new_value, sorted_again.new_value)
    for ranked in (moved.ranked, sorted_again):
        along = np.take_along_axis(ranked.values, ranked.order, axis=1)
        assert np.array_equal(along, np.sort(moved.measured.values.T, axis=1))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"scheme": conf.scheme("loocv", inner_splits=4)},
        {"scheme": conf.scheme("bootstrap", resamples=10, inner_splits=4)},
        {"scheme": conf.scheme("repeated_kfold", n_splits=3, repeats=2, inner_splits=3, inner="nested")},
        {"model": conf.model("rsf", trees=3)},
        {"search": point()},
        {"transforms": toys.transforms(toys.Centre(column="site"))},
        {"reduction": conf.reduction(cindex=0.55, icc=0.8)},
    ],
)
def test_images_that_stay_where_they_are_give_the_experiment(parts):
    """So the observed difference is one of those that chance is held against; covariates alone have one model in all of them."""
    protocol = replace(PROTOCOL, **parts)
    whole, alone = cross_validate(PATIENTS, protocol, Resources()), clinical_alone(PATIENTS, protocol, Resources())
    repeated = of_images(PATIENTS, protocol, concordance(alone))
    assert repeated(EVERYBODY, 5).item() == pytest.approx(concordance(whole) - concordance(alone), abs=1e-15)
    source = np.random.default_rng(1).permutation(20)
    fresh = replace(PATIENTS, measured=PATIENTS.measured.with_values(PATIENTS.measured.values, PATIENTS.names))
    assert repeated(source, 5) == of_images(fresh, protocol, concordance(alone))(source, 6)
    assert repeated(source, 5).item() != repeated(EVERYBODY, 5).item()


def test_the_metrics_are_those_of_the_two_models():
    whole, found = found_with()
    alone = clinical_alone(PATIENTS, PROTOCOL, Resources())
    assert found.metrics["added_value_delta_c"] == pytest.approx(concordance(whole) - concordance(alone))
    low, high = found.metrics["added_value_delta_c_low"], found.metrics["added_value_delta_c_high"]
    assert low < found.metrics["added_value_delta_c"] < high
    assert 0 < found.metrics["added_value_p_low"] < found.metrics["added_value_p"] < found.metrics["added_value_p_high"]
    assert found.metrics["added_value_p"] == (1 + found.metrics["added_value_exceeding"]) / 20
    assert np.isnan(found.metrics["added_value_delta_mean_auc"])
    judged = assess(
        PATIENTS.among([AGE, LABEL]).measured,
        alone.predictions,
        alone.judges,
        horizons=KFOLD.horizons,
        seed=PROTOCOL.seed,
    ).metrics
    assert found.metrics["added_value_delta_uno_c"] == pytest.approx(0.7 - judged["uno_c"], abs=1e-12)
    assert found.metrics["added_value_delta_brier"] == pytest.approx(0.2 - judged["integrated_brier"], abs=1e-12)
    together, left_out = (one.predictions["risk"].to_numpy() for one in (whole, alone))
    expected = likelihood_ratio(together, left_out, PATIENTS.outcome)
    assert found.metrics["added_value_lr_chi2"] == pytest.approx(expected)
    assert expected != 0
    assert "images shuffled among patients 19 times" in found.notes[0]


def test_covariates_alone_are_a_plain_model_of_the_block():
    """Nothing to penalise: the fold's coefficients are those of Cox regression, whatever the elastic net is told."""
    alone = clinical_alone(PATIENTS, PROTOCOL, Resources())
    cox = clinical_alone(PATIENTS, replace(PROTOCOL, model=conf.model("cox")), Resources())
    assert alone.predictions["risk"].to_numpy() == pytest.approx(cox.predictions["risk"].to_numpy(), abs=0.03)


def test_workers_change_nothing_and_repetitions_are_kept():
    class Shelf(dict):
        def get(self, kind, key, **_):
            return super().get((kind, key))

        def put(self, kind, key, value, **_):
            self[kind, key] = value

    shelf = Shelf()
    _, one = found_with(resources=Resources(n_jobs=1, store=shelf))
    _, two = found_with(resources=Resources(n_jobs=2))
    assert one.metrics == two.metrics
    assert one.notes == two.notes
    _, again = found_with(resources=Resources(store=shelf))
    assert again.metrics == one.metrics
    assert again.run_notes[0] == "19 of 19 shuffles from an earlier run"


def test_inside_of_sites(monkeypatch):
    sources, move = [], Patients.with_images_of

    def noted(patients, source):
        sources.append(source)
        return move(patients, source)

    monkeypatch.setattr(Patients, "with_images_of", noted)
    _, found = found_with(within="site")
    sites = np.array(PATIENTS.sites)
    assert len(sources) == 19
    assert all((sites[source] == sites).all() for source in sources)
    assert any((source != EVERYBODY).any() for source in sources)
    assert "images shuffled among patients inside of 2 strata (a: 13 patients" in found.notes[0]


def test_only_a_block_with_images_beside_it_is_tested():
    assert has_added_value(PATIENTS, PROTOCOL)
    assert not has_added_value(toys.cohort(), PROTOCOL)
    assert not has_added_value(PATIENTS.among([AGE, LABEL]), PROTOCOL)
    assert not has_added_value(PATIENTS, replace(PROTOCOL, model=conf.model("coxnet", clinical="none")))


@pytest.mark.parametrize(("scanners", "tested"), [(["A", "B"] * 10, False), (["A"] * 20, True)])
def test_images_are_not_shuffled_between_batches_that_combat_has_made_alike(scanners, tested):
    """What is repeated would be harmonised by batches that are not those of the images."""
    protocol = replace(PROTOCOL, transforms=conf.transforms("combat"))
    cohort = PATIENTS.measured.cohort.assign(**{protocol.transforms.combat.batch: scanners})
    patients = replace(PATIENTS, measured=replace(PATIENTS.measured, cohort=cohort))
    assert mixes_batches(patients, protocol, []) is not tested


def test_a_likelihood_without_a_largest_value_is_no_ratio_and_has_its_reason(monkeypatch):
    monkeypatch.setattr("radsurv.validation.added_value.likelihood_ratio", lambda *_: np.nan)
    _, found = found_with()
    assert np.isnan(found.metrics["added_value_lr_chi2"])
    assert found.reasons == {"added_value_lr_chi2": "a Cox regression of left-out risks has no largest likelihood"}
