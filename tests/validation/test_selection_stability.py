from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
import toys

from radsurv.validation.prediction_tables import agreement_of
from radsurv.validation.selection_stability import selection_stability

SETS = ["11100000000", "11010000000", "11100000010", "01101000000", "11000000000", "10100100000"]


def test_value_and_limits_of_the_authors_program():
    """`confidenceIntervals` of the authors' Python package (github.com/nogueirs/JMLR2018) on these six sets of 20 features."""
    selected = np.array([[sign == "1" for sign in row] for row in SETS])
    found = selection_stability(selected, 20)
    expected = (0.5032679738562092, 0.3468215894476765, 0.659714358264742)
    assert (found.value, found.low, found.high) == pytest.approx(expected, rel=1e-12)


def test_features_that_no_set_selects_need_no_column():
    selected = np.array([[sign == "1" for sign in row] for row in SETS])
    used = selected[:, selected.any(axis=0)]
    assert selection_stability(used, 20).value == pytest.approx(selection_stability(selected, 20).value, rel=1e-12)


def test_for_sets_of_one_size_it_is_kunchevas_index():
    """Mean over pairs of (r − k²/d) / (k − k²/d), r features in common (Kuncheva 2007)."""
    generator = np.random.default_rng(0)
    n_sets, n_features, size = 7, 30, 6
    chosen = [set(generator.choice(n_features, size, replace=False).tolist()) for _ in range(n_sets)]
    selected = np.array([[feature in one for feature in range(n_features)] for one in chosen])
    by_chance = size**2 / n_features
    pairs = [(len(one & other) - by_chance) / (size - by_chance) for one, other in combinations(chosen, 2)]
    assert selection_stability(selected, n_features).value == pytest.approx(np.mean(pairs), rel=1e-12)


def test_the_same_selection_everywhere_is_1():
    selected = np.tile(np.arange(10) < 3, (5, 1))
    found = selection_stability(selected, 10)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(
    "selected", [np.zeros((4, 5), dtype=bool), np.ones((4, 5), dtype=bool), np.array([[True] + [False] * 4])]
)
def test_without_anything_that_could_differ_there_is_no_value(selected):
    assert np.isnan(selection_stability(selected, 5).value)


@pytest.mark.parametrize(("protects_clinical", "n_features"), [(True, 20), (False, 22)])
def test_covariates_that_are_in_every_model_whatever_the_data_say_are_no_agreement(protects_clinical, n_features):
    """The six sets of images, and an age and a sex in each model."""
    images = np.array([[sign == "1" for sign in row] for row in SETS])
    names = ["clinical_age", "clinical_sex_M", *(f"f{number}" for number in range(20))]
    models = [
        SimpleNamespace(
            features=np.array([0, 1, *(2 + np.flatnonzero(row)), 21]),
            coefficients=np.array([1.0, -1.0, *row[row], 0.0]),
        )
        for row in images
    ]
    options = {"protects_clinical": protects_clinical, "drawn_apart": True, "values": None}
    found = agreement_of(models, names, weighted=True, **options)
    selected = images if protects_clinical else np.hstack([np.ones((6, 2), dtype=bool), images])
    expected = selection_stability(selected, n_features)
    assert tuple(found.values()) == pytest.approx((expected.value, expected.low, expected.high), rel=1e-12)
    # Without weights count those, too, whose coefficient is 0.
    assert agreement_of(models, names, weighted=False, **options)["selection_stability"] > found["selection_stability"]
    # Two features that say the same are one.
    values = np.random.default_rng(0).normal(size=(40, 22))
    values[:, 3] = 2 * values[:, 2]
    together = agreement_of(models, names, weighted=True, **{**options, "values": values})
    merged = selected.copy()
    first = 0 if protects_clinical else 2
    merged[:, first] |= merged[:, first + 1]
    expected = selection_stability(np.delete(merged, first + 1, axis=1), n_features - 1)
    assert together["selection_stability_groups"] == pytest.approx(expected.value, rel=1e-12)
    assert together["selection_stability"] == found["selection_stability"]


def test_there_are_no_groups_where_every_training_set_has_features_of_its_own(small):
    assert "selection_stability_groups" in small.run().metrics
    assert "selection_stability_groups" not in small.run(transforms=toys.transforms(toys.Centre())).metrics
