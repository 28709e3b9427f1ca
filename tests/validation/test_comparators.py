"""Simpler models on the same folds, and paired differences."""

import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import check_outcome
from radsurv.validation.bootstrap_interval import bootstrap_interval
from radsurv.validation.comparators import Comparator, choose_comparators, comparator_metrics, compare
from radsurv.validation.cross_validate import cross_validate

ALL = ["clinical", "volume", "radiomics", "deep", "combined", "combined_clinical"]
KINDS = {"shape_Volume": "radiomics", "glcm_Energy": "radiomics", "vgg19_fc1_0000": "deep", "clinical_age": "clinical"}
IMAGES = ["shape_Volume", "glcm_Energy", "vgg19_fc1_0000"]


def features(comparators):
    return {one.name: one.features for one in comparators}


def test_what_each_comparator_is_made_of():
    found, reasons = choose_comparators(ALL, KINDS, IMAGES)
    assert features(found) == {
        "clinical": ["clinical_age"],
        "volume": ["shape_Volume"],
        "radiomics": IMAGES[:2],
        "deep": IMAGES[2:],
        "combined_clinical": [*IMAGES, "clinical_age"],
    }
    assert [one.name for one in found if one.plain] == ["clinical", "volume"]
    assert reasons == {"combined": "the features of the experiment itself"}


def test_an_experiment_with_covariates_is_held_against_one_without():
    found, reasons = choose_comparators(ALL, KINDS, ["clinical_age", *IMAGES])
    assert features(found)["combined"] == IMAGES
    assert reasons == {"combined_clinical": "the features of the experiment itself"}


def test_what_there_is_not_has_a_reason():
    kinds = {"original_shape_MeshVolume": "radiomics", "x": "radiomics"}
    found, reasons = choose_comparators(ALL, kinds, ["x"])
    assert features(found) == {"volume": ["original_shape_MeshVolume"], "radiomics": list(kinds)}
    assert reasons == {
        "clinical": "there are no clinical features",
        "deep": "there are no deep features",
        "combined": "the same features as radiomics",
        "combined_clinical": "there are no clinical features",
    }
    assert choose_comparators(["volume"], {"x": "radiomics"}, [])[1] == {"volume": "there are no volume features"}


@pytest.fixture(scope="module")
def compared(small):
    """All features, against the first two by a plain Cox regression, against nothing that can be trained."""
    experiment = cross_validate(**small.data, **small.options)
    simple = Comparator("clinical", ["feature 0", "feature 1"], plain=True)
    broken = Comparator("deep", ["feature 5"], plain=False)

    def run(comparator):
        if comparator.name == "deep":
            raise TrainingSetError("cannot be trained")
        data = {**small.data, "table": small.data["table"][:, :2], "feature_names": comparator.features}
        keep_all = ReductionConfig(mad=None, cindex=0.5, pearson=1.0)
        return cross_validate(**data, **{**small.options, "model": ModelConfig(name="cox"), "reduction": keep_all})

    table = compare(experiment, [simple, broken], run, {"volume": "there is none"}, seed=5)
    return experiment, run(simple), table.set_index("comparator"), table


def test_concordance_and_difference_of_each_model(small, compared):
    experiment, simple, table, _ = compared
    for name, result in (("experiment", experiment), ("clinical", simple)):
        expected = concordance_index_censored(small.data["event"], small.data["time"], result.predictions["risk"])[0]
        assert table.loc[name, "harrell_c"] == pytest.approx(expected, abs=1e-12)
    gap = table.loc["experiment", "harrell_c"] - table.loc["clinical", "harrell_c"]
    assert table.loc["clinical", "delta_c"] == gap != 0
    assert table.loc["experiment", ["delta_c", "delta_c_low", "delta_c_high"]].tolist() == [0, 0, 0]
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


def test_models_that_there_are_not_stay_in_the_table_with_their_reason(compared):
    _, _, table, whole = compared
    assert table["reason"].to_dict() == {
        "experiment": "", "clinical": "", "volume": "there is none", "deep": "cannot be trained",
    }  # fmt: skip
    assert table.loc[["volume", "deep"], ["harrell_c", "delta_c"]].isna().all(axis=None)
    assert set(comparator_metrics(whole)) == {"comparator_clinical_c", "comparator_clinical_delta_c"}


def test_repeats_are_averaged(small):
    validation = ValidationConfig(scheme="repeated_kfold", n_splits=4, repeats=3, inner_splits=4)
    options = {**small.options, "validation": validation}
    experiment = cross_validate(**small.data, **options)
    twin = Comparator("radiomics", ["x"], plain=False)
    table = compare(experiment, [twin], lambda _: experiment, {}, seed=0)
    assert table["harrell_c"].tolist() == pytest.approx([experiment.metrics["harrell_c"]] * 2, abs=1e-12)
    assert table["delta_c_low"].tolist() == [0, 0]
    assert np.isfinite(table["harrell_c_low"]).all()
