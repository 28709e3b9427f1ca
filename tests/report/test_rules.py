"""What 'In short' says of five runs, by hand; no sentence goes against the numbers, nor against the sections below."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import COMPARATORS
from radsurv.report import rules
from radsurv.report.evidence import Evidence, OnTop, Simpler
from radsurv.report.html import render
from radsurv.report.page.headline import Headline
from radsurv.report.rules import Verdict, flags, in_short, verdict


def comparators(*rows):
    """A table by hand: name, C and its limits, difference and its limits; what is gained on clinical variables, with limits."""
    columns = ["comparator", "harrell_c", "harrell_c_low", "harrell_c_high", "delta_c", "delta_c_low", "delta_c_high"]
    width = max(map(len, rows))
    columns = [*columns, "gain_c", "gain_c_low", "gain_c_high"][:width]
    rows = [(*row, *[np.nan] * (width - len(row))) for row in rows]
    table = pd.DataFrame(rows, columns=columns).assign(lacking="").reindex(columns=list(COMPARATORS.columns))
    return table.assign(features="made up", reason="", n_features=1.0, n_null_folds=0.0)


@pytest.fixture
def headline(load, metrics):
    """The section of a run with some metrics, its text without line breaks that do not break."""

    def make(*, table=None, config=None, **changes) -> Headline:
        parts = {"comparators": table, "config": config}
        experiment = load(metrics=metrics | changes, **{name: part for name, part in parts.items() if part is not None})
        page = render(experiment).replace("\xa0", " ")
        section = Headline.of(experiment)
        assert section.sentence.replace("\xa0", " ").split(".")[0] in page
        return section

    return make


def lead(section) -> str:
    return section.lead.replace("\xa0", " ")


def test_a_null_cohort_that_passes_its_permutation_test(headline):
    section = headline(
        harrell_c=0.70, harrell_c_low=0.61, harrell_c_high=0.79, permutation_p=0.015, kfold_harrell_c=0.52,
        kfold_harrell_c_sd=0.03, calibration_slope=0.22, scaled_brier=-0.08, n_null_folds=0,
    )  # fmt: skip
    assert lead(section) == (
        "It is doubtful whether it predicts: permutation P = .015, C 0.700 in leave-one-out (0.610 to 0.790, of these patients and"
        " models), 0.520 in 5 × 5-fold (SD 0.030), calibration slope 0.22 (1 is right), scaled Brier score −0.08 (0 is the average)."
    )
    assert len(section.flags) == 3
    assert section.flags[0] == "The schemes disagree: C is 0.700 in leave-one-out, 0.520 in 5 × 5-fold."
    assert "0.22 where 1 is right" in section.flags[1]
    assert "8\xa0% higher" in section.flags[2]
    assert "chance alone rarely" not in section.sentence
    assert "But what is listed above speaks against it." in section.sentence


def test_limits_over_refits_stand_in_the_place_of_those_of_fixed_predictions(headline):
    found = {
        "harrell_c": 0.70, "harrell_c_low": 0.61, "harrell_c_high": 0.79, "hazard_ratio": 2.5, "hazard_ratio_low": 1.5,
        "hazard_ratio_high": 4.0,
    }  # fmt: skip
    refits = {
        "harrell_c_refit_low": 0.49, "harrell_c_refit_high": 0.91, "hazard_ratio_refit_low": 0.8, "hazard_ratio_refit_high": 7.8,
    }  # fmt: skip
    fixed, refitted = headline(**found), headline(**found, **refits)
    assert "C 0.700 in leave-one-out (0.610 to 0.790, of these patients and models)" in lead(fixed)
    assert "C 0.700 in leave-one-out (0.490 to 0.910 over refits)" in lead(refitted)
    assert [tile.detail for tile in refitted.tiles[:2]] == [
        "95 % CI 0.80–7.80 over refits", "95 % limits 0.490 to 0.910 over refits; 0.5 is a coin, 1 is perfect",
    ]  # fmt: skip
    assert [tile.detail for tile in fixed.tiles[:2]] == ["95 % CI 1.50–4.00", "0.5 is a coin, 1 is perfect"]
    assert (refitted.refitted, refitted.ratio_refitted, fixed.refitted, fixed.ratio_refitted) == (
        True,
        True,
        False,
        False,
    )


def test_age_sex_and_grade_do_it(headline):
    table = comparators(
        ("experiment", 0.505, 0.41, 0.60, 0.0, 0.0, 0.0),
        ("clinical", 0.81, 0.74, 0.87, -0.305, -0.43, -0.18),
        ("volume", 0.52, 0.42, 0.61, -0.015, -0.15, 0.12),
        ("combined_clinical", 0.79, 0.71, 0.86, -0.285, -0.41, -0.16, -0.02, -0.062, 0.021),
    )
    section = headline(table=table, harrell_c=0.505, permutation_p=0.45, kfold_harrell_c=0.51, n_null_folds=0)
    assert lead(section) == (
        "It is not shown to predict: permutation P = .450, C 0.505 in leave-one-out, 0.510 in 5 × 5-fold."
        " It does worse than the clinical variables alone (C 0.810; difference −0.305, −0.430 to −0.180)."
        " It is not shown to do better than the volume alone (made up; C 0.520; difference −0.015, −0.150 to +0.120)."
        " The images are not shown to add to the clinical variables: C 0.790 with both, 0.810 without images"
        " (difference −0.020, −0.062 to +0.021)."
    )
    assert section.flags == ()


def test_the_demo_whose_radiomics_beat_the_combination(headline):
    table = comparators(
        ("experiment", 0.673, 0.579, 0.772, 0.0, 0.0, 0.0),
        ("clinical", 0.448, 0.352, 0.556, 0.226, 0.083, 0.355),
        ("volume", 0.485, 0.378, 0.576, 0.189, 0.048, 0.330),
        ("radiomics", 0.713, 0.621, 0.801, -0.040, -0.112, 0.039),
        ("deep", 0.628, 0.515, 0.732, 0.045, -0.010, 0.116),
        ("combined_clinical", 0.673, 0.579, 0.772, 0.0, 0.0, 0.0, 0.226, 0.083, 0.355),
    )
    section = headline(
        table=table, harrell_c=0.673, harrell_c_low=0.579, harrell_c_high=0.772, permutation_p=0.014,
        kfold_harrell_c=0.716, kfold_harrell_c_sd=0.025, calibration_slope=0.79, scaled_brier=0.163, n_null_folds=0,
    )  # fmt: skip
    assert lead(section) == (
        "It predicts better than chance: permutation P = .014, C 0.673 in leave-one-out (0.579 to 0.772, of these patients and models),"
        " 0.716 in 5 × 5-fold (SD 0.025), calibration slope 0.79 (1 is right), scaled Brier score 0.16 (0 is the average)."
        " It does better than the clinical variables alone (C 0.448; difference +0.226, +0.083 to +0.355) and the volume alone"
        " (made up; C 0.485; difference +0.189, +0.048 to +0.330)."
        " Radiomics alone had a higher C than this experiment: 0.713 against 0.673 (difference −0.040, −0.112 to +0.039)."
    )
    assert section.flags == ()
    assert "chance alone rarely separates" in section.sentence


@pytest.mark.parametrize(
    ("limits", "p", "said"),
    [
        ((0.012, 0.148), 0.01, "The images add to the clinical variables"),
        ((-0.021, 0.148), 0.01, "The images are not shown to add to the clinical variables"),
        ((-0.021, 0.148), 0.30, "The images are not shown to add to the clinical variables"),
        ((0.012, 0.148), 0.30, ""),
    ],
)
def test_images_on_top_of_clinical_variables_have_limits(headline, configured, limits, p, said):
    """The experiment has both, so that its difference to the clinical variables is what the images add; said once."""
    table = comparators(
        ("experiment", 0.71, 0.61, 0.80, 0.0, 0.0, 0.0),
        ("clinical", 0.63, 0.53, 0.72, 0.08, *limits),
        ("volume", 0.60, 0.50, 0.70, 0.11, -0.02, 0.23),
    )
    found = headline(
        table=table, config=configured("cohort.covariates=[age]"), harrell_c=0.71, permutation_p=p, n_null_folds=0
    )
    ends = " to ".join(f"{end:+.3f}".replace("-", "−") for end in limits)
    gain = f" {said}: C 0.710 with both, 0.630 without images (difference +0.080, {ends})." if said else ""
    beside = (
        " It is not shown to do better than the volume alone (made up; C 0.600; difference +0.110, −0.020 to +0.230)."
    )
    assert lead(found).partition(" in leave-one-out.")[2] == beside + gain


def test_images_on_top_of_clinical_variables_by_a_model_of_both():
    simpler = {"clinical": Simpler(c=0.62, delta=0.02, delta_low=-0.08, delta_high=0.1)}
    evidence = Evidence(p=0.01, c=0.64, simpler=simpler, on_top=OnTop(c=0.70, gain=0.08, low=0.01, high=0.15))
    assert rules.images_add(evidence) == (
        "The images add to the clinical variables: C 0.700 with both, 0.620 without images (difference +0.080, +0.010 to +0.150)."
    )
    assert rules.images_add(replace(evidence, p=0.4)) == ""  # nothing is shown to predict, so no advantage is claimed
    unclear = replace(evidence, p=0.4, on_top=OnTop(c=0.70, gain=0.08, low=-0.01, high=0.15))
    assert "are not shown to add to the clinical variables" in rules.images_add(unclear)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ((), {"combined_clinical"}),
        (("backbone=none",), {"combined_clinical", "radiomics_clinical"}),
        (("cohort.features=a.csv",), {"combined_clinical", "radiomics_clinical"}),
        (("radiomics=none",), {"combined_clinical", "deep_clinical"}),
    ],
)
def test_a_model_of_all_images_and_clinical_variables_is_one_by_whatever_name_it_was_compared(
    load, configured, options, names
):
    """With images of one kind the others of its names are the same model, which is compared once, under the first that was asked for."""
    for name in ("radiomics_clinical", "deep_clinical", "combined_clinical", "volume_clinical"):
        table = comparators(
            ("experiment", 0.64, 0.5, 0.8, 0.0, 0.0, 0.0),
            ("clinical", 0.62, 0.5, 0.7, 0.02, -0.08, 0.1, 0.0, 0.0, 0.0),
            (name, 0.70, 0.6, 0.8, -0.06, -0.1, 0.1, 0.08, 0.01, 0.15),
        )
        found = Evidence.of(load(comparators=table, config=configured(*options))).on_top
        assert found == (OnTop(c=0.70, gain=0.08, low=0.01, high=0.15) if name in names else None)


def test_images_that_do_harm_beside_clinical_variables():
    worse = {"clinical": Simpler(c=0.81, delta=-0.1, delta_low=-0.18, delta_high=-0.02)}
    assert rules.images_add(Evidence(c=0.71, with_clinical=True, simpler=worse)) == (
        "The images take away from the clinical variables: C 0.710 with both, 0.810 without images"
        " (difference −0.100, −0.180 to −0.020)."
    )


def test_which_volume_it_is_stands_beside_its_numbers():
    """In the table of comparators, so not where a run has only metrics; what the clinical variables are is their name."""
    level = {"c": 0.6, "delta": 0.0, "made_of": "Cox regression on the volume of the whole outline"}
    said = rules.beside_simple(Evidence(simpler={"clinical": Simpler(**level), "volume": Simpler(**level)}))
    assert said == (
        "It is not shown to do better than the clinical variables alone (C 0.600; difference +0.000) and the volume alone (Cox"
        " regression on the volume of the whole outline; C 0.600; difference +0.000)."
    )
    unknown = Evidence(simpler={"volume": Simpler(c=0.6, delta=0.0)})
    assert rules.beside_simple(unknown).endswith("the volume alone (C 0.600; difference +0.000).")


def test_a_search_whose_folds_are_mostly_null(headline):
    section = headline(harrell_c=0.58, permutation_p=0.03, n_folds=10, n_null_folds=6)
    assert lead(section).startswith("It is doubtful whether it predicts: permutation P = .030, C 0.580")
    assert section.flags == ("6 of 10 folds have no model: the pipeline rarely finds anything.",)
    unlikely = headline(harrell_c=0.58, permutation_p=0.3, n_folds=10, n_null_folds=6)
    assert lead(unlikely).startswith("It is not shown to predict")
    assert unlikely.flags == section.flags
    assert lead(headline(n_folds=10, n_null_folds=2, permutation_p=0.01)).endswith("2 of 10 folds have no model.")


def test_a_bootstrap_that_overfits(headline):
    section = headline(
        harrell_c=0.55, n_folds=200, n_null_folds=0, apparent_c=0.755, out_of_bag_c=0.528, out_of_bag_c_sd=0.07,
        c_632plus=0.55, overfitting_rate=0.89, permutation_p=None,
    )  # fmt: skip
    assert lead(section).startswith("It is doubtful whether it predicts: C 0.550")
    assert section.flags == (
        "The relative overfitting rate is 0.89. The apparent C of 0.755 does not hold outside (out of bag: 0.528).",
    )
    assert section.figure is not None
    assert not section.compared


def test_the_heading_of_the_red_box_holds_for_every_flag(load, metrics, configured):
    """That the hyper-parameters were tuned on everybody is no number that does not go with another."""
    flat = metrics | {"search_flat": 1, "permutation_p": 0.01}
    page = " ".join(render(load(config=configured("search=flat"), metrics=flat)).split())
    assert (
        "<strong>What speaks against these numbers:</strong> <ul> <li>Hyper-parameters were tuned on the very patients"
        in page
    )
    assert "go together" not in page
    assert "rarely. But what is listed above speaks against it." in page


@pytest.mark.parametrize("compared", [True, False])
def test_better_and_worse_are_explained_where_something_was_compared(load, metrics, compared):
    table = comparators(("experiment", 0.67, 0.5, 0.8, 0.0, 0.0, 0.0), ("volume", 0.6, 0.4, 0.7, 0.07, -0.1, 0.2))
    page = render(load(metrics=metrics | {"kfold_harrell_c": 0.66}, **({"comparators": table} if compared else {})))
    assert 'class="figure forest"' in page
    assert ("What is said above of simpler models goes by the limits" in page) == compared


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"p": 0.04}, Verdict.SHOWN),
        ({"p": 0.05}, Verdict.NOT_SHOWN),
        ({}, Verdict.UNTESTED),
        ({"p": 0.04, "slope": 0.49}, Verdict.DOUBTFUL),
        ({"p": 0.04, "slope": 0.5}, Verdict.SHOWN),
        ({"p": 0.20, "slope": 0.1}, Verdict.NOT_SHOWN),
        ({"p": 0.04, "c": 0.6, "kfold_c": 0.549}, Verdict.DOUBTFUL),
        ({"p": 0.04, "c": 0.54, "kfold_c": 0.61}, Verdict.DOUBTFUL),
        ({"p": 0.04, "c": 0.599, "kfold_c": 0.50}, Verdict.SHOWN),
        ({"p": 0.04, "scaled_brier": -0.004}, Verdict.SHOWN),
        ({"p": 0.04, "scaled_brier": -0.006}, Verdict.DOUBTFUL),
        ({"p": 0.04, "overfitting": 0.5}, Verdict.DOUBTFUL),
        ({"p": 0.04, "flat": True}, Verdict.DOUBTFUL),
        ({"p": 0.04, "n_folds": 10, "n_null_folds": 5}, Verdict.DOUBTFUL),
        ({"p": 0.04, "n_folds": 10, "n_null_folds": 4}, Verdict.SHOWN),
    ],
)
def test_verdict(changes, expected):
    assert verdict(Evidence(**changes)) is expected


@pytest.mark.parametrize("p", [None, 0.2, 0.01])
def test_an_advantage_is_claimed_only_of_what_predicts(p):
    ahead = {"clinical": Simpler(c=0.5, delta=0.2, delta_low=0.1, delta_high=0.3)}
    said = " ".join(in_short(Evidence(p=p, c=0.7, simpler=ahead)))
    assert ("does better than the clinical variables" in said) == (p == 0.01)


def test_without_limits_small_differences_are_none():
    for delta, standing in (
        (0.019, rules.Standing.LEVEL),
        (0.021, rules.Standing.AHEAD),
        (-0.021, rules.Standing.BEHIND),
    ):
        assert rules.standing(Simpler(c=0.6, delta=delta)) is standing


def test_without_any_model_there_is_no_verdict_but_what_others_reach():
    better = {"clinical": Simpler(c=0.81, delta=-0.31, delta_low=-0.4, delta_high=-0.2)}
    said = in_short(Evidence(null=True, c=0.5, n_folds=5, n_null_folds=5, simpler=better))
    assert said == ["It does worse than the clinical variables alone (C 0.810; difference −0.310, −0.400 to −0.200)."]


def test_patients_of_the_training_set_get_neither_verdict_nor_flag(load, metrics, configured):
    config = configured("validation=external", "validation.model=A/model.json")
    section = Headline.of(load(metrics=metrics | {"external_known": 3, "permutation_p": 0.01}, config=config))
    assert (section.lead, section.flags) == ("", ())


def test_no_flag_without_numbers():
    assert flags(Evidence()) == ()
    assert in_short(Evidence()) == []
