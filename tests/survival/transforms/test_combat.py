"""What is learned about batches hangs on the members alone, is applied to one as to many, and never meets an outcome."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from radsurv.errors import TrainingSetError
from radsurv.survival.measurements import Measurements
from radsurv.survival.transforms.combat import Combat

REFERENCE = Path(__file__).parents[2] / "data" / "combat" / "neurocombat.npz"
COVARIATES = {"plain": [], "age": ["age"], "age_sex": ["age", "sex"]}


def combat(protect=(), min_patients=2, unseen="error", batch="site") -> Combat:
    return Combat(name="combat", batch=batch, protect=list(protect), min_patients=min_patients, unseen=unseen)


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    with np.load(REFERENCE, allow_pickle=False) as found:
        return dict(found)


@pytest.fixture(scope="module")
def patients(stored) -> Measurements:
    cohort = pd.DataFrame({"site": stored["site"], "age": stored["covariate_age"], "sex": stored["covariate_sex"]})
    return measured(stored["values"], cohort)


def measured(values, cohort) -> Measurements:
    return Measurements(np.asarray(values, dtype=float), tuple(f"f{i}" for i in range(np.shape(values)[1])), cohort)


def with_column(patients, **columns) -> Measurements:
    return Measurements(patients.values, patients.names, patients.cohort.assign(**columns))


def simulated(seed, sizes=(12, 9, 15), n_features=8) -> Measurements:
    generator = np.random.default_rng(seed)
    site = np.repeat(np.arange(len(sizes)), sizes)
    values = generator.normal(size=(len(site), n_features)) * generator.uniform(0.5, 2, (len(sizes), n_features))[site]
    cohort = pd.DataFrame({
        "site": np.array(list("ABCDE"))[site],
        "age": generator.integers(30, 80, len(site)),
        "sex": generator.choice(["F", "M"], len(site)),
    })  # fmt: skip
    return measured(values + generator.normal(size=(len(sizes), n_features))[site], cohort)


@pytest.mark.parametrize("name", COVARIATES)
def test_the_numbers_of_neurocombat(stored, patients, name):
    harmonised = combat(COVARIATES[name]).fit(patients).apply(patients).values
    assert np.abs((harmonised - stored[name]) / stored["values"].std(axis=0)).max() < 1e-11


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), protect=st.sampled_from(list(COVARIATES.values())))
def test_left_out_patients_change_nothing_that_is_learned(seed, protect):
    """The same members, whoever is left out with whatever values, and a patient alone as in company."""
    everybody = simulated(seed)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(everybody))
    members, left_out = order[6:], order[:6]
    spoilt = everybody.values.copy()
    spoilt[left_out] = generator.normal(size=(6, spoilt.shape[1])) * 1e6
    options = combat(protect, unseen="pass")
    fitted = options.fit(everybody.take(members))
    assert options.fit(everybody.with_values(spoilt, everybody.names).take(members)).to_dict() == fitted.to_dict()
    together = fitted.apply(everybody).values
    alone = np.vstack([fitted.apply(everybody.take(np.array([row]))).values for row in range(len(everybody))])
    assert np.array_equal(together, alone)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), protect=st.sampled_from(list(COVARIATES.values())))
def test_order_changes_nothing_and_members_count_as_often_as_they_come(seed, protect):
    everybody = simulated(seed)
    generator = np.random.default_rng(seed)
    drawn = np.sort(generator.integers(0, len(everybody), len(everybody)))
    rows = np.repeat(np.arange(len(everybody)), np.bincount(drawn, minlength=len(everybody)))
    repeated = measured(everybody.values[rows], everybody.cohort.iloc[rows].reset_index(drop=True))
    options = combat(protect, unseen="pass")
    expected = options.fit(repeated).apply(everybody).values
    found = options.fit(everybody.take(generator.permutation(drawn))).apply(everybody).values
    assert found == pytest.approx(expected, abs=1e-10)


def test_shifts_and_scales_of_sites_are_taken_out():
    """The same patients measured at three sites: what is left of the differences is what the prior does not believe."""
    generator = np.random.default_rng(3)
    patients = generator.normal(size=(60, 40))
    site = np.repeat([0, 1, 2], 60)
    shift, scale = generator.normal(0, 4, (3, 40)), generator.uniform(0.4, 2.5, (3, 40))
    values = np.tile(patients, (3, 1)) * scale[site] + shift[site]
    everybody = measured(values, pd.DataFrame({"site": np.array(list("ABC"))[site]}))
    harmonised = combat().fit(everybody).apply(everybody).values / values.std(axis=0)

    def apart(table) -> float:
        by_site = table.reshape(3, 60, 40)
        return float(np.sqrt(np.mean((by_site - by_site.mean(axis=0)) ** 2)) / table.std())

    assert apart(values) > 0.5
    assert apart(harmonised) < 0.05


def test_what_is_protected_is_kept():
    """Old patients at one site, young ones at the other: without protection the effect of age goes with the site."""
    generator = np.random.default_rng(4)
    site = np.repeat([0, 1], 100)
    age = np.where(site == 1, 70, 45) + generator.normal(0, 8, 200)
    values = 0.1 * age[:, None] + 4.0 * site[:, None] + generator.normal(0, 0.3, (200, 30))
    everybody = measured(values, pd.DataFrame({"site": np.array(list("AB"))[site], "age": age}))

    def slope(options: Combat) -> float:
        harmonised = options.fit(everybody).apply(everybody).values
        return float(np.polyfit(age, harmonised.mean(axis=1), 1)[0])

    assert slope(combat(["age"])) == pytest.approx(0.1, abs=0.005)
    assert slope(combat()) < 0.05


@pytest.mark.parametrize("protect", COVARIATES.values())
def test_written_and_read_back(patients, protect):
    fitted = combat(protect).fit(patients)
    again = combat(protect).read(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    assert again.to_dict() == fitted.to_dict()
    assert np.array_equal(again.apply(patients).values, fitted.apply(patients).values)
    assert again.batches == fitted.batches == ("A", "B", "C")
    assert again.members == {"A": 9, "B": 14, "C": 7}


def test_one_batch_is_written_and_read_back():
    alone = simulated(0, sizes=(5,))
    fitted = combat(["age"]).fit(alone)
    assert np.array_equal(combat(["age"]).read(fitted.to_dict()).apply(alone).values, alone.values)


def test_anything_else_is_not_read(patients):
    stored = combat().fit(patients).to_dict()
    for wrong in ({}, {**stored, "shift": [[1.0]]}, {**stored, "mean": [np.nan] * 25}):
        with pytest.raises(ValueError):  # noqa: PT011 - pydantic's, NumPy's and our own
            combat().read(wrong)
    with pytest.raises(ValueError, match="and not"):
        combat(["age"]).read(stored)


@pytest.mark.parametrize("column", ["time", "event", " Event"])
def test_outcomes_are_refused_by_name(column):
    with pytest.raises(ValidationError, match="is an outcome"):
        combat([column])
    with pytest.raises(ValidationError, match="is an outcome"):
        combat(batch=column)


def test_a_column_is_named_once():
    with pytest.raises(ValidationError, match="twice"):
        combat(["site"])
    with pytest.raises(ValidationError, match="twice"):
        combat(["age", "age"])


def test_small_and_unseen_batches():
    everybody = simulated(1, sizes=(8, 7, 3, 6))
    members = everybody.take(np.arange(18))
    error, passing = combat(min_patients=4).fit(members), combat(min_patients=4, unseen="pass").fit(members)
    assert passing.passed(everybody).tolist() == [False] * 15 + [True] * 9
    harmonised = passing.apply(everybody).values
    assert np.array_equal(harmonised[15:], everybody.values[15:])
    assert not np.isclose(harmonised[:15], everybody.values[:15]).any()
    with pytest.raises(TrainingSetError) as refused:
        error.apply(everybody)
    assert "3 patients of site=C, with 3 of its patients in the training set" in str(refused.value)
    assert "6 patients of site=D, with 0 of its patients" in str(refused.value)
    assert "transforms.combat.unseen=pass" in str(refused.value)
    assert np.array_equal(error.apply(everybody.take(np.arange(15))).values, harmonised[:15])


def test_a_small_batch_has_no_part_in_what_is_learned():
    everybody = simulated(1, sizes=(8, 7, 3))
    without = combat().fit(everybody.take(np.arange(15)))
    passing = combat(min_patients=4, unseen="pass").fit(everybody)
    assert np.array_equal(without.apply(everybody.take(np.arange(15))).values, passing.apply(everybody).values[:15])


def test_who_was_drawn_several_times_counts_once():
    everybody = simulated(2, sizes=(6, 6, 1))
    drawn = everybody.take(np.array([*range(12), 12, 12, 12]))
    fitted = combat(min_patients=2, unseen="pass").fit(drawn)
    assert fitted.batches == ("A", "B")
    assert fitted.members == {"A": 6, "B": 6, "C": 1}


def test_with_one_batch_left_its_values_stay():
    everybody = simulated(5, sizes=(8, 2))
    fitted = combat(min_patients=5, unseen="pass").fit(everybody)
    assert np.array_equal(fitted.apply(everybody).values, everybody.values)
    assert fitted.passed(everybody).tolist() == [False] * 8 + [True] * 2


def test_no_batch_left():
    with pytest.raises(TrainingSetError, match=r"no site has 9 .*A \(8\), B \(2\)"):
        combat(min_patients=9).fit(simulated(5, sizes=(8, 2)))


def test_a_label_of_a_protected_covariate_that_no_member_has(patients):
    fitted = combat(["sex"], unseen="pass").fit(patients)
    strange = with_column(patients, sex=["X", *patients.cohort["sex"][1:]])
    assert fitted.passed(strange).tolist() == [True] + [False] * 29
    assert np.array_equal(fitted.apply(strange).values[0], strange.values[0])
    with pytest.raises(TrainingSetError, match="1 patients of sex=X, which no member"):
        combat(["sex"]).fit(patients).apply(strange)


@pytest.mark.parametrize("column", ["site", "age", "sex"])
def test_missing_labels_and_covariates(patients, column):
    gaps = with_column(patients, **{column: patients.cohort[column].where(np.arange(30) > 3)})
    with pytest.raises(TrainingSetError, match=f"'{column}' is empty for 4 of 30 patients"):
        combat(["age", "sex"]).fit(gaps)
    with pytest.raises(TrainingSetError, match=f"'{column}' is empty for 4 of 30 patients"):
        combat(["age", "sex"]).fit(patients).apply(gaps)
    without = Measurements(patients.values, patients.names, patients.cohort.drop(columns=column))
    with pytest.raises(TrainingSetError, match=f"no column '{column}'"):
        combat(["age", "sex"]).fit(without)


def test_missing_feature_values_ask_for_imputation(patients):
    values = patients.values.copy()
    values[:2, 3], values[0, 4] = np.nan, np.inf
    gaps = patients.with_values(values, patients.names)
    for asked in (combat().fit, combat().fit(patients).apply):
        with pytest.raises(
            TrainingSetError,
            match=r"2 of 30 values of feature f3 and some of 1 other .*: put imputation",
        ):
            asked(gaps)


def test_a_covariate_that_follows_from_the_batch(patients):
    scanner = np.where(patients.cohort["site"] == "A", "old", "new")
    with pytest.raises(TrainingSetError, match=r"ComBat by site, protecting scanner.*protect less"):
        combat(["scanner"]).fit(with_column(patients, scanner=scanner))


def test_other_features_than_in_training(patients):
    fitted = combat().fit(patients)
    with pytest.raises(ValueError, match="25 features"):
        fitted.apply(patients.with_values(patients.values[:, :3], patients.names[:3]))


def test_age_as_a_feature_and_protected_stays_as_it_is(patients):
    age = patients.cohort["age"].to_numpy(dtype=float)
    both = patients.with_values(np.column_stack([patients.values, age]), (*patients.names, "clinical_age"))
    assert np.array_equal(combat(["age"]).fit(both).apply(both).values[:, -1], age)


def test_it_says_what_it_does():
    options = combat(["age", "sex"], min_patients=5)
    assert options.describe() == "ComBat by site, age and sex protected"
    assert options.needs() == ("site", "age", "sex")
    assert options.names_out(("a", "b")) == ("a", "b")
    assert options.told_of_passed(0, 50) == ""
    assert "3 of 50 predictions" in options.told_of_passed(3, 50)


def test_importing_it_is_light():
    code = "import sys, radsurv.survival.transforms.combat; print([m for m in ('scipy', 'sklearn', 'numba', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
