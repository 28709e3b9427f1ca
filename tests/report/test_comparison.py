"""Sentences above a comparison of runs."""

import numpy as np
import pytest

from radsurv.report.comparison import Comparison
from radsurv.validation.paired_runs import PairedDifference

FOUND = PairedDifference(n_common=3, c=0.7, other_c=0.6, delta=0.1, low=0.01, high=0.2)
NOTHING = PairedDifference(n_common=3, reason="other times or events of 3 patients in common")
NO_LIMITS = PairedDifference(n_common=3, c=0.7, other_c=0.6, delta=0.1, low=np.nan, high=np.nan)


@pytest.fixture
def in_short(load, metrics, predictions, monkeypatch):
    """Sentences of three runs, of which the last has the highest C."""

    def in_short(second, third, last=predictions):
        found = iter([second, third])
        monkeypatch.setattr("radsurv.report.comparison.paired_difference", lambda *_: next(found))
        runs = {str(c): load(metrics=metrics | {"harrell_c": c}) for c in (0.5, 0.6)}
        runs["0.7"] = load(metrics=metrics | {"harrell_c": 0.7}, predictions=last)
        return Comparison.of(runs, {}, {}).in_short()

    return in_short


def test_what_has_limits_is_held_against_run_1(in_short):
    best, clear, *others = in_short(FOUND, FOUND)
    assert best.startswith("The highest C is that of run 3: 0.700")
    assert best.endswith("+0.100 (+0.010 to +0.200) against run 1.")
    assert clear == "By more than chance among these patients, run 1 differs from run 2, run 3."
    assert len(others) == 1


@pytest.mark.parametrize("unknown", [NOTHING, NO_LIMITS])
def test_of_what_has_none_nothing_is_said(in_short, unknown):
    best, clear, nobody, _ = in_short(FOUND, unknown)
    assert "against run 1" not in best
    assert clear == "By more than chance among these patients, run 1 differs from run 2."
    assert nobody == "Of run 3 nobody can say whether it differs from run 1."
    _, nobody, _ = in_short(unknown, unknown)
    assert nobody == "Of run 2, run 3 nobody can say whether it differs from run 1."


def test_a_count_that_is_not_there_is_a_dash(load, metrics):
    runs = {"one": load(), "two": load(metrics=metrics | {"n_patients": None})}
    page = Comparison.of(runs, {}, {}).render("0")
    assert [run.counts for run in Comparison.of(runs, {}, {}).runs][1] == ("–", str(metrics["n_events"]))
    assert "None</td>" not in page


def test_a_highest_c_of_other_patients_says_so(in_short, predictions):
    assert "run 3, of its own patients: 0.700" in in_short(FOUND, FOUND, predictions.iloc[1:])[0]
    assert (
        "run 3, of its own patients: 0.700"
        in in_short(FOUND, FOUND, predictions.assign(time=predictions["time"] + 1))[0]
    )
