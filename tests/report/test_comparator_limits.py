"""Limits over refits stand in the place of others number by number."""

import pandas as pd

from radsurv.catalogue.tables import COMPARATORS
from radsurv.report.comparator_limits import best_limits
from radsurv.report.evidence import Evidence


def table():
    """Of the second model the C and the difference have limits over refits, and what is gained on the clinical variables has not."""
    limits = {
        f"{name}{kind}{end}": value
        for name in ("harrell_c", "delta_c", "gain_c")
        for kind, ends in (("_", (0.1, 0.2)), ("_refit_", (0.0, 0.3)))
        for end, value in zip(("low", "high"), ends, strict=True)
    }
    values = {"harrell_c": 0.15, "delta_c": 0.15, "gain_c": 0.15, "lacking": "", "reason": "", "features": ""}
    rows = [{"comparator": name, **values, **limits} for name in ("experiment", "clinical", "combined_clinical")]
    rows[2] |= {"gain_c_refit_low": None, "gain_c_refit_high": None}
    rows[1] |= {"delta_c_refit_low": None, "delta_c_refit_high": None}
    return pd.DataFrame(rows).reindex(columns=list(COMPARATORS.columns))


def test_each_number_has_limits_of_its_own_kind():
    shown = best_limits(table(), {}).set_index("comparator")
    whole = [shown.loc["combined_clinical", f"{name}_refitted"] for name in ("harrell_c", "delta_c", "gain_c")]
    assert whole == [True, True, False]
    assert shown.loc["combined_clinical", ["delta_c_low", "delta_c_high", "gain_c_low", "gain_c_high"]].tolist() == [
        0.0, 0.3, 0.1, 0.2,
    ]  # fmt: skip


def test_what_is_said_at_the_top_calls_each_of_them_what_it_is(load):
    evidence = Evidence.of(load(comparators=table()))
    assert evidence.on_top is not None
    assert (evidence.on_top.low, evidence.on_top.high, evidence.on_top.refitted) == (0.1, 0.2, False)
    assert [(one.refitted, one.delta_refitted) for one in evidence.simpler.values()] == [(True, False), (True, True)]


def test_limits_of_the_experiment_are_those_of_its_own_refits():
    for metrics, expected in (
        ({}, (0.0, 0.3)),
        ({"harrell_c_refit_low": 0.05, "harrell_c_refit_high": 0.25}, (0.05, 0.25)),
        ({"harrell_c_refit_low": None, "harrell_c_refit_high": None}, (0.0, 0.3)),
    ):
        shown = best_limits(table(), metrics).set_index("comparator")[["harrell_c_low", "harrell_c_high"]]
        assert tuple(shown.loc["experiment"]) == expected
        assert tuple(shown.loc["clinical"]) == (0.0, 0.3)
