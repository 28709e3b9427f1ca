"""The summary over sites, from predictions to metrics, against R."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import SITES
from radsurv.validation.by_site import by_site

SITE = np.repeat(["east", "north", "south", "west"], [40, 30, 25, 20]).astype(object)
# R 4.2, survival 3.5-3, on the patients of `predictions` (d):
#   pool <- function(y, v) {
#     k <- length(y)
#     rl <- function(t) {w <- 1/(v+t); m <- sum(w*y)/sum(w); sum(log(v+t)) + log(sum(w)) + sum(w*(y-m)^2)}
#     t2 <- optimize(rl, c(0, 10), tol = 1e-13)$minimum
#     w <- 1/(v+t2); m <- sum(w*y)/sum(w); q <- max(1, sum(w*(y-m)^2)/(k-1)); se <- sqrt(q/sum(w))
#     e <- 1/v; s2 <- (k-1)*sum(e)/(sum(e)^2-sum(e^2))
#     list(m=c(m, m+c(-1,1)*qt(.975,k-1)*se, m+c(-1,1)*qt(.975,k-2)*sqrt(t2+se^2)), t2=t2, i2=t2/(t2+s2))
#   }
#   s <- split(d, d$site)
#   cc <- lapply(s, function(o) concordance(Surv(time, event) ~ risk, data=o, reverse=TRUE))
#   C <- sapply(cc, function(f) f$concordance); V <- sapply(cc, function(f) f$var)
#   a <- pool(qlogis(C), V/(C*(1-C))^2); plogis(a$m)
#   f <- lapply(s, function(o) coxph(Surv(time, event) ~ risk, data=o, ties="breslow"))
#   b <- pool(sapply(f, coef), sapply(f, vcov))
C = [0.539325842697, 0.801223241590, 0.786585365854, 0.564245810056]
VARIANCE = [0.00376256362073, 0.00242541825298, 0.00265671427390, 0.00662689685823]
ENDINGS = ("", "_low", "_high", "_prediction_low", "_prediction_high", "_tau2", "_i2")
OF_R = {
    "harrell_c": [
        0.683533832680, 0.428501640959, 0.861533637385, 0.103541167506, 0.975840057715, 0.352738451931, 0.801165581913,
    ],
    "calibration_slope": [
        0.716140798979, -0.334848344866, 1.767129942825, -2.143289435416, 3.575571033375, 0.332596114104, 0.770375154491,
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def predictions():
    generator = np.random.default_rng(5)
    risk = generator.normal(size=115).round(1)
    slope = np.repeat([0.2, 1.5, 1.0, 0.3], [40, 30, 25, 20])
    time = np.ceil(20 * generator.exponential(np.exp(-slope * risk)))
    event = generator.random(115) < 0.8
    group = np.where(risk > 0, "short", "long")
    return pd.DataFrame({"time": time, "event": event, "risk": risk, "group": group, "repeat": 0})


def test_sites_and_summary_are_those_of_r(predictions):
    found = by_site(predictions, SITE.tolist(), 0)
    table = found.tables[SITES]
    assert table["harrell_c"].tolist() == pytest.approx(C, abs=1e-11)
    assert (table["harrell_c_se"] ** 2).tolist() == pytest.approx(VARIANCE, abs=1e-12)
    assert table["summarised"].all()
    assert (table["reason"] == "").all()
    for name, expected in OF_R.items():
        assert [found.metrics[f"{name}_over_sites{ending}"] for ending in ENDINGS] == pytest.approx(expected, abs=1e-6)
        assert found.metrics[f"{name}_over_sites_count"] == 4
    assert found.notes == []
    assert found.reasons == {}


def test_repeats_of_the_same_patients_make_nothing_more_exact(predictions):
    once = by_site(predictions, SITE.tolist(), 0)
    twice = by_site(pd.concat([predictions, predictions.assign(repeat=1)]), SITE.tolist(), 0)
    for name in OF_R:
        for ending in ENDINGS:
            key = f"{name}_over_sites{ending}"
            assert twice.metrics[key] == pytest.approx(once.metrics[key], rel=1e-9)


def test_who_is_left_out_is_named_with_the_reason(predictions):
    """A site of few events, a tiny one, one ordered without a fault, and patients without a site."""
    sites, events, risk = SITE.copy(), predictions["event"].to_numpy().copy(), predictions["risk"].to_numpy().copy()
    sites[:3], sites[3:5] = "tiny", None
    of_west, of_south = np.flatnonzero(sites == "west"), np.flatnonzero(sites == "south")
    events[of_west[9:]] = False
    risk[of_south] = (0.5 * events - predictions["time"].to_numpy())[of_south]
    changed = predictions.assign(event=events, risk=risk)
    found = by_site(changed, sites.tolist(), 0)
    table = found.tables[SITES].set_index("site")
    n_west, n_south, n_tiny = events[of_west].sum(), events[of_south].sum(), events[:3].sum()
    assert table["summarised"].to_dict() == {"east": True, "north": True, "south": False, "west": False, "other": False}
    runs_away = "no calibration slope"
    assert table["reason"].to_dict() == {
        "east": "", "north": "", "south": f"C of 1, which has no logit; {runs_away}", "west": "fewer than 10 events",
        "other": "several sites together",
    }  # fmt: skip
    assert found.notes == [
        "left out of the summary over sites:"
        f" south (25 patients, {n_south} events): C of 1, which has no logit; {runs_away};"
        f" west (20 patients, {n_west} events): fewer than 10 events;"
        f" tiny (3 patients, {n_tiny} events), 2 patients without a site: fewer than 10 events, or no site"
    ]
    assert found.metrics["harrell_c_over_sites_count"] == 2
    assert np.isfinite(found.metrics["harrell_c_over_sites_high"])
    assert np.isnan(found.metrics["harrell_c_over_sites_prediction_low"])
    assert found.reasons["harrell_c_over_sites_prediction_low"] == "a prediction interval needs three sites"


def test_of_one_site_there_is_no_summary(predictions):
    events = (
        predictions["event"] & (np.cumsum(predictions["event"]) <= 45) & ((SITE == "east") | (np.arange(115) % 2 == 0))
    )
    found = by_site(predictions.assign(event=events), SITE.tolist(), 0)
    assert found.metrics["harrell_c_over_sites_count"] == found.tables[SITES]["summarised"].sum() < 2
    for ending in ENDINGS:
        key = f"harrell_c_over_sites{ending}"
        assert np.isnan(found.metrics[key])
        assert found.reasons[key] == "fewer than 2 sites have 10 events and a usable C"
