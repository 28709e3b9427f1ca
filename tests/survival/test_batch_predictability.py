"""What tells batches apart is seen, what has been taken out is not, and left-out patients teach nothing."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold

from radsurv.survival import batch_predictability as module
from radsurv.survival.batch_predictability import batch_predictability
from radsurv.survival.measurements import Measurements
from radsurv.survival.transforms.combat import Combat
from radsurv.survival.transforms.imputation import Imputation

COMBAT = Combat(name="combat", batch="site", protect=[], min_patients=4, unseen="error")
IMPUTATION = Imputation(name="imputation", statistic="median", indicator=[])


def simulated(shift: float, seed: int = 0, sizes=(40, 30, 30), n_features: int = 60) -> Measurements:
    generator = np.random.default_rng(seed)
    site = np.repeat(np.arange(len(sizes)), sizes)
    values = (
        generator.normal(size=(len(site), n_features)) + shift * generator.normal(size=(len(sizes), n_features))[site]
    )
    names = tuple(f"f{i}" for i in range(n_features))
    return Measurements(values, names, pd.DataFrame({"site": np.array(list("ABCD"))[site]}))


def judged(patients: Measurements, before=(), after=(COMBAT,), **options):
    asked = {"n_folds": 5, "min_patients": 4, "seed": 0, **options}
    return batch_predictability(patients, "site", before=before, after=after, **asked)


def test_a_site_effect_is_seen_and_taken_out():
    result = judged(simulated(1.0))
    assert result.before > 0.95
    assert result.after < 0.45
    assert result.chance == 1 / 3
    assert result.batches == {"A": 40, "B": 30, "C": 30}
    assert result.reason is None


def test_without_a_site_effect_chance_before():
    found = [judged(simulated(0.0, seed)).before for seed in range(4)]
    assert np.mean(found) == pytest.approx(1 / 3, abs=0.07)


def test_deterministic_and_seeded():
    patients = simulated(0.3)
    assert judged(patients) == judged(patients)
    assert judged(patients).before != judged(patients, seed=1).before


def test_balanced_accuracy_of_scikit_learn(monkeypatch):
    patients = simulated(0.3, sizes=(50, 20, 10))
    kept = []
    told = module._told
    monkeypatch.setattr(module, "_told", lambda *given: kept.append(told(*given)) or kept[-1])
    result = judged(patients)
    truth = patients.cohort["site"].to_numpy()
    assert [result.before, result.after] == [pytest.approx(balanced_accuracy_score(truth, guess)) for guess in kept]


def test_what_is_told_of_a_fold_does_not_hang_on_the_others_in_it():
    """Left-out patients but one become nonsense: the fold tells the batch of that one as before."""
    patients = simulated(0.5)
    truth = patients.cohort["site"].to_numpy()
    first = next(StratifiedKFold(5, shuffle=True, random_state=0).split(np.zeros((100, 1)), truth))[1]
    spoilt = patients.values.copy()
    spoilt[first[1:]] = 1e4
    for steps in ((), (COMBAT,)):
        told = module._told(patients, truth, steps, 5, 0)
        again = module._told(patients.with_values(spoilt, patients.names), truth, steps, 5, 0)
        assert told[first[0]] == again[first[0]]


def test_missing_values_are_imputed_in_the_fold():
    patients = simulated(1.0)
    values = patients.values.copy()
    values[::7, 3] = np.nan
    gaps = patients.with_values(values, patients.names)
    result = judged(gaps, before=[IMPUTATION], after=[IMPUTATION, COMBAT])
    assert result.before > 0.9 > 0.5 > result.after


def test_small_batches_and_patients_without_a_label_take_no_part():
    patients = simulated(1.0, sizes=(20, 20, 4, 20))
    unlabelled = patients.cohort["site"].where(np.arange(64) != 0)
    some = Measurements(patients.values, patients.names, pd.DataFrame({"site": unlabelled}))
    assert judged(some).batches == {"A": 19, "B": 20, "D": 20}
    assert judged(some).chance == 1 / 3


def test_fewer_than_two_batches():
    result = judged(simulated(1.0, sizes=(20, 4)))
    assert np.isnan([result.before, result.after, result.chance]).all()
    assert result.reason == (
        "1 of 2 batches by site have enough patients: 5 folds, and 4 patients in the training part of each"
    )


def test_constant_features():
    patients = simulated(1.0)
    constant = patients.with_values(np.ones_like(patients.values), patients.names)
    assert judged(constant, after=()).before == pytest.approx(1 / 3)


def test_a_transform_is_diagnosed_after_those_before_it_inside_each_fold():
    """Medians of everybody, those of left-out patients included, would give another number."""
    patients = simulated(0.6)
    values = patients.values.copy()
    values[::3, :20] = np.nan
    gaps = patients.with_values(values, patients.names)
    by_hand = judged(gaps, before=[IMPUTATION], after=[IMPUTATION, COMBAT])
    found = COMBAT.diagnose(gaps, [IMPUTATION], 0).metrics
    assert found == {"batch_predictability_before": by_hand.before, "batch_predictability_after": by_hand.after}
    assert judged(IMPUTATION.fit(gaps).apply(gaps)) != by_hand
