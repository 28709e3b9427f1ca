"""Covariates as a block of their own in every training set, by every model."""

from dataclasses import replace

import numpy as np
import pytest
import toys
from searches import KFOLD
from toys import AGE, LABEL, with_covariates

import conf
from radsurv.catalogue.tables import FOLDS, SELECTIONS
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.protocol import Resources

PROTOCOLS = {name: one for name, one in toys.protocols().items() if name != "readings agree, searched"}
IMPUTATION = {"name": "imputation", "statistic": "median", "indicator": [AGE]}


def by_fold(found):
    return [rows["feature"].tolist() for _, rows in found.finding.tables[SELECTIONS].groupby(["repeat", "fold"])]


COMMON = with_covariates((np.arange(20) % 10 == 3).astype(float))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_model_has_the_block_and_the_images_that_it_would_have_anyway(name):
    """A label of two patients has no MAD, and the age no concordance to speak of."""
    protocol = PROTOCOLS[name]
    found = cross_validate(COMMON, protocol, Resources())
    without = cross_validate(toys.cohort(), protocol, Resources())
    folds, alone = found.finding.tables[FOLDS], without.finding.tables[FOLDS]
    for kept, n_kept in zip(by_fold(found), folds["n_kept"], strict=True):
        assert kept[0] == AGE
        assert set(kept[1:2]) == {LABEL} or name.startswith(("bootstrap", "parts"))  # may hold neither of the two
        assert len(kept) == n_kept
    if "searched" in name:  # with other trials
        return
    images = [[one for one in kept if one not in (AGE, LABEL)] for kept in by_fold(found)]
    assert [kept for kept in images if kept] == by_fold(without)
    assert folds["n_concordant"].tolist() == alone["n_concordant"].tolist()
    assert folds["n_varying"].tolist() == alone["n_varying"].tolist()


def test_unpenalised_is_never_zero_and_none_is_as_ever():
    def coefficients(clinical):
        model = conf.model("coxnet", clinical=clinical, alpha=1.0, lambda_rule="1se")
        found = cross_validate(COMMON, replace(PROTOCOLS["plain"], model=model), Resources())
        rows = found.finding.tables[SELECTIONS]
        return rows.loc[rows["feature"] == AGE, "coefficient"].to_numpy()

    assert len(coefficients("unpenalised")) == 20
    assert (coefficients("unpenalised") != 0).all()
    assert len(coefficients("penalised")) == 20
    assert (coefficients("penalised") == 0).any()
    assert len(coefficients("none")) < 20  # C ≥ 0.55


def test_a_label_that_nobody_has_in_training_says_nothing():
    """Whoever is left out with it gets the score of the reference."""
    protocol = conf.protocol(
        scheme=conf.scheme("loocv", inner_splits=4), model=conf.model("cox"), reduction=conf.reduction(cindex=1.0)
    )
    only = cross_validate(with_covariates((np.arange(20) == 4).astype(float)), protocol, Resources())
    never = cross_validate(with_covariates(np.zeros(20)), protocol, Resources())
    assert by_fold(only)[4] == by_fold(never)[4] == [AGE]
    assert by_fold(only)[5] == [AGE, LABEL]
    assert only.predictions["risk"][4] == never.predictions["risk"][4]


def test_missing_covariates_are_filled_in_and_their_indicators_belong_to_the_block():
    age = np.arange(20.0) % 7
    age[[2, 9, 15]] = np.nan
    patients = with_covariates((np.arange(20) % 2).astype(float), age)
    protocol = conf.protocol(
        scheme=KFOLD,
        transforms=conf.transforms("imputation", imputation=IMPUTATION),
        reduction=conf.reduction(cindex=1.0),
    )
    found = cross_validate(patients, protocol, Resources())
    assert by_fold(found) == [[AGE, LABEL, f"{AGE}_missing"]] * 4
    assert (found.finding.tables[SELECTIONS]["coefficient"] != 0).all()


def test_workers_change_nothing():
    one, two = (cross_validate(COMMON, PROTOCOLS["nested"], Resources(n_jobs=n)) for n in (1, 2))
    assert one.predictions.equals(two.predictions)
