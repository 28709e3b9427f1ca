"""λ by several draws of the inner folds."""

import numpy as np
import pytest
import toys

import conf
from radsurv.catalogue.tables import FOLDS, INNER_DRAWS
from radsurv.survival.separation import mean_separation
from radsurv.validation.cross_validate import cross_validate, left_out
from radsurv.validation.inner_draws import METRICS, inner_draws_spread, no_draws
from radsurv.validation.protocol import Resources
from radsurv.validation.shuffled_outcomes import of_pipeline
from radsurv.validation.training import Training

SEVERAL = conf.scheme("loocv", inner_splits=5, inner_repeats=4)


def draws_of(result):
    return result.finding.tables[INNER_DRAWS]


@pytest.fixture(scope="module")
def found(small):
    return small.run(scheme=SEVERAL)


def test_the_first_draw_is_the_experiment_with_one(small, found):
    """Draws follow each other, so asking for more does not change the first."""
    once = small.run()
    assert draws_of(once).empty
    assert "inner_draws" not in once.metrics
    first = draws_of(found).iloc[0]
    for name in METRICS:
        assert first[name] == pytest.approx(once.metrics[name], rel=1e-12, nan_ok=True)


def test_the_spread_over_draws(found):
    draws = draws_of(found)
    assert draws["draw"].tolist() == [0, 1, 2, 3]
    assert found.metrics["inner_draws"] == 4
    assert found.metrics["inner_draws_log_rank_p_least"] == draws["log_rank_p"].min()
    assert found.metrics["inner_draws_harrell_c_greatest"] == draws["harrell_c"].max()
    assert draws["harrell_c"].nunique() > 1


def test_the_permutation_test_repeats_the_same_pipeline(small, found):
    protocol, outcome = small.under(scheme=SEVERAL), small.patients.outcome
    scores = left_out(Training(small.patients, protocol).given(outcome, 0))
    assert np.array_equal(scores.risk[0], found.predictions["risk"])
    expected = mean_separation(outcome, scores.risk, scores.short)
    assert of_pipeline(small.patients, protocol)(outcome, 0) == pytest.approx(expected)


@pytest.mark.parametrize(
    "options",
    [
        {"scheme": SEVERAL.model_copy(update={"inner": "nested"})},
        {
            "search": conf.search("optuna", **{**toys.FEW_TRIALS, "pearson": None, "lambda_rule": None}),
            "scheme": conf.scheme("repeated_kfold", n_splits=3, repeats=1, inner_splits=5, inner_repeats=4),
        },
        {"transforms": toys.transforms(toys.Centre(column="site"), toys.Total())},
    ],
)
def test_nested_searched_and_transformed_with_several_draws_for_any_number_of_workers(small, options):
    one, two = (small.run(**{"scheme": SEVERAL, **options}, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert len(draws_of(one)) == 4
    assert one.predictions.equals(two.predictions)
    assert draws_of(one).equals(draws_of(two))


def test_draws_through_a_transform_that_does_nothing(small, found):
    same = small.run(scheme=SEVERAL, transforms=toys.transforms(toys.Same()))
    assert draws_of(same).equals(draws_of(found))


def test_a_model_without_a_penalty_has_no_draws_even_where_it_is_null():
    """A comparator of the clinical columns under ``inner_repeats``: without patient 0 its only feature does not vary."""
    patients = toys.patients(np.eye(12)[:, :1], np.arange(1, 13), [1, 1, 0] * 4)
    protocol = conf.protocol(scheme=SEVERAL).plain(conf.reduction("none"), conf.model("cox"))
    found = cross_validate(patients, protocol, Resources())
    assert found.finding.tables[FOLDS]["n_nonzero"].tolist() == [0] + [1] * 11
    assert draws_of(found).empty


def test_without_draws_there_is_no_spread():
    assert tuple(no_draws()) == INNER_DRAWS.columns
    assert inner_draws_spread(no_draws()) == {}


def test_a_draw_without_a_value_has_no_part_in_the_spread():
    draws = no_draws().reindex(range(3)).assign(draw=range(3), harrell_c=[0.5, np.nan, 0.7], log_rank_p=np.nan)
    spread = inner_draws_spread(draws)
    assert (spread["inner_draws_harrell_c_least"], spread["inner_draws_harrell_c_greatest"]) == (0.5, 0.7)
    assert np.isnan(spread["inner_draws_log_rank_p_least"])


@pytest.mark.parametrize(
    ("name", "options"),
    [("ridge_cox", {}), ("cox", {}), ("rsf", {"trees": 5}), ("gbs", {"trees": 5})],
    ids=["ridge_cox", "cox", "rsf", "gbs"],
)
def test_other_models_under_cross_validation(small, name, options):
    """Left-out patients are predicted, without leakage, and the permutation test predicts the same."""
    parts = {
        "model": conf.model(name, **options),
        "scheme": conf.scheme("repeated_kfold", n_splits=4, repeats=2, inner_splits=4),
        "reduction": conf.reduction(cindex=0.6, pearson=0.85),
    }
    plain = small.run(**parts, n_jobs=2)
    assert np.isfinite(plain.predictions["risk"]).all()
    scores = left_out(Training(small.patients, small.under(**parts)).given(small.patients.outcome, 0))
    assert np.array_equal(scores.risk.ravel(), plain.predictions["risk"])
    first = plain.predictions.query("repeat == 0 and fold == 0")["patient_id"]
    table = small.patients.measured.values.copy()
    table[[small.patients.ids.index(patient) for patient in first]] += 100
    spoilt, names = small.run(toys.changed(small.patients, values=table), **parts), list(small.patients.names)
    before, after = (found.judges.learned[0].model.to_dict(names) for found in (plain, spoilt))
    assert before == after
