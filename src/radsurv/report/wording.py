"""What each metric is called and means, in plain language, and why one may be missing."""

from __future__ import annotations

from typing import NamedTuple

from radsurv.report.experiment import Experiment
from radsurv.report.wording_external import EXTERNAL, KNOWN, TOO_GOOD


class Wording(NamedTuple):
    """A metric's name and its explanation for a reader who is no statistician."""

    label: str
    meaning: str


RESAMPLED = (
    "Patients are resampled with their predictions and nothing is fitted again, so it is too narrow: of 120 simulated"
    " leave-one-out cohorts without any signal, 67 % of such intervals for C held 0.5, not 95 %."
)

MONTE_CARLO = "End of the 95 % interval for what infinitely many repetitions would give."

METRICS = {
    "n_patients": Wording("Patients analysed", "Patients with follow-up and features, each predicted while left out."),
    "n_events": Wording("Events", "Patients who had the event; the others were censored (last seen without it)."),
    "n_excluded": Wording("Patients excluded", "In the table but not analysed; each is named below with the reason."),
    "n_features": Wording("Features offered", "Columns of the feature table before any reduction."),
    "n_folds": Wording("Folds", "Training sets; each has its own reduction, model and threshold."),
    "n_null_folds": Wording(
        "Folds without a model",
        "No feature survived reduction there, or the penalty λ set every coefficient to 0: the left-out patients got risk 0.",
    ),
    "n_short": Wording("Predicted short survivors", "Left-out patients with a risk above their fold's threshold."),
    "n_long": Wording("Predicted long survivors", "All other left-out patients."),
    "harrell_c": Wording(
        "Harrell's C",
        "Of all pairs of patients whose order is known, the share in which the one with the higher predicted risk had"
        " the event first. 0.5 is a coin, 1 is perfect.",
    ),
    "harrell_c_sd": Wording("Harrell's C, spread", "Standard deviation over the repeats of the cross-validation."),
    "kfold_harrell_c": Wording(
        "Harrell's C, 5 times 5-fold",
        "The same pipeline under 5-fold cross-validation, mean of five draws of the folds: without the downward bias of"
        " leave-one-out, from models with a fifth fewer patients.",
    ),
    "kfold_harrell_c_sd": Wording(
        "Harrell's C, 5 times 5-fold, spread",
        "Standard deviation over the five draws. It says how much the draw of the folds matters, nothing of other"
        " patients.",
    ),
    "apparent_c": Wording(
        "Harrell's C, apparent", "Of the model of all patients, on these very patients: too good, by overfitting."
    ),
    "out_of_bag_c": Wording(
        "Harrell's C, out of bag",
        "Mean over the bootstrap samples, each judged by the patients outside of it. A sample holds 63 % of the patients,"
        " so this is a little pessimistic.",
    ),
    "out_of_bag_c_sd": Wording("Harrell's C, out of bag, spread", "Standard deviation over the bootstrap samples."),
    "c_632plus": Wording(
        "Harrell's C, .632+",
        "The two weighed against each other, towards the out-of-bag value the more the models overfit (Efron and"
        " Tibshirani 1997).",
    ),
    "overfitting_rate": Wording(
        "Relative overfitting rate", "0: the apparent C holds outside. 1: outside, nothing is left of it."
    ),
    "harrell_c_low": Wording("Harrell's C, lower limit", f"Lower end of the 95 % bootstrap interval. {RESAMPLED}"),
    "harrell_c_high": Wording("Harrell's C, upper limit", "Upper end of the 95 % bootstrap interval."),
    "log_rank_chi2": Wording("Log-rank χ²", "How far the groups' events are from what equal survival would give."),
    "log_rank_p": Wording(
        "Log-rank P (naive)",
        "The usual two-sided P of the separation. It takes the groups as given beforehand, which cross-validated groups"
        " are not: it has no error guarantee here.",
    ),
    "permutation_p": Wording(
        "Permutation P",
        "The share of repetitions of the whole pipeline on shuffled outcomes that separated the groups at least as"
        " well. This one does hold its error rate.",
    ),
    "permutation_p_low": Wording("Permutation P, lower limit", MONTE_CARLO),
    "permutation_p_high": Wording("Permutation P, upper limit", MONTE_CARLO),
    "permutation_p_hr": Wording(
        "Permutation P of the hazard ratio", "The same repetitions, judged by the hazard ratio."
    ),
    "permutation_p_hr_low": Wording("Permutation P of the hazard ratio, lower limit", MONTE_CARLO),
    "permutation_p_hr_high": Wording("Permutation P of the hazard ratio, upper limit", MONTE_CARLO),
    "permutation_p_c": Wording(
        "Permutation P of Harrell's C",
        "The same repetitions, judged by Harrell's C. It needs no allowance for the bias of C under leave-one-out: the"
        " repetitions have it too.",
    ),
    "permutation_p_c_low": Wording("Permutation P of Harrell's C, lower limit", MONTE_CARLO),
    "permutation_p_c_high": Wording("Permutation P of Harrell's C, upper limit", MONTE_CARLO),
    "permutation_count": Wording(
        "Repetitions", "On shuffled outcomes, as far as they were counted for the permutation P."
    ),
    "permutation_exceeding": Wording(
        "Repetitions that did as well", "Of these, how many separated the groups as well."
    ),
    "hazard_ratio": Wording(
        "Hazard ratio", "How many times as fast events came in the predicted short as in the predicted long survivors."
    ),
    "hazard_ratio_low": Wording("Hazard ratio, lower limit", "Lower end of the 95 % confidence interval."),
    "hazard_ratio_high": Wording("Hazard ratio, upper limit", "Upper end of the 95 % confidence interval."),
    "hazard_ratio_bootstrap_low": Wording(
        "Hazard ratio, lower bootstrap limit", f"Lower end of the 95 % bootstrap interval. {RESAMPLED}"
    ),
    "hazard_ratio_bootstrap_high": Wording(
        "Hazard ratio, upper bootstrap limit", "Upper end of the 95 % bootstrap interval."
    ),
    "uno_c": Wording(
        "Uno's C",
        "Harrell's C with weights that make up for censored patients, up to the last time at which enough are followed."
        " 0.5 is a coin, 1 is perfect.",
    ),
    "mean_auc": Wording(
        "Mean AUC over time",
        "Of two patients, one with the event by some time and one alive beyond it, how often the first had the higher"
        " predicted risk; averaged over times. 0.5 is a coin, 1 is perfect.",
    ),
    "integrated_brier": Wording(
        "Integrated Brier score",
        "Mean squared distance between predicted survival probabilities and what happened, averaged over time. 0 is"
        " perfect.",
    ),
    "integrated_brier_km": Wording(
        "Integrated Brier score, Kaplan-Meier",
        "The same for the survival curve of the training set, which tells every patient the average: what the"
        " predictions have to beat.",
    ),
    "scaled_brier": Wording(
        "Scaled Brier score",
        "How much closer to what happened the predictions are than that curve: 1 is perfect, 0 no better, negative"
        " worse.",
    ),
    "calibration_slope": Wording(
        "Calibration slope",
        "1 if the predicted risks are as far apart as they should be; below 1 too far apart, as overfitted ones are;"
        " 0 if they say nothing; negative if they say the opposite.",
    ),
    "d_calibration_chi2": Wording(
        "D-calibration χ²", "How unevenly the events spread over the predicted survival probabilities."
    ),
    "d_calibration_p": Wording(
        "D-calibration P",
        "A small P says that the predicted probabilities do not hold. A large one does not prove that they do.",
    ),
    "median_selected": Wording("Features kept per fold", "Median number that survived reduction."),
    "median_nonzero": Wording("Features used per fold", "Median number with a non-zero coefficient in the model."),
    "search_flat": Wording(
        "Flat search",
        "1: hyper-parameters were tuned once on all patients, so every number here is too good. 0: inside each training"
        " set.",
    ),
    "inner_draws": Wording("Draws of the inner folds", "The penalty is chosen by their mean curve."),
    "external_known": Wording(
        "Patients whom the model was trained on",
        "As far as ids and features tell. 0: this is an external validation of other patients.",
    ),
    "simulated": Wording("Simulated patients", "1: the patients are made up. 0: they are real."),
}

COMPARED = {
    "clinical": "clinical only",
    "volume": "volume only",
    "radiomics": "radiomics only",
    "deep": "deep only",
    "combined": "radiomics + deep",
    "combined_clinical": "radiomics + deep + clinical",
}
METRICS |= {
    f"comparator_{name}_c": Wording(f"Harrell's C, {said}", "Of a model with these features alone, on the same folds.")
    for name, said in COMPARED.items()
}
METRICS |= {
    f"comparator_{name}_delta_c": Wording(
        f"Difference in C to {said}", "C of this experiment minus that of the other: above 0 this experiment is better."
    )
    for name, said in COMPARED.items()
}
METRICS |= {
    f"inner_draws_{name}_{end}": Wording(
        f"{METRICS[name].label}, {end} over draws", f"The {end} that a single draw of the inner folds would have given."
    )
    for name in ("harrell_c", "log_rank_p", "hazard_ratio")
    for end in ("least", "greatest")
}

LEAVE_ONE_OUT_CAVEAT = (
    "Under leave-one-out the C is biased downwards: without the left-out patient the training set leans the other way,"
    " so with no signal at all it falls below 0.5 rather than on it. Compare 5 times 5-fold cross-validation."
)
REPEATED = " Over repeats: the mean; of ratios the geometric mean, of P values and χ² the median."


def meaning(name: str, experiment: Experiment) -> str:
    """What a metric says, under the validation scheme of this experiment."""
    if experiment.external:
        warning = KNOWN.format(experiment.n_known) if experiment.n_known and name in TOO_GOOD else ""
        return f"{warning} {_wording(name, experiment).meaning}".strip()
    known = _wording(name, experiment).meaning
    if name == "harrell_c" and experiment.setting("validation.scheme") == "loocv":
        return f"{known} {LEAVE_ONE_OUT_CAVEAT}"
    if name in ("harrell_c", "hazard_ratio", "log_rank_p") and experiment.n_repeats > 1:
        return known + REPEATED
    return known


def label(name: str, experiment: Experiment) -> str:
    """A metric's name in words."""
    return _wording(name, experiment).label


def _wording(name: str, experiment: Experiment) -> Wording:
    if experiment.external and name in EXTERNAL:
        return Wording(*EXTERNAL[name])
    return METRICS.get(name, Wording(name.replace("_", " "), ""))


def why_missing(name: str, experiment: Experiment) -> str:
    """The reason that a stage gave for a metric without a value, or what the predictions show."""
    for stage in experiment.stages.values():
        if name in stage.get("reasons", {}):
            return str(stage["reasons"][name])
    if experiment.predictions is None:
        return "the run made no predictions"
    if experiment.null:
        return "no model tells patients apart, so there is only one group"
    predictions = experiment.first_repeat()
    if not predictions["event"].any():
        return "no patient had an event"
    if predictions["group"].nunique() < 2:
        return f"every patient was predicted a {predictions['group'].iloc[0]} survivor: there is nothing to compare"
    if not predictions.groupby("group")["event"].any().all():
        return "one of the groups has no event"
    return "it could not be computed; see the notes of the stages"
