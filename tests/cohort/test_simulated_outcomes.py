import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from radsurv.cohort.simulated_outcomes import draw_patients, without_values


def draw(seed=0, **options):
    defaults = {"n_patients": 50, "n_censored": 5, "effect": 1.6, "sequences": {"SE": 1.0}}
    return draw_patients(np.random.default_rng(seed), **defaults | options)


@pytest.mark.parametrize(("n_patients", "n_censored"), [(50, 5), (50, 0), (7, 6), (1, 0), (300, 100)])
@pytest.mark.parametrize("seed", range(5))
def test_as_many_are_censored_as_asked(n_patients, n_censored, seed):
    patients = draw(seed, n_patients=n_patients, n_censored=n_censored)
    assert len(patients) == n_patients
    assert (patients["event"] == 0).sum() == n_censored
    assert patients["time"].min() >= 1


def test_the_true_risk_has_the_concordance_of_its_spread():
    """Two log hazards a normal distance apart order two Weibull deaths with probability logistic(distance)."""
    distance = np.abs(np.random.default_rng(1).normal(0, 1.6 * np.sqrt(2), 200_000))
    expected = np.mean(1 / (1 + np.exp(-distance)))
    patients = draw(n_patients=4000, n_censored=0)
    found = concordance_index_censored(patients["event"] == 1, patients["time"], patients["log_hazard"])[0]
    assert patients["log_hazard"].std() == pytest.approx(1.6, rel=0.04)
    assert found == pytest.approx(expected, abs=0.01)
    assert found == pytest.approx(0.8, abs=0.02)


def test_without_effect_nothing_predicts():
    patients = draw(n_patients=4000, n_censored=400, effect=0.0)
    assert (patients["log_hazard"] == 0).all()
    correlation = patients[["heterogeneity", "necrosis", "age"]].corrwith(patients["time"], method="spearman")
    # The standard error of a rank correlation of independent values is 1 / sqrt(n - 1).
    assert (correlation.abs() < 4 / np.sqrt(3999)).all()


def test_with_effect_the_traits_shorten_life():
    patients = draw(n_patients=4000, n_censored=400)
    correlation = patients[["heterogeneity", "necrosis", "age"]].corrwith(patients["time"], method="spearman")
    assert (correlation < -0.15).all()


def test_times_are_those_of_glioblastoma():
    assert draw(n_patients=4000, n_censored=0, effect=0.0)["time"].median() == pytest.approx(400, rel=0.05)


def test_shares_are_kept_to_the_patient():
    patients = draw(sequences={"SE": 0.6, "GE": 0.4})
    assert patients["sequence"].value_counts().to_dict() == {"SE": 30, "GE": 20}
    assert patients["site"].value_counts().to_dict() == {"North": 30, "South": 20}
    assert patients["sex"].value_counts().to_dict() == {"M": 29, "F": 21}
    uneven = draw(n_patients=7, n_censored=0, sequences={"SE": 1, "GE": 1, "XX": 1})
    assert sorted(uneven["sequence"].value_counts()) == [2, 2, 3]


def test_ids_say_what_they_are():
    assert draw()["patient_id"].iloc[0] == "SIMULATED-001"
    assert draw(n_patients=1200)["patient_id"].iloc[-1] == "SIMULATED-1200"


def test_thicknesses_and_sites_change_nobody_else():
    plain = draw()
    mixed = draw(thicknesses={3.0: 30, 6.0: 20}, sites={"A": 1, "B": 1})
    assert mixed["section_mm"].value_counts().to_dict() == {3.0: 30, 6.0: 20}
    assert mixed["site"].value_counts().to_dict() == {"A": 25, "B": 25}
    same = ["patient_id", "time", "event", "age", "sex", "log_hazard"]
    assert mixed[same].equals(plain[same])


def test_values_are_missing_whoever_the_patient_is():
    patients = draw(n_patients=4000, n_censored=0)
    emptied = without_values(patients, {"age": 0.25, "sex": 0.1}, np.random.default_rng(0))
    assert emptied.isna().sum().to_dict() == {**dict.fromkeys(patients, 0), "age": 1000, "sex": 400}
    # Four standard errors of the mean of 1000 of 4000.
    lacking = emptied["age"].isna()
    assert abs(patients["log_hazard"][lacking].mean()) < 4 * patients["log_hazard"].std() / np.sqrt(1000)
    assert patients.isna().sum().sum() == 0
