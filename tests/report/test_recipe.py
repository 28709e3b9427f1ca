"""The page says that a run follows the paper, and in what it does not, of every recipe and of no other run."""

import pytest

from radsurv.report.header import header
from radsurv.report.recipe import PAPER, recipe_note

PAPERS = "experiment=han2020_data{}"


@pytest.mark.parametrize("data", [1, 2, 3])
def test_a_recipe_is_not_the_paper(configured, data):
    said = recipe_note(configured(PAPERS.format(data)))
    assert said == (
        f"The settings follow {PAPER}, except for these: VGG-19 has the weights of torchvision, the paper those of Keras; images are"
        " prepared as those weights expect, the paper's as Keras did."
    )


def test_with_the_papers_weights_there_is_no_exception(configured):
    said = recipe_note(configured(PAPERS.format(1), "backbone.weights=/keras.pt", "backbone.preprocess=keras_caffe"))
    assert said == f"The settings follow {PAPER}. The patients are those of this cohort."


@pytest.mark.parametrize(
    "other",
    [
        *("reduction.cindex=0.6", "reduction.icc=0.75", "reduction.orientation=literal", "reduction.pearson=null"),
        *("model.alpha=0.5", "model.lambda_rule=1se", "search=optuna"),
        *("validation=repeated_kfold", "validation.inner=nested", "validation.inner_splits=5"),
        *("backbone.layers=[fc1]", "backbone=none", "radiomics=none", "radiomics=ibsi"),
        *("quantization.scales=[native]", "quantization.outlier_sd=null"),
        *("patch.sections=3", "patch.size=128", "patch=tumour_only"),
        *("transforms=combat", "cohort.features=f.csv", "cohort.covariates=[age,sex]"),
    ],
)
def test_other_settings_are_not_the_papers(configured, other):
    assert recipe_note(configured()) == ""
    further = ["roi.perturbations=1"] if other.startswith("reduction.icc") else []
    assert recipe_note(configured(PAPERS.format(1), *further)) != ""
    assert recipe_note(configured(PAPERS.format(1), other, *further)) == ""


@pytest.mark.parametrize(
    "same",
    [
        *("cohort.time_unit=months", "cohort.mask_label=2", "cohort.select={sequence: [SE]}", "cohort.min_patients=30"),
        *("model.path=until_minimum", "backbone.batch_size=4", "validation.horizons=[365]", "seed=1"),
        *("comparison=none", "significance=naive", "attribution=none"),
    ],
)
def test_the_cohort_and_what_is_looked_at_besides_are_free(configured, same):
    assert recipe_note(configured(PAPERS.format(1), same)).startswith("The settings follow Han et al.")


def test_the_header_has_it_and_the_name_is_the_cohorts(load, configured):
    top = header(load(config=configured(PAPERS.format(1), "cohort.name=hospital")))
    assert top.cohort == "hospital"
    assert dict((step.name, step.said) for step in top.steps)["Recipe"].startswith("The settings follow Han et al.")
    assert "Recipe" not in {step.name for step in header(load()).steps}
