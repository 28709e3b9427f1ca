"""Results by site on the page, strata of the permutation test, and sites for names of folds."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import SITES
from radsurv.report.html import render
from radsurv.report.page.chance import Chance
from radsurv.report.page.selected_features import SelectedFeatures
from radsurv.report.page.site_by_site import Site, SiteBySite

P = {
    "permutation_p": 0.21, "permutation_p_low": 0.18, "permutation_p_high": 0.24, "permutation_strata": 3,
    "harrell_c_within_sites": 0.5432,
}  # fmt: skip
OVERALL = {"permutation_p_overall": 0.012, "permutation_p_overall_low": 0.01, "permutation_p_overall_high": 0.02}


@pytest.fixture
def sites():
    rows = [
        ("North <1>", False, 20, 17, 0.66, 0.5, 0.8, 2.5, 1.2, 5.1, 0.08, 0.9, 0.25, True, ""),
        (
            "South",
            False,
            15,
            12,
            0.48,
            0.3,
            0.7,
            np.nan,
            np.nan,
            np.nan,
            0.1,
            np.nan,
            np.nan,
            True,
            "no calibration slope",
        ),
        (
            "other",
            True,
            5,
            4,
            0.6,
            np.nan,
            np.nan,
            1.5,
            0.4,
            9.0,
            np.nan,
            np.nan,
            np.nan,
            False,
            "several sites together",
        ),
    ]
    return pd.DataFrame(rows, columns=list(SITES.columns))


@pytest.fixture
def permutations():
    columns = ["signed_log_rank", "log_hazard_ratio", "harrell_c"]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 3)), columns=columns)
    table.insert(0, "repetition", np.arange(100))
    return table


def test_rows_are_those_of_the_table(load, metrics, sites):
    experiment = load(sites=sites, metrics=metrics | P)
    section = SiteBySite.of(experiment)
    assert section.rows == (
        Site("North <1>", 20, 17, "0.660 (0.500 to 0.800)", "0.90 (0.41 to 1.39)", "2.50 (1.20 to 5.10)", ""),
        Site("South", 15, 12, "0.480 (0.300 to 0.700)", "–", "–", "no calibration slope"),
        Site("other", 5, 4, "0.600", "–", "1.50 (0.40 to 9.00)", "several sites together"),
    )
    assert (section.within, section.overall, section.pooled) == ("0.543", "0.671", True)
    ElementTree.fromstring(section.figure)
    page = " ".join(render(experiment).split())
    assert "North &lt;1&gt;" in page
    assert "North <1>" not in page
    assert "The last row is all sites of fewer than 5 patients or 2 events" in page


@pytest.mark.parametrize("missing", [None, "harrell_c", "harrell_c_within_sites"])
def test_two_numbers_are_compared_where_there_are_two(load, metrics, sites, missing):
    page = " ".join(render(load(sites=sites, metrics=metrics | P | ({missing: None} if missing else {}))).split())
    assert "A model can owe its C to telling sites apart" in page
    for words in (
        "Over pairs of patients of the same site C is <strong>0.543</strong>",
        "The first is what the predictions",
    ):
        assert (words in page) == (missing is None)


def test_without_sites_there_is_no_section(load, sites):
    assert SiteBySite.of(load()) is None
    assert SiteBySite.of(load(sites=sites.iloc[:0])) is None


def test_chance_names_the_strata(load, metrics, sites, permutations):
    experiment = load(sites=sites, metrics=metrics | P, permutations=permutations)
    section = Chance.of(experiment)
    assert section.strata[1] == "South (15 patients, 12 events)"
    assert section.overall is None
    page = " ".join(render(experiment).split())
    assert "excludes chance <em>within</em> sites" in page
    assert "on outcomes shuffled within sites" in page
    assert "The two permutation P disagree." not in page
    # The sites are there, and outcomes were shuffled over everybody.
    everybody = {name: value for name, value in P.items() if name != "permutation_strata"}
    page = " ".join(render(load(sites=sites, metrics=metrics | everybody, permutations=permutations)).split())
    assert "excludes chance" not in page


@pytest.mark.parametrize(("p", "disagree"), [(0.21, True), (0.03, False)])
def test_where_the_two_p_disagree_the_page_says_so(load, metrics, sites, permutations, p, disagree):
    found = metrics | P | OVERALL | {"permutation_p": p}
    experiment = load(sites=sites, metrics=found, permutations=permutations)
    section = Chance.of(experiment)
    assert (section.overall.p, section.overall.limits) == (".012", ".010 to .020")
    assert section.disagree == disagree
    assert ("The two permutation P disagree." in render(experiment)) == disagree


def test_folds_of_leave_site_out_have_the_names_of_their_sites(load, configured, cohort, predictions, selections):
    names = np.where(np.arange(len(cohort)) % 2 == 0, "Aachen", "Bonn")
    fold = np.arange(len(predictions)) % 2
    folds = pd.DataFrame(
        {"fold": [0, 1], "repeat": 0, "n_tested": 20, "n_varying": 9, "n_concordant": 5, "n_kept": 3, "n_nonzero": 2,
         "penalty": 0.1, "threshold": 0.0}
    )  # fmt: skip
    parts = {
        "cohort": cohort.assign(site=names), "predictions": predictions.assign(fold=fold), "folds": folds,
        "selections": selections[selections["fold"] == 2].assign(fold=0),
    }  # fmt: skip
    by_site = load(config=configured("validation=leave_site_out"), **parts)
    assert [one.fold for one in SelectedFeatures.of(by_site).folds] == ["Aachen", "Bonn"]
    page = render(by_site)
    assert "<th>Site</th><th>Left out</th>" in page
    assert "<td>Bonn</td>" in page
    by_number = SelectedFeatures.of(load(config=configured("validation=repeated_kfold"), **parts))
    assert [one.fold for one in by_number.folds] == ["0", "1"]


SUMMARY = {
    "harrell_c_over_sites": 0.62, "harrell_c_over_sites_low": 0.51, "harrell_c_over_sites_high": 0.72,
    "harrell_c_over_sites_prediction_low": 0.4, "harrell_c_over_sites_prediction_high": 0.8,
    "harrell_c_over_sites_tau2": 0.1, "harrell_c_over_sites_i2": 0.37, "harrell_c_over_sites_count": 3,
    "calibration_slope_over_sites": 0.8, "calibration_slope_over_sites_low": -1.2, "calibration_slope_over_sites_high": 2.8,
    "calibration_slope_over_sites_prediction_low": None, "calibration_slope_over_sites_prediction_high": None,
    "calibration_slope_over_sites_tau2": 0.0, "calibration_slope_over_sites_i2": 0.0, "calibration_slope_over_sites_count": 2,
}  # fmt: skip


def test_the_summary_is_said_and_drawn(load, metrics, sites):
    experiment = load(sites=sites, metrics=metrics | P | SUMMARY)
    section = SiteBySite.of(experiment)
    assert [(one.n_sites, one.mean, one.prediction) for one in section.summaries] == [
        (3, "0.620 (0.510 to 0.720)", "0.400 to 0.800"),
        (2, "0.80 (−1.20 to 2.80)", ""),
    ]
    page = " ".join(render(experiment).split())
    assert "C of 3 is <strong>0.620 (0.510 to 0.720)</strong>, in another site of this kind 0.400 to 0.800" in page
    assert "true differences make 37 % of the spread between sites (I²); the calibration slope of 2 is" in page
    assert "3 sites, random effects" in section.figure
    assert "share most of their training patients" in page


def test_without_a_summary_the_page_is_as_it_was(load, metrics, sites):
    missing = {name: None for name in SUMMARY} | {
        "harrell_c_over_sites_count": 1,
        "calibration_slope_over_sites_count": 0,
    }
    section = SiteBySite.of(load(sites=sites, metrics=metrics | P | missing))
    assert section.summaries == ()
    assert "random effects" not in section.figure
