"""Readings beside the analysed table: who and what is left out, and that a training set sees its own patients only."""

import numpy as np
import pandas as pd
import pytest

from radsurv.features.readings import collect_readings
from radsurv.features.stability import intraclass_correlation

IDS = [f"P{number:02d}" for number in range(12)]
NOISE = {"steady": 0.05, "shaky": 3.0, "middling": 0.8}


@pytest.fixture
def tables():
    """An analysed table with a covariate, and two tables with another reading; P03 has none, P05's deep one failed."""
    rng = np.random.default_rng(0)
    truth = {name: rng.normal(size=12) for name in NOISE}
    analysed = pd.DataFrame({"patient_id": IDS, "clinical_age": rng.normal(60, 9, 12), **truth})
    again = pd.DataFrame({name: truth[name] + rng.normal(0, noise, 12) for name, noise in NOISE.items()})
    again.insert(0, "patient_id", IDS)
    again.insert(1, "reading", 1)
    crafted = again[["patient_id", "reading", "steady", "shaky"]].assign(unused=1.0).drop(index=3)
    deep = again[["patient_id", "reading", "middling"]].drop(index=[3, 5]).iloc[::-1]
    return analysed, crafted, deep


def test_rows_and_columns_are_those_of_the_analysed_table(tables):
    analysed, crafted, deep = tables
    found = collect_readings(analysed, [crafted, deep])
    assert found.names == ["clinical_age", "steady", "shaky", "middling"]
    assert found.columns.tolist() == [1, 2, 3]
    assert np.array_equal(found.values[0], analysed[list(NOISE)])
    second = found.values[1]
    assert np.isnan(second[3]).all()
    assert np.isnan(second[5]).tolist() == [False, False, True]
    assert np.array_equal(second[[0, 11], 0], crafted["steady"].iloc[[0, -1]])
    assert np.array_equal(second[[0, 11], 2], deep["middling"].iloc[[-1, 0]])
    assert found.n_patients == 11


def test_the_table_of_all_patients(tables):
    analysed, *others = tables
    found = collect_readings(analysed, others)
    table = found.stability()
    assert table["feature"].tolist() == list(NOISE)
    assert table["n_patients"].tolist() == [11, 11, 10]
    assert table["n_readings"].tolist() == [2, 2, 2]
    complete = np.delete(found.values, 3, axis=1)
    alone = intraclass_correlation(complete[:, :, :2], np.ones((1, 11), dtype=int))
    assert np.array_equal(table["icc2"][:2], alone.icc2[0])
    assert table.set_index("feature").loc["steady", "icc2"] > 0.99


def test_without_further_readings_the_table_is_empty_and_has_its_columns(tables):
    analysed, crafted, deep = tables
    found = collect_readings(analysed, [crafted.iloc[:0], deep.iloc[:0]])
    assert found.n_patients == 0
    assert found.stability().columns.tolist() == ["feature", "icc2", "icc3", "n_patients", "n_readings"]
    assert len(found.stability()) == 0


def test_a_left_out_patients_readings_decide_nothing_in_their_own_fold(tables):
    analysed, *others = tables
    weights = 1 - np.eye(12, dtype=int)
    before = collect_readings(analysed, others).agreement(weights) >= 0.75
    assert before[:, 0].all(), "a covariate has one reading and takes part"
    assert before[:, 1].all()
    assert not before[:, 2].any()
    for table in others:
        table.loc[table["patient_id"] == "P00", table.columns[2:]] = 1e6
    analysed.loc[0, list(NOISE)] = -1e6
    after = collect_readings(analysed, others).agreement(weights) >= 0.75
    assert np.array_equal(after[0], before[0])
    assert not after[1:, 1].any()
    for which in range(12):
        own = intraclass_correlation(
            np.delete(collect_readings(analysed, others).values, which, axis=1), np.ones((1, 11))
        )
        assert np.array_equal(after[which, 1:], own.icc2[0] >= 0.75)
