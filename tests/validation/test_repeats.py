"""Several repeats as one number."""

import numpy as np
import pytest
import toys

import conf
from radsurv.catalogue.tables import FOLDS
from radsurv.validation.repeats import average, said_in_repeats

SCHEME = conf.scheme("repeated_kfold", n_splits=4, repeats=3, inner_splits=5)


@pytest.fixture(scope="module")
def repeated(small):
    return small.run(scheme=SCHEME)


def test_mean_geometric_mean_and_median():
    one = {"harrell_c": 0.6, "hazard_ratio": 2.0, "log_rank_p": 0.01, "d_calibration_chi2": 1.0, "uno_c": np.nan}
    two = {"harrell_c": 0.7, "hazard_ratio": 8.0, "log_rank_p": 0.03, "d_calibration_chi2": 9.0, "uno_c": 0.5}
    three = {**two, "log_rank_p": 1.0, "d_calibration_chi2": 2.0, "uno_c": np.nan}
    assert average([one]) == one
    assert average([one, two])["hazard_ratio"] == pytest.approx(4)
    assert average([one, two])["harrell_c"] == pytest.approx(0.65)
    assert average([one, two, three]) == pytest.approx(
        {"harrell_c": 2 / 3, "hazard_ratio": 32 ** (1 / 3) * 4 ** (1 / 3), "log_rank_p": 0.03,
         "d_calibration_chi2": 2.0, "uno_c": 0.5}, rel=1e-12
    )  # fmt: skip
    assert np.isnan(average([{"uno_c": np.nan}, {"uno_c": np.nan}])["uno_c"])


def test_remarks_are_counted():
    assert said_in_repeats([["a", "b"], ["a"]]) == ["a", "in 1 of 2 repeats: b"]
    assert said_in_repeats([["a"]]) == ["a"]


def test_every_patient_once_per_repeat(repeated, small):
    table = repeated.predictions
    assert len(table) == 60
    for _, rows in table.groupby("repeat"):
        assert rows["patient_id"].tolist() == list(small.patients.ids)
        assert set(rows["fold"]) == {0, 1, 2, 3}
    assert len(repeated.judges.learned) == len(repeated.finding.tables[FOLDS]) == repeated.metrics["n_folds"] == 12


@pytest.mark.parametrize("scheme", [SCHEME, conf.scheme("leave_site_out", inner_splits=5)])
def test_nothing_about_the_tested_patients_reaches_their_model(small, scheme):
    """Features and times change, not who had an event: folds are stratified by that."""
    patients = toys.changed(small.patients, site=["a", "b", "c", "d"] * 5)
    before = small.run(patients, scheme=scheme)
    tested = ((before.predictions["repeat"] == 0) & (before.predictions["fold"] == 1)).to_numpy()[:20]
    table, time = patients.measured.values.copy(), patients.outcome.time.copy()
    table[tested], time[tested] = -3 * table[tested] + 100, time[tested][::-1] * 7
    after = small.run(toys.changed(patients, values=table, time=time), scheme=scheme)
    names = list(patients.names)
    was, is_now = ([repr(one.model.to_dict(names)) for one in found.judges.learned[:2]] for found in (before, after))
    assert is_now[1] == was[1]
    assert is_now[0] != was[0]
