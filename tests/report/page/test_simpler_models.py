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
    columns = [name for name in COMPARATORS.columns if not name.startswith("gain_c")]
    return pd.DataFrame(rows, columns=columns).reindex(columns=list(COMPARATORS.columns))


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
