"""What images add, on the page and at its top."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import PERMUTATIONS
from radsurv.report.evidence import Added, Evidence
from radsurv.report.html import render
from radsurv.report.page.added_value import AddedValue
from radsurv.report.rules import added_value, images_add, in_short

FOUND = {
    "harrell_c": 0.7, "uno_c": 0.69, "mean_auc": None, "integrated_brier": 0.18,
    "added_value_delta_c": 0.05, "added_value_delta_c_low": -0.01, "added_value_delta_c_high": 0.11,
    "added_value_p": 0.012, "added_value_p_low": 0.006, "added_value_p_high": 0.021,
    "added_value_count": 1000, "added_value_exceeding": 11,
    "added_value_lr_chi2": 7.8455, "added_value_delta_uno_c": 0.04, "added_value_delta_brier": -0.02, "added_value_delta_mean_auc": None,
}  # fmt: skip


def test_the_numbers_of_both_models(load, metrics, config):
    given = config.model_copy(update={"cohort": config.cohort.model_copy(update={"covariates": ["age", "sex"]})})
    experiment = load(metrics=metrics | FOUND, config=given)
    section = AddedValue.of(experiment)
    assert [(row.alone, row.together, row.difference) for row in section.rows] == [
        ("0.650", "0.700", "+0.050"), ("0.650", "0.690", "+0.040"), ("–", "–", "–"), ("0.200", "0.180", "−0.020"),
    ]  # fmt: skip
    page = " ".join(render(experiment).replace("\xa0", " ").split())
    assert "age, sex alone" in page
    assert "repeated 1,000 times with the images of other patients, while" in page
    assert "in 11 of these" in page
    assert "adds a likelihood ratio of χ² 7.8 (one degree of freedom" in page
    assert (
        page.count(
            "difference of C +0.050 (−0.010 to +0.110, of these patients and models), P = .012 with images shuffled among patients."
        )
        == 2
    )
    assert "these limits are too narrow, and no test" in page
    assert "The limits of C are of these patients and these models; <code>significance.refits=200</code> gives" in page
    refits = {"added_value_delta_c_refit_low": -0.08, "added_value_delta_c_refit_high": 0.18}
    refits |= {"harrell_c_refit_low": 0.55, "harrell_c_refit_high": 0.85}
    again = " ".join(render(load(metrics=metrics | FOUND | refits, config=given)).replace("\xa0", " ").split())
    assert again.count("difference of C +0.050 (−0.080 to +0.180 over refits), P = .012") == 2
    assert "−0.080 to +0.180 over refits of both models on resampled patients" in again
    assert "The limits of C are" not in again
    assert AddedValue.of(load(metrics=metrics)) is None


def test_what_is_claimed():
    evidence = Evidence(p=0.001, c=0.7, added=Added(delta=0.05, low=-0.01, high=0.11, p=0.012))
    assert added_value(evidence).startswith("The images add to the covariates: difference of C +0.050")
    assert in_short(evidence)[0] == added_value(evidence)
    assert images_add(replace(evidence, with_clinical=True)) == ""
    for weak in (Added(delta=0.05, p=0.05), Added(delta=-0.01, p=0.01)):
        assert added_value(replace(evidence, added=weak)).startswith(
            "The images are not shown to add to the covariates"
        )
    inside = replace(evidence, added=Added(delta=0.05, p=0.01, within_sites=True))
    assert added_value(inside).endswith("images shuffled within sites.")
    assert added_value(replace(evidence, flat=True)).startswith("It is doubtful whether the images add")
    assert added_value(Evidence()) == ""


@pytest.mark.parametrize("covariates", [[], ["age"]])
def test_the_other_p_says_which_null_it_tests(load, metrics, config, covariates):
    given = config.model_copy(update={"cohort": config.cohort.model_copy(update={"covariates": covariates})})
    table = pd.DataFrame(np.arange(80.0).reshape(20, 4), columns=list(PERMUTATIONS.columns))
    page = render(load(metrics=metrics, config=given, permutations=table))
    assert ("covariates and images together" in page) == bool(covariates)
