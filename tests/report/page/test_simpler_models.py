"""Simpler models: the numbers are those of the table."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import COMPARATORS
from radsurv.report.html import render
from radsurv.report.page.simpler_models import Lacking, SimplerModels


@pytest.fixture
def table():
    rows = [
        ("experiment", "", 1628, 0, 0.67, 0.58, 0.77, 0.0, 0.0, 0.0, 3.25, 1.6, 6.4, ""),
        ("clinical", "Cox regression on clinical_age", 1, 0, 0.45, 0.35, 0.56, 0.22, 0.1, 0.34, 0.84, 0.5, 1.5, ""),
        (
            "volume",
            "Cox regression on shape_Volume",
            1,
            0,
            0.6,
            np.nan,
            np.nan,
            0.07,
            np.nan,
            np.nan,
            *[np.nan] * 3,
            "",
        ),
        ("deep", "", *[np.nan] * 11, "there are no <deep> features"),
    ]
    limited = [f"{name}{end}" for name in ("harrell_c", "delta_c", "hazard_ratio") for end in ("", "_low", "_high")]
    columns = ["comparator", "features", "n_features", "n_null_folds", *limited, "reason"]
    return pd.DataFrame(rows, columns=columns).assign(lacking="").reindex(columns=list(COMPARATORS.columns))


def test_models_are_compared_and_those_that_there_are_not_have_a_reason(load, table):
    experiment = load(comparators=table)
    section = SimplerModels.of(experiment)
    assert [row.c for row in section.rows] == ["0.670 (0.580 to 0.770)", "0.450 (0.350 to 0.560)", "0.600"]
    assert [row.delta for row in section.rows] == ["", "+0.220 (+0.100 to +0.340)", "+0.070"]
    assert [row.hazard_ratio for row in section.rows] == ["3.25", "0.84", "–"]
    assert section.lacking == (Lacking("Deep only", "there are no <deep> features"),)
    ElementTree.fromstring(section.figure)
    page = render(experiment)
    assert "Against simpler models" in page
    assert "Deep only (there are no &lt;deep&gt; features)" in page


@pytest.mark.parametrize(("model", "penalty"), [("coxnet", True), ("rsf", False)])
def test_null_folds_of_models_without_a_penalty_have_one_cause(load, table, configured, model, penalty):
    page = " ".join(render(load(comparators=table, config=configured(f"model={model}"))).split())
    cause = "no feature was left there" + (", or λ set every coefficient to 0" if penalty else "")
    assert f"Null folds: {cause}. Covariates" in page


def test_without_a_comparison_there_is_no_section(load, table):
    assert SimplerModels.of(load()) is None
    assert SimplerModels.of(load(comparators=table.iloc[:1])) is None
    alone = load(comparators=table.iloc[[0, 3]])
    assert SimplerModels.of(alone).figure is None
    assert "Deep only (there are no &lt;deep&gt; features)" in render(alone)


def test_what_leave_one_out_does_to_weak_models_is_said_there_alone(load, table, configured):
    for scheme, told in (("loocv", True), ("repeated_kfold", False)):
        page = render(load(comparators=table, config=configured(f"validation={scheme}")))
        assert ("a model that knows nothing has a C below 0.5" in page) is told


@pytest.mark.slow
def test_what_they_are_asked_on_request(load, table, configured):
    """P values (the experiment has its own), the gain on the clinical variables, and limits over refits in the place of others."""
    asked = table.assign(gain_c=[0.22, 0.0, 0.15, np.nan])
    asked.loc[1, ["p", "p_low", "p_high"]] = 0.6, 0.5, 0.7
    asked.loc[2, ["p", "p_low", "p_high", "gain_p", "gain_p_low", "gain_p_high"]] = 0.02, 0.01, 0.04, 0.1, 0.08, 0.13
    asked.loc[1, "lacking"] = "no P of <images>: it has none | no limits over refits: a; b"
    for name, (low, high) in {"harrell_c": (0.5, 0.84), "delta_c": (-0.2, 0.2), "gain_c": (-0.1, 0.4)}.items():
        asked.loc[2, [f"{name}_refit_low", f"{name}_refit_high"]] = low, high
    asked.loc[0, ["harrell_c_refit_low", "harrell_c_refit_high"]] = 0.55, 0.8
    metrics = {"permutation_p_c": 0.004, "permutation_p_c_low": 0.002, "permutation_p_c_high": 0.007}
    given = configured("comparison.permutations=999")
    experiment = load(comparators=asked, metrics=metrics, config=given)
    section = SimplerModels.of(experiment)
    spaced = [(row.p.replace("\xa0", " "), row.gain, row.gain_p.replace("\xa0", " ")) for row in section.rows]
    assert spaced == [
        (".004 (.002 to .007)", "+0.220", "–"), (".600 (.500 to .700)", "", "–"),
        (".020 (.010 to .040)", "+0.150 (−0.100 to +0.400)", ".100 (.080 to .130)"),
    ]  # fmt: skip
    assert [row.c for row in section.rows][2] == "0.600 (0.500 to 0.840)"
    assert [row.delta for row in section.rows][2] == "+0.070 (−0.200 to +0.200)"
    assert [one.reason for one in section.untold] == ["no P of <images>: it has none", "no limits over refits: a; b"]
    page = " ".join(render(experiment).split())
    assert "Clinical only: no P of &lt;images&gt;: it has none." in page
    assert "P of its images" in page
    assert "Limits are over refits" in page
    assert "of simpler models likewise, or where there are none from resampled patients with" in page
    assert "goes by the limits of the differences of C, over refits where there are any." in page
    assert "difference +0.070, −0.200 to +0.200 over refits" in page
    own_p = """that of this experiment is the one of Harrell's C under "Could it be chance?"."""
    assert own_p in page
    naive = " ".join(
        render(load(comparators=asked, config=configured("significance=naive", "comparison.permutations=999"))).split()
    )
    assert own_p not in naive
    assert "this experiment itself was not asked (<code>significance=permutation</code> does)." in naive
    # What images add needs no model of the clinical variables alone beside it.
    without = SimplerModels.of(
        load(comparators=asked.drop(columns="gain_c").reindex(columns=asked.columns), config=given)
    )
    assert (without.gains, without.gains_tested) == (False, True)
    # One C has one pair of limits on a page, those of the experiment's own refits where it has any.
    own = {"harrell_c_refit_low": 0.52, "harrell_c_refit_high": 0.82}
    again = SimplerModels.of(load(comparators=asked, metrics=metrics | own, config=given))
    assert [row.c for row in again.rows] == ["0.670 (0.520 to 0.820)", *[row.c for row in section.rows[1:]]]
    before = " ".join(render(load(comparators=table)).split())
    assert "P of its images" not in before
    assert "<code>comparison=tested</code> gives each of these models a P" in before
