"""The permutation test repeats the cross-validation, number by number; and what it sees of an outcome."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys
from scipy.stats import kstest

import conf
from radsurv.catalogue.tables import PERMUTATIONS
from radsurv.errors import ConfigError
from radsurv.options.run import Permutations
from radsurv.survival.outcome import check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.survival.separation import STATISTICS, mean_separation
from radsurv.validation.cross_validate import cross_validate, left_out
from radsurv.validation.protocol import Resources
from radsurv.validation.shuffled_outcomes import of_fixed_predictions, of_pipeline, significance, untested
from radsurv.validation.training import Training


def options(**values):
    return Permutations(name="permutation", **{"within": "auto", "added_value": False, "refits": 0} | values)


def asked(analysis, predictions, config, *, seed, n_jobs=1, repeated_part="repeated", sites=None):
    resources = Resources(n_jobs=n_jobs)
    return significance(
        analysis, predictions, config, seed=seed, resources=resources, repeated_part=repeated_part, sites=sites
    )


def predicted(training, outcome, seed):
    scores = left_out(training.given(outcome, seed))
    return scores.risk, scores.short


def assert_the_same(scores, whole):
    assert np.array_equal(scores[0].ravel(), whole.predictions["risk"])
    assert np.array_equal(scores[1].ravel(), whole.predictions["group"] == SHORT)


@pytest.mark.parametrize("icc", [None, 0.9])
def test_it_is_the_cross_validation(small, icc):
    protocol = small.under(seed=5, reduction=conf.reduction(**toys.REDUCTION, icc=icc))
    whole = cross_validate(small.patients, protocol, Resources())
    assert_the_same(
        predicted(Training(small.patients, small.under(reduction=protocol.reduction)), small.patients.outcome, 5), whole
    )


@pytest.mark.parametrize("name", list(toys.protocols()))
@pytest.mark.parametrize("steps", [(), (toys.Centre(column="site"),)], ids=["no transform", "centred by site"])
def test_it_is_the_cross_validation_of_every_protocol(name, steps):
    patients = toys.cohort()
    protocol = toys.protocols()[name]
    protocol = conf.protocol(seed=9, **{**_parts(protocol), "transforms": toys.transforms(*steps)})
    whole = cross_validate(patients, protocol, Resources())
    training, generator = Training(patients, protocol), np.random.default_rng(0)
    analysis = of_pipeline(patients, protocol)
    shuffled = patients.outcome.take(generator.permutation(20))
    predicted(training, shuffled, 1)  # what another outcome leaves behind does no harm
    analysis(shuffled, 1)
    scores = predicted(training, patients.outcome, 9)
    assert_the_same(scores, whole)
    assert np.array_equal(analysis(patients.outcome, 9), mean_separation(patients.outcome, *scores))


def _parts(protocol):
    return {name: getattr(protocol, name) for name in ("reduction", "model", "scheme", "search")}


@pytest.mark.parametrize(
    "scheme",
    [conf.scheme("repeated_kfold", n_splits=4, repeats=2), conf.scheme("leave_site_out"),
     conf.scheme("bootstrap", resamples=10)],
    ids=lambda scheme: scheme.scheme,
)  # fmt: skip
def test_repetitions_are_cross_validations_of_shuffled_outcomes(small, scheme):
    sites = np.array(list("abcdabcdabcdabcdabcd"))
    own = small.under(scheme=scheme, model=conf.model("coxnet", alpha=0.1, path="until_minimum"))
    patients, protocol = toys.changed(small.patients, site=sites), replace(own, seed=9)
    whole = cross_validate(patients, protocol, Resources())
    config, analysis = options(permutations=19, stop_after=2), of_pipeline(patients, protocol)
    found = asked(analysis, whole.predictions, config, seed=9)

    def in_tables(shuffled, seed):
        tables = cross_validate(patients.given(shuffled), replace(own, seed=seed), Resources()).predictions
        each = [rows for _, rows in tables.groupby("repeat")]
        risk = np.stack([rows["risk"].to_numpy() for rows in each])
        return mean_separation(shuffled, risk, np.stack([(rows["group"] == SHORT).to_numpy() for rows in each]))

    slower = asked(in_tables, whole.predictions, config, seed=9)
    assert slower.tables[PERMUTATIONS].equals(found.tables[PERMUTATIONS])
    assert slower.metrics == found.metrics
    observed = found.tables[PERMUTATIONS].iloc[0, 1:].to_numpy(float)
    assert observed == pytest.approx(analysis(patients.outcome, 9), rel=1e-12)


def test_few_events_in_a_cohort_of_one_large_site(small):
    """Most shuffled outcomes have all events there, and without it nothing could be learned: these are not counted."""
    events = np.isin(np.arange(20), [2, 5, 17])
    patients = toys.changed(small.patients, site=np.where(np.arange(20) < 16, "a", "b"), event=events)
    protocol = small.under(scheme=conf.scheme("leave_site_out", inner_splits=3))
    whole = cross_validate(patients, protocol, Resources())
    found = asked(of_pipeline(patients, protocol), whole.predictions, options(permutations=30, stop_after=30), seed=2)
    assert len(found.tables[PERMUTATIONS]) == 31


def test_nobody_is_predicted_from_their_own_outcome(small):
    """Whatever happens to one patient of a shuffled outcome, the prediction for that patient stays."""
    generator = np.random.default_rng(0)
    training, outcome = Training(small.patients, small.protocol), small.patients.outcome
    for seed in range(4):
        shuffled = outcome.take(generator.permutation(len(outcome)))
        patient = generator.integers(len(outcome))
        time, event = shuffled.time.copy(), shuffled.event.copy()
        time[patient], event[patient] = time[patient] * 7.5, ~event[patient]
        before, after = (predicted(training, one, seed) for one in (shuffled, check_outcome(time, event)))
        assert before[0][0, patient] == after[0][0, patient]
        assert before[1][0, patient] == after[1][0, patient]


@pytest.fixture(scope="module")
def planted():
    """40 patients, 60 features, one of which knows when they die."""
    generator = np.random.default_rng(2)
    table = generator.normal(size=(40, 60))
    time = np.ceil(200 * generator.exponential(np.exp(-2.5 * table[:, 7])))
    return toys.patients(table, time, generator.random(40) < 0.9)


@pytest.mark.slow
def test_a_strong_signal_gets_the_smallest_p(planted):
    protocol = conf.protocol(
        reduction=conf.reduction(cindex=0.65, pearson=0.85), model=conf.model("coxnet", path="until_minimum")
    )
    found = cross_validate(planted, protocol, Resources())
    analysis, config = of_pipeline(planted, protocol), options(permutations=19, stop_after=3)
    result = asked(analysis, found.predictions, config, seed=0, n_jobs=2)
    assert result.metrics["permutation_p"] == 1 / 20
    assert result.metrics["permutation_p_c"] == result.metrics["permutation_p_hr"] == 1 / 20
    assert result.metrics["permutation_count"] == 19
    table = result.tables[PERMUTATIONS]
    assert list(table) == ["repetition", *STATISTICS]
    observed = table.iloc[0]
    assert observed["signed_log_rank"] == found.metrics["log_rank_chi2"]
    assert observed["harrell_c"] == found.metrics["harrell_c"]
    assert np.exp(observed["log_hazard_ratio"]) == pytest.approx(found.metrics["hazard_ratio"], rel=1e-12)
    alone = asked(analysis, found.predictions, config, seed=0, n_jobs=1)
    assert alone.tables[PERMUTATIONS].equals(table)
    assert alone.metrics == result.metrics


@pytest.mark.slow
def test_any_number_of_workers_repeats_a_search_the_same_way():
    """Optuna, transforms and schemes that split by the outcome, in several threads at once."""
    patients = toys.cohort()
    protocol = toys.protocols()["searched"]
    protocol = conf.protocol(**{**_parts(protocol), "transforms": toys.transforms(toys.Centre(column="site"))})
    predictions = cross_validate(patients, protocol, Resources()).predictions
    config = options(permutations=19, stop_after=19)
    one, three = (
        asked(of_pipeline(patients, protocol), predictions, config, seed=1, n_jobs=n_jobs) for n_jobs in (1, 3)
    )
    assert one.tables[PERMUTATIONS].equals(three.tables[PERMUTATIONS])
    assert one.metrics == three.metrics


@pytest.mark.slow
def test_p_of_the_whole_pipeline_is_uniform_where_nothing_can_be_predicted():
    """Rank of the observed among 9 repetitions, in 40 cohorts of noise: each tenth is as likely. The naive P of the same groups
    is what this test is for: it falls below its level far more often.
    """
    ranks, protocol = (
        [],
        conf.protocol(reduction=conf.reduction(cindex=0.6, pearson=0.85), scheme=conf.scheme("loocv", inner_splits=3)),
    )
    for seed in range(40):
        generator = np.random.default_rng([17, seed])
        values, time = generator.normal(size=(14, 6)), generator.exponential(size=14) + 0.01
        patients = toys.patients(values, time, np.ones(14))
        analysis = of_pipeline(patients, protocol)
        shuffled = [patients.outcome.take(generator.permutation(14)) for _ in range(9)]
        every = [analysis(outcome, draw)[2] for draw, outcome in enumerate([patients.outcome, *shuffled])]
        ranks.append(np.mean(np.array(every[1:]) < every[0]) + np.mean(np.array(every[1:]) == every[0]) / 2)
    # The mean of 40 uniform ranks has a standard deviation of 0.05; the share above 0.8 one of 0.063 around 0.2.
    assert abs(np.mean(ranks) - 0.5) < 0.15
    assert np.mean(np.array(ranks) > 0.8) < 0.4


@pytest.mark.slow
@pytest.mark.parametrize("reference", ["synth50"], indirect=True)
def test_synth50(reference):
    """A few repetitions of the reference cohort with features by the thousand."""
    whole = reference.run(n_jobs=2)
    analysis = of_pipeline(reference.patients, reference.protocol)
    found = asked(analysis, whole.predictions, options(permutations=19, stop_after=19), seed=0, n_jobs=2)
    assert found.metrics["permutation_p_low"] <= found.metrics["permutation_p"] <= found.metrics["permutation_p_high"]
    # The published statistics, from the given inner folds, are what is ranked.
    table = found.tables[PERMUTATIONS]
    assert table["signed_log_rank"][0] == pytest.approx(reference.summary["min"]["logrank_chi2"], abs=1e-8)
    assert table.notna().all(axis=None)


def test_fixed_predictions_do_not_hang_on_the_outcome_or_a_seed():
    predictions = pd.DataFrame({"risk": [0.4, -1.0, 0.2, 0.0], "group": ["short", "long", "short", "long"]})
    analysis, outcome = of_fixed_predictions(predictions), check_outcome([1, 9, 4, 6], [1, 1, 0, 1])
    expected = mean_separation(outcome, np.array([[0.4, -1.0, 0.2, 0.0]]), np.array([[True, False, True, False]]))
    assert analysis(outcome, 0).tolist() == analysis(outcome, 1).tolist() == expected.tolist()


def test_untested_has_the_columns_and_nothing_in_them():
    assert list(untested().tables[PERMUTATIONS]) == ["repetition", *STATISTICS]
    assert untested().tables[PERMUTATIONS].empty
    assert untested().metrics == {}


SITES = np.repeat(["a", "b", "c", "d"], 15).tolist()


def by_site(seed):
    """Fixed predictions that know the site and nothing else, of patients whose hazard knows it too."""
    generator = np.random.default_rng([5, seed])
    level = np.linspace(-0.9, 0.9, 4).repeat(15)
    risk = level + generator.normal(size=60)
    days = generator.exponential(np.exp(-level)) + 0.01
    event = generator.random(60) < 0.8
    return pd.DataFrame({"time": days, "event": event, "risk": risk,
                         "group": np.where(risk > 0, "short", "long"), "repeat": 0})  # fmt: skip


def of_made_up(predictions, within, sites):
    config = options(permutations=39, stop_after=39, within=within)
    return asked(of_fixed_predictions(predictions), predictions, config, seed=0, sites=sites)


@pytest.mark.slow
def test_where_site_alone_relates_the_two_shuffles_within_sites_hold_their_level():
    """40 cohorts, 39 repetitions: within sites P is uniform, over everybody it is small in most."""
    found = [of_made_up(by_site(seed), "both", SITES).metrics for seed in range(40)]
    within, overall = (np.array([one[key] for one in found]) for key in ("permutation_p", "permutation_p_overall"))
    assert np.mean(within <= 0.1) < 0.25
    assert kstest(within, "uniform").pvalue > 0.01
    assert np.mean(overall <= 0.1) > 0.5


def test_without_two_usable_sites_nothing_moves():
    predictions = by_site(1)
    before = of_made_up(predictions, "none", SITES)
    for sites in (None, ["a"] * 60, [None] * 60, ["a"] * 56 + ["b"] * 4):
        now = of_made_up(predictions, "auto", sites)
        assert now.tables[PERMUTATIONS].equals(before.tables[PERMUTATIONS])
        assert (now.metrics, now.notes) == (before.metrics, before.notes)
        for within in ("site", "both"):
            with pytest.raises(ConfigError, match=f"significance.within={within}"):
                of_made_up(predictions, within, sites)


def test_auto_is_within_sites_and_both_has_the_p_of_none_as_well():
    predictions = by_site(2)
    auto, site, both, none = (of_made_up(predictions, within, SITES) for within in ("auto", "site", "both", "none"))
    for other in (site, both):
        assert other.tables[PERMUTATIONS].equals(auto.tables[PERMUTATIONS])
    assert not none.tables[PERMUTATIONS].equals(auto.tables[PERMUTATIONS])
    assert auto.metrics == site.metrics == {name: both.metrics[name] for name in auto.metrics}
    assert auto.metrics["permutation_strata"] == 4
    for end in ("", "_low", "_high"):
        assert both.metrics[f"permutation_p_overall{end}"] == none.metrics[f"permutation_p{end}"]
    assert "inside of 4 strata (a: 15 patients, " in auto.notes[0]
    assert "strata" not in none.notes[0]


def test_the_whole_pipeline_is_repeated_within_sites(small):
    """Every shuffled outcome that it sees has the outcomes of each site inside of it."""
    sites = np.array(["a", "b"] * 10)
    patients = toys.changed(small.patients, site=sites)
    whole = cross_validate(patients, small.protocol, Resources())
    analysis, seen = of_pipeline(patients, small.protocol), []

    def watched(outcome, seed):
        seen.append(outcome)
        return analysis(outcome, seed)

    found = asked(watched, whole.predictions, options(permutations=19, stop_after=2), seed=0, sites=sites.tolist())
    assert found.metrics["permutation_strata"] == 2
    assert any(not np.array_equal(one.time, patients.outcome.time) for one in seen)
    for one, site in ((one, site) for one in seen for site in "ab"):
        assert sorted(one.time[sites == site]) == sorted(patients.outcome.time[sites == site])
