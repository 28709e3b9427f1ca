"""What `dvc plots` draws, from small tables without patients."""

import pandas as pd
import pytest
from sksurv.nonparametric import kaplan_meier_estimator

from radsurv.catalogue.tables import COMPARATORS, PERMUTATIONS
from radsurv.report.plot_tables import plot_tables


def test_curves_are_those_of_scikit_survival(load, predictions):
    table = plot_tables(load())["kaplan_meier"]
    assert table.columns.tolist() == ["time", "short", "long"]
    for group in ("short", "long"):
        own = predictions[predictions["group"] == group]
        times, survival = kaplan_meier_estimator(own["event"].astype(bool), own["time"])
        for time, share in zip(times, survival, strict=True):
            assert share == pytest.approx(table.loc[table["time"] <= time, group].iloc[-1], abs=1e-6)


def test_shuffles_are_counted_in_bins_and_the_experiment_is_none_of_them(load):
    c_index = [0.9, 0.501, 0.519, 0.52, 0.565, float("nan")]
    permutations = pd.DataFrame(
        {"repetition": range(6), "signed_log_rank": 0.0, "log_hazard_ratio": 0.0, "harrell_c": c_index}
    )
    assert permutations.columns.tolist() == list(PERMUTATIONS.columns)
    table = plot_tables(load(permutations=permutations))["permutations"]
    assert table["harrell_c"].tolist() == pytest.approx([0.51, 0.53, 0.55, 0.57])
    assert table["repetitions"].tolist() == [2, 1, 0, 1]


def test_no_patient_is_in_them(load, cohort):
    for table in plot_tables(load()).values():
        assert not set(cohort["patient_id"]) & set(table.astype(str).to_numpy().ravel())


def test_what_a_run_has_not_done_has_a_table_without_rows(load):
    nothing = dict.fromkeys(("cohort", "qc", "predictions", "selections", "folds", "metrics", "provenance"))
    tables = plot_tables(load(**nothing))
    assert all(table.empty for table in tables.values())
    assert tables["comparators"].columns.tolist() == ["model", "harrell_c", "low", "high"]
    assert set(tables["comparators"].columns) - {"model", "low", "high"} <= set(COMPARATORS.columns)
