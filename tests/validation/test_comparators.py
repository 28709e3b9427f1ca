"""Simpler models on the same folds, and paired differences."""

import numpy as np
import pytest
import toys
from sksurv.metrics import concordance_index_censored

import conf
from radsurv.catalogue.tables import COMPARATORS
from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import check_outcome
from radsurv.validation.bootstrap_interval import bootstrap_interval
from radsurv.validation.comparator_choice import Comparator
from radsurv.validation.comparators import compare, no_comparison
from radsurv.validation.finished_evaluations import Judged
from radsurv.validation.protocol import Resources


@pytest.fixture(scope="module")
def compared(small):
    """All features, against the first two by a plain Cox regression, against a search that cannot be trained."""
    experiment = small.run(seed=5)
    simple = Comparator("clinical", ["feature 0", "feature 1"], plain=True)
    found = compare(
        Judged(experiment.predictions, experiment.metrics), small.patients, small.under(seed=5), [simple],
        {"volume": "there is none"}, Resources(),
    )  # fmt: skip
    keep_all = conf.reduction("none")
    own = small.run(small.patients.among(simple.features), seed=5, model=conf.model("cox"), reduction=keep_all)
    return experiment, own, found.tables[COMPARATORS].set_index("comparator"), found


def test_concordance_and_difference_of_each_model(small, compared):
    experiment, simple, table, _ = compared
    outcome = small.patients.outcome
    for name, result in (("experiment", experiment), ("clinical", simple)):
        expected = concordance_index_censored(outcome.event, outcome.time, result.predictions["risk"])[0]
        assert table.loc[name, "harrell_c"] == pytest.approx(expected, abs=1e-12)
        assert table.loc[name, "hazard_ratio"] == pytest.approx(result.metrics["hazard_ratio"], rel=1e-12)
    gap = table.loc["experiment", "harrell_c"] - table.loc["clinical", "harrell_c"]
    assert table.loc["clinical", "delta_c"] == gap != 0
    assert table.loc["experiment", ["delta_c", "delta_c_low", "delta_c_high"]].tolist() == [0, 0, 0]
    # Against the clinical variables, the experiment gains what it is ahead of them.
    for end in ("", "_low", "_high"):
        assert table.loc["experiment", f"gain_c{end}"] == table.loc["clinical", f"delta_c{end}"]
        assert table.loc["clinical", f"gain_c{end}"] == 0
    assert table.loc["clinical", "features"] == "Cox regression on feature 0, feature 1"


def test_limits_are_those_of_the_experiment_and_differences_are_paired(compared):
    """A difference of two models on the same resamples varies less than the two do on their own."""
    experiment, _, table, _ = compared
    rows = experiment.predictions
    outcome = check_outcome(rows["time"], rows["event"])
    own = bootstrap_interval(outcome, rows["risk"].to_numpy(), (rows["group"] == "short").to_numpy(), 5).values
    assert table.loc["experiment", "harrell_c_low"] == own["harrell_c_low"]
    assert table.loc["experiment", "harrell_c_high"] == own["harrell_c_high"]
    low, gap, high = table.loc["clinical", ["delta_c_low", "delta_c", "delta_c_high"]]
    assert low < gap < high
    apart = (table["harrell_c_high"] - table["harrell_c_low"]).loc[["experiment", "clinical"]]
    assert high - low < np.hypot(*apart)


def test_models_that_there_are_not_stay_in_the_table_with_their_reason(compared, small, monkeypatch):
    experiment, _, table, found = compared
    assert table["reason"].to_dict() == {"experiment": "", "clinical": "", "volume": "there is none"}
    assert set(found.metrics) == {"comparator_clinical_c", "comparator_clinical_delta_c"}

    class Untrainable(toys.Centre):
        """A transform that needs more than one feature."""

        def fit(self, members):
            if len(members.names) < 2:
                raise TrainingSetError("cannot be trained")
            return super().fit(members)

    protocol = small.under(transforms=toys.transforms(Untrainable()))
    two = [Comparator("clinical", ["feature 0", "feature 1"], True), Comparator("deep", ["feature 5"], False)]
    judged = Judged(experiment.predictions, experiment.metrics)
    found = compare(judged, small.patients, protocol, two, {"volume": "there is none"}, Resources())
    table = found.tables[COMPARATORS].set_index("comparator")
    assert tuple(found.tables[COMPARATORS]) == COMPARATORS.columns
    assert table["reason"].to_dict() == {
        "experiment": "", "clinical": "", "volume": "there is none", "deep": "cannot be trained",
    }  # fmt: skip
    assert table.loc[["volume", "deep"], ["harrell_c", "delta_c"]].isna().all(axis=None)
    assert set(found.metrics) == {"comparator_clinical_c", "comparator_clinical_delta_c"}


def test_repeats_are_averaged(small):
    """A comparator with all the features is the experiment again."""
    protocol = small.under(scheme=conf.scheme("repeated_kfold", n_splits=4, repeats=3, inner_splits=4))
    experiment = small.run(scheme=protocol.scheme)
    twin = Comparator("radiomics", list(small.patients.names), plain=False)
    judged = Judged(experiment.predictions, experiment.metrics)
    table = compare(judged, small.patients, protocol, [twin], {}, Resources()).tables[COMPARATORS]
    assert table["harrell_c"].tolist() == pytest.approx([experiment.metrics["harrell_c"]] * 2, abs=1e-12)
    assert table["delta_c"].tolist() == table["delta_c_low"].tolist() == [0, 0]
    assert np.isfinite(table["harrell_c_low"]).all()
    assert table["n_features"].tolist() == [12, 12]


@pytest.mark.parametrize("group", [None, {"all": ["*"], "late": ["feature 1?"]}])
def test_a_comparator_is_searched_without_the_groups_that_set_it_apart(small, group):
    """`feature 1?` matches none of its features: groups are not searched, all else is."""
    searched = conf.search("optuna", **toys.FEW_TRIALS)
    kfold = conf.scheme("repeated_kfold", n_splits=4, repeats=1, inner_splits=4)
    few = Comparator("radiomics", ["feature 0", "feature 1", "feature 2"], plain=False)
    experiment = small.run(scheme=kfold)
    judged = Judged(experiment.predictions, experiment.metrics)
    protocol = small.under(scheme=kfold, search=searched.model_copy(update={"features": group}))
    table = compare(judged, small.patients, protocol, [few], {}, Resources()).tables[COMPARATORS]
    own = small.run(small.patients.among(few.features), scheme=kfold, search=searched)
    assert table.loc[1, "harrell_c"] == pytest.approx(own.metrics["harrell_c"], abs=1e-12)
    alone = {name: None for name in toys.FEW_TRIALS if name != "trials"}
    groups_only = small.under(scheme=kfold, search=conf.search("optuna", **alone, features=group or {"all": ["*"]}))
    table = compare(judged, small.patients, groups_only, [few], {}, Resources()).tables[COMPARATORS]
    own = small.run(small.patients.among(few.features), scheme=kfold)  # nothing is left to search
    assert table.loc[1, "harrell_c"] == pytest.approx(own.metrics["harrell_c"], abs=1e-12)


def test_the_readings_of_a_comparator_are_those_of_its_features(small):
    reduction = conf.reduction(**toys.REDUCTION, icc=0.8)
    experiment = small.run(reduction=reduction)
    few = Comparator("radiomics", ["feature 9", "feature 2", "feature 0", "feature 11"], plain=False)
    judged = Judged(experiment.predictions, experiment.metrics)
    table = compare(judged, small.patients, small.under(reduction=reduction), [few], {}, Resources()).tables[
        COMPARATORS
    ]
    agreeing = small.run(small.patients.among(["feature 2", "feature 0", "feature 11"]))
    ours = small.run(small.patients.among(few.features), reduction=reduction)
    assert table.loc[1, "harrell_c"] == pytest.approx(ours.metrics["harrell_c"], abs=1e-12)
    assert ours.metrics["harrell_c"] == agreeing.metrics["harrell_c"]  # readings of feature 9 disagree


def test_nothing_compared():
    assert tuple(no_comparison().tables[COMPARATORS]) == COMPARATORS.columns
    assert no_comparison().tables[COMPARATORS].empty
    assert no_comparison().metrics == {}
