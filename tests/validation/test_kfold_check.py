"""Beside leave-one-out."""

import numpy as np
import pytest
import toys

import conf
from radsurv.validation.finding import Finding
from radsurv.validation.kfold_check import kfold_check
from radsurv.validation.protocol import Resources


@pytest.mark.parametrize("inner", ["paper", "nested"])
def test_beside_leave_one_out(small, folds, inner):
    """The same protocol under five draws of five folds; given inner folds belong to leave-one-out and are not used."""
    given = conf.scheme("loocv", inner_splits=5, inner=inner, inner_folds="folds.csv")
    found = kfold_check(small.patients, small.under(scheme=given, inner_folds=folds), Resources())
    kfold = conf.scheme("repeated_kfold", n_splits=5, repeats=5, inner_splits=5, inner=inner)
    own = small.run(scheme=kfold).metrics
    assert found.metrics == {"kfold_harrell_c": own["harrell_c"], "kfold_harrell_c_sd": own["harrell_c_sd"]}
    assert found.reasons == {}


@pytest.mark.parametrize("name", ["repeated_kfold", "leave_site_out", "bootstrap"])
def test_schemes_without_the_bias_need_no_check(small, name):
    assert kfold_check(small.patients, small.under(scheme=conf.scheme(name)), Resources()) == Finding()


def test_where_folds_hold_no_event(small):
    """Five folds of four patients there are not; two events among five patients are in one fold or another."""
    few = toys.patients(small.patients.measured.values[:4], [4, 3, 2, 1], [1, 1, 0, 0])
    found = kfold_check(few, small.protocol, Resources())
    assert np.isnan(list(found.metrics.values())).all()
    assert found.metrics.keys() == found.reasons.keys() == {"kfold_harrell_c", "kfold_harrell_c_sd"}
    assert set(found.reasons.values()) == {
        "validation.n_splits=5: there are 4 patients; expected at most as many folds as patients"
    }


def test_where_no_two_patients_are_comparable(small):
    last = toys.changed(small.patients, time=np.full(20, 7.0), event=np.ones(20))
    found = kfold_check(last, small.protocol, Resources())
    assert np.isnan(found.metrics["kfold_harrell_c"])
    assert found.reasons["kfold_harrell_c"].startswith(
        "all 20 patients have the time 7, so that no two can be compared"
    )
