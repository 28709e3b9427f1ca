"""A small experiment with a search in every training set, and whether two of them came out alike."""

import pandas as pd
import toys

import conf
from radsurv.catalogue.tables import TRIALS

SEARCH = conf.search("optuna", **{**toys.FEW_TRIALS, "trials": 6})
NO_SEARCH = conf.search("none")
KFOLD = conf.scheme("repeated_kfold", n_splits=4, repeats=1, inner_splits=4)


def run(small, patients=None, **parts):
    return small.run(patients, **{"scheme": KFOLD, "search": SEARCH, **parts})


def tables(found):
    return found.finding.tables


def trials_of(found):
    return tables(found)[TRIALS]


def same(one, other):
    assert tables(one).keys() == tables(other).keys()
    for table in tables(one):
        pd.testing.assert_frame_equal(tables(one)[table], tables(other)[table], check_exact=True)
    assert repr(one.metrics) == repr(other.metrics)
    assert one.finding.notes == other.finding.notes


def point(choice="optuna", **searched):
    """A grid of one point, but for what is searched."""
    grid = {"cindex": [0.55], "pearson": [0.85], "alpha": [0.1], "lambda_rule": ["min"]}
    return conf.search(choice, sampler="grid", **{**grid, **searched})
