"""The sections on simpler models and on other draws of the inner folds: their numbers are those of the tables."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.sections.comparators import comparators
from radsurv.report.sections.inner_draws import inner_draws
from radsurv.validation.comparators import COLUMNS


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
    return pd.DataFrame(rows, columns=list(COLUMNS))


def load(run_dir, **tables):
    for name, table in tables.items():
        table.to_parquet(run_dir / f"{name}.parquet", index=False)
    return Experiment.load(run_dir)


def test_models_are_compared_and_those_that_there_are_not_have_a_reason(make_run, table):
    experiment = load(make_run(), comparators=table)
    values = comparators(experiment).values
    assert [row["c"] for row in values["rows"]] == ["0.670 (0.580 to 0.770)", "0.450 (0.350 to 0.560)", "0.600"]
    assert [row["delta"] for row in values["rows"]] == ["", "+0.220 (+0.100 to +0.340)", "+0.070"]
    assert [row["hazard_ratio"] for row in values["rows"]] == ["3.25", "0.84", "–"]
    assert values["lacking"] == [("Deep only", "there are no <deep> features")]
    ElementTree.fromstring(values["figure"])
    page = render(experiment)
    assert "Against simpler models" in page
    assert "Deep only (there are no &lt;deep&gt; features)" in page


def test_without_a_comparison_there_is_no_section(make_run, table):
    assert comparators(load(make_run("one"))) is None
    assert comparators(load(make_run("two"), comparators=table.iloc[:1])) is None
    alone = load(make_run("three"), comparators=table.iloc[[0, 3]])
    assert comparators(alone).values["figure"] is None
    assert "Deep only (there are no &lt;deep&gt; features)" in render(alone)


def test_every_draw_of_the_inner_folds_has_its_row(make_run):
    draws = pd.DataFrame(
        {
            "draw": [0, 1],
            "n_short": [21.0, 20.0],
            "harrell_c": [0.671, 0.64],
            "log_rank_chi2": [6.0, 2.0],
            "log_rank_p": [0.0142, 0.157],
            "hazard_ratio": [2.35, np.nan],
        }
    )
    experiment = load(make_run(), inner_draws=draws)
    values = inner_draws(experiment).values
    assert values["own"] == {"c": "0.671", "p": ".014", "hazard_ratio": "2.35", "n_short": "21"}
    assert values["rows"][1] == {"c": "0.640", "p": ".157", "hazard_ratio": "–", "n_short": "20"}
    assert "All 2 draws (this experiment)" in render(experiment)
    assert inner_draws(load(make_run("other"), inner_draws=draws.iloc[:0])) is None
