"""Limits from the whole procedure repeated on resampled patients."""

import re
from dataclasses import replace

import numpy as np
import pytest
import toys
from searches import KFOLD, point
from toys import AGE, LABEL, with_covariates

import conf
from radsurv.stages.result_store import ResultStore
from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.outcome import check_outcome
from radsurv.validation.added_value import without_images
from radsurv.validation.left_out import left_out_scores
from radsurv.validation.protocol import Resources
from radsurv.validation.refitted_limits import SCALES, limits, of_resample, refitted_limits
from radsurv.validation.splits import Splits
from radsurv.validation.training import Training

PATIENTS = with_covariates((np.arange(20) % 3 == 0).astype(float))
PROTOCOL = conf.protocol(scheme=KFOLD, reduction=conf.reduction(cindex=0.55), model=conf.model("coxnet", n_lambda=20))
FOUND = {"harrell_c": 0.6, "hazard_ratio": 2.0, "added_value_delta_c": 0.1}
TIMES = np.bincount(np.random.default_rng(5).integers(20, size=20), minlength=20)


def found_with(refits=20, resources=None, beside=None, protocol=PROTOCOL, found=None, patients=PATIENTS):
    return refitted_limits(
        patients, protocol, FOUND if found is None else found, refits, Resources() if resources is None else resources, beside
    )  # fmt: skip


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"scheme": conf.scheme("loocv", inner_splits=4)},
        {"scheme": conf.scheme("bootstrap", resamples=10, inner_splits=4)},
        {"scheme": conf.scheme("leave_site_out", inner_splits=3)},
        {"scheme": conf.scheme("repeated_kfold", n_splits=3, repeats=2, inner_splits=3, inner="nested")},
        {"model": conf.model("rsf", trees=3)},
        {"search": point()},
        {"transforms": toys.transforms(toys.Centre(column="site"))},
        {"reduction": conf.reduction(cindex=0.55, icc=0.8)},
    ],
)
def test_a_refit_is_the_procedure_with_every_copy_on_one_side(parts):
    """The same by other means: multiplicities over all patients, where those who were not drawn are in no set and not judged."""
    protocol = replace(PROTOCOL, **parts).reseeded(3)
    members = np.flatnonzero(TIMES)
    own = protocol.scheme.splits(
        PATIENTS.outcome.take(members), [PATIENTS.sites[member] for member in members], protocol.seed
    )
    weights, tested = np.zeros((len(own), 20), dtype=np.int64), np.zeros((len(own), 20), dtype=bool)
    weights[:, members], tested[:, members] = own.weights * TIMES[members], own.tested
    assert not (weights[tested]).any()
    assert set(weights[0]) > {0, 1}
    training = Training(PATIENTS, protocol)
    learned = [one.learned for one in training.in_every(Splits(weights, tested, own.repeat, own.fold))]
    with np.errstate(invalid="ignore"):  # of those who are never judged, where several models judge the others
        scores = left_out_scores(Splits(weights, tested, own.repeat, own.fold), enumerate(learned), PATIENTS.measured)
    rows = np.repeat(np.arange(20), TIMES)
    outcome = PATIENTS.outcome.take(rows)
    expected = [
        (harrell_c(outcome, risk[rows]), np.log(hazard_ratio(outcome, short[rows]).ratio))
        for risk, short in zip(scores.risk, scores.short, strict=True)
    ]
    assert of_resample(PATIENTS, replace(PROTOCOL, **parts), None)(TIMES, 3) == pytest.approx(
        np.mean(expected, axis=0), abs=1e-9
    )


def test_limits_are_those_of_students_t():
    """R: ``x <- c(.5, .55, .61, .48, .7); .6 + c(-1, 1) * qt(.975, 4) * sd(x)``, and of a ratio ``exp(log(2) + ...)``."""
    drawn = np.array([0.5, 0.55, 0.61, 0.48, 0.7])
    assert limits(0.6, drawn, SCALES["harrell_c"]) == pytest.approx((0.3521332617014760, 0.8478667382985239), abs=1e-12)
    assert limits(2.0, drawn, SCALES["hazard_ratio"]) == pytest.approx(
        (1.560927884602457, 2.562578348082194), abs=1e-12
    )
    assert limits(0.6, np.append(drawn, np.nan), SCALES["harrell_c"]) == pytest.approx(
        (0.3521332617014760, 0.8478667382985239), abs=1e-12
    )
    assert limits(0.9, drawn, SCALES["harrell_c"])[1] == 1
    assert limits(-0.9, drawn, SCALES["added_value_delta_c"])[0] == -1


def test_the_metrics_are_limits_about_what_was_found():
    beside = without_images(PATIENTS, PROTOCOL)
    metrics = found_with(beside=beside).metrics
    assert metrics["refit_count"] == 20
    assert len(metrics) == 7
    for name, value in FOUND.items():
        low, high, to = metrics[f"{name}_refit_low"], metrics[f"{name}_refit_high"], SCALES[name].to
        assert low < value < high
        assert to(low) + to(high) == pytest.approx(2 * to(value)) or name == "harrell_c"
    refit = of_resample(PATIENTS, PROTOCOL, beside)(TIMES, 3)
    alone = of_resample(*beside, None)(TIMES, 3)
    assert refit[2] == pytest.approx(refit[0] - alone[0], abs=1e-15)
    assert found_with().metrics == {name: value for name, value in metrics.items() if "added" not in name}


@pytest.mark.slow
def test_workers_change_nothing_and_refits_are_kept(tmp_path):
    one = found_with(30)
    found_with(20, Resources(n_jobs=2, store=ResultStore(tmp_path)))
    more = found_with(30, Resources(n_jobs=2, store=ResultStore(tmp_path)))
    assert more.run_notes == ["20 of 30 refits from an earlier run"]
    assert (more.metrics, more.notes) == (one.metrics, one.notes)
    other = found_with(20, Resources(store=ResultStore(tmp_path)), protocol=replace(PROTOCOL, seed=1))
    assert not other.run_notes


@pytest.mark.slow
def test_resamples_on_which_nothing_can_be_learned_are_drawn_again():
    """Two events: a resample without one of them leaves leave-one-out nothing to learn from."""
    outcome = check_outcome(np.arange(1.0, 21), np.isin(np.arange(20), [3, 9]))
    rare = replace(PROTOCOL, scheme=conf.scheme("loocv", inner_splits=4))
    found = found_with(protocol=rare, patients=PATIENTS.given(outcome))
    assert " on which nothing can be learned drawn again" in found.notes[0]
    assert np.isfinite(found.metrics["harrell_c_refit_low"])


def test_where_no_resample_can_be_analysed_it_says_so():
    """13 patients of 20 cannot be dealt to 20 folds: no limits, and what else the stage has found is not lost."""
    folds = replace(PROTOCOL, scheme=conf.scheme("repeated_kfold", n_splits=20, repeats=1))
    finding = found_with(protocol=folds)
    (note,) = finding.notes
    assert re.fullmatch(
        r"significance.refits: 100 resamples of 20 patients.*n_splits=20.*; set significance.refits=0", note
    )
    assert len(finding.metrics) == 4
    assert np.isnan([*finding.metrics.values()]).all()
    assert finding.reasons == dict.fromkeys(finding.metrics, note)


@pytest.mark.parametrize(
    ("found", "reason"), [(FOUND, "20 of 20 refits on resampled"), ({"harrell_c": 0.5, "hazard_ratio": None}, "itself has no")]
)  # fmt: skip
def test_no_limits_without_values(found, reason):
    """Null models: one group everywhere, so no hazard ratio."""
    null = replace(PROTOCOL, reduction=conf.reduction(cindex=1.0))
    finding = found_with(
        protocol=null,
        found=found,
        patients=PATIENTS.among([name for name in PATIENTS.names if name not in (AGE, LABEL)]),
    )
    assert np.isnan(finding.metrics["hazard_ratio_refit_low"])
    assert reason in finding.reasons["hazard_ratio_refit_high"]
    assert "harrell_c_refit_low" not in finding.reasons
