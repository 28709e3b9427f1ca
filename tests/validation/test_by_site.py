"""Numbers by site, against other packages and brute force."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sksurv.metrics import concordance_index_censored

from radsurv.catalogue.tables import SITES
from radsurv.validation.by_site import by_site

NAMES = np.array([*["south"] * 20, *["north"] * 25, *["east"] * 3, *["west"] * 2], dtype=object)


@pytest.fixture(scope="module")
def predictions():
    generator = np.random.default_rng(1)
    risk = generator.normal(size=50).round(1)
    time = np.ceil(20 * generator.exponential(np.exp(-risk)))
    return pd.DataFrame({"time": time, "event": generator.random(50) < 0.7, "risk": risk,
                         "group": np.where(risk > 0, "short", "long"), "repeat": 0})  # fmt: skip


def test_rows_are_those_of_other_packages(predictions):
    table = by_site(predictions, NAMES.tolist(), 0).tables[SITES]
    assert list(table) == list(SITES.columns)
    assert list(table["site"]) == ["north", "south", "other"]
    assert table["n"].tolist() == [25, 20, 5]
    assert table["pooled"].tolist() == [False, False, True]
    for row in table[:2].itertuples():
        own = predictions[row.site == NAMES]
        assert row.events == own["event"].sum()
        assert row.harrell_c == pytest.approx(
            concordance_index_censored(own["event"].astype(bool), own["time"], own["risk"])[0], abs=1e-12
        )
        assert row.harrell_c_low < row.harrell_c < row.harrell_c_high
        fitted = CoxPHFitter().fit(
            own[["time", "event"]].assign(short=1.0 * (own["group"] == "short")), "time", "event"
        )
        assert np.log(row.hazard_ratio) == pytest.approx(fitted.params_["short"], abs=1e-3)
        limits = fitted.confidence_intervals_.loc["short"].to_numpy()
        assert np.log([row.hazard_ratio_low, row.hazard_ratio_high]) == pytest.approx(limits, abs=1e-3)


def test_c_within_sites_counts_the_pairs_of_every_site(predictions):
    """By brute force, small sites too; a patient without a site is in no pair."""
    sites = NAMES.copy()
    sites[[0, 30]] = None
    concordant = comparable = 0.0
    for a in predictions.assign(site=sites).itertuples():
        for b in predictions.assign(site=sites).itertuples():
            if a.site is None or a.site != b.site or not a.event:
                continue
            if a.time < b.time or (a.time == b.time and not b.event):
                comparable += 1
                concordant += (a.risk > b.risk) + (a.risk == b.risk) / 2
    found = by_site(predictions, sites.tolist(), 0)
    assert found.metrics["harrell_c_within_sites"] == pytest.approx(concordant / comparable, abs=1e-12)


def test_repeats_are_averaged(predictions):
    other = predictions.assign(risk=-predictions["risk"], repeat=1)
    both = by_site(pd.concat([predictions, other]), NAMES.tolist(), 0)
    assert both.tables[SITES]["harrell_c"].tolist() == pytest.approx([0.5] * 3)
    assert both.metrics["harrell_c_within_sites"] == pytest.approx(0.5)
    # The groups are the same in both repeats, and the geometric mean of a number with itself is that number.
    alone = by_site(predictions, NAMES.tolist(), 0).tables[SITES]
    assert both.tables[SITES]["hazard_ratio"].tolist() == pytest.approx(alone["hazard_ratio"].tolist(), nan_ok=True)


def test_without_two_sites_there_are_no_rows_and_no_metric(predictions):
    for sites in (None, ["a"] * 50, ["a"] * 46 + ["b"] * 4):
        found = by_site(predictions, sites, 0)
        assert found.tables[SITES].empty
        assert list(found.tables[SITES]) == list(SITES.columns)
        assert found.metrics == {}
