"""The metrics of a run: what each is called, what kind of number it is, and what it means to a reader who is no statistician."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product


class Kind(Enum):
    """What a number is: how it is printed, and how its values in several repeats become one."""

    COUNT = "count"
    FLAG = "flag"  # 0 or 1
    CONCORDANCE = "concordance"  # of pairs; also its limits, spread and differences
    RATIO = "ratio"
    P = "P"
    CHI2 = "χ²"
    NUMBER = "number"


class Pooling(Enum):
    """How the values of a metric in several repeats become one."""

    MEAN = "mean"
    GEOMETRIC_MEAN = "geometric mean"
    MEDIAN = "median"  # a mean of P values has no meaning


POOLING = {Kind.RATIO: Pooling.GEOMETRIC_MEAN, Kind.P: Pooling.MEDIAN, Kind.CHI2: Pooling.MEDIAN}


@dataclass(frozen=True)
class Metric:
    """One number of ``metrics.json``.

    Attributes
    ----------
    key
        Its name there.
    kind
        What kind of number it is.
    label, meaning
        Its name in words, and one or two sentences.
    external_label, external_meaning
        The same where a finished model is applied to other patients; as ever if left out.
    unpenalised_meaning
        The same for models without a penalty; as ever if left out.
    void_if_known
        Whether it means nothing where that model was trained on the patients whom it predicts.
    per_repeat
        Whether every repeat of a cross-validation has a value of its own, so that this one is pooled.
    of_coefficients
        Whether it means nothing for models without coefficients.
    """

    key: str
    kind: Kind
    label: str
    meaning: str
    external_label: str | None = None
    external_meaning: str | None = None
    unpenalised_meaning: str | None = None
    void_if_known: bool = False
    per_repeat: bool = False
    of_coefficients: bool = False

    @property
    def pooling(self) -> Pooling:
        """How its values in several repeats become one."""
        return POOLING.get(self.kind, Pooling.MEAN)


# Labels of the models that an experiment is held against.
COMPARED = {
    "clinical": "clinical only",
    "volume": "volume only",
    "volume_clinical": "volume + clinical",
    "radiomics": "radiomics only",
    "radiomics_clinical": "radiomics + clinical",
    "deep": "deep only",
    "deep_clinical": "deep + clinical",
    "combined": "radiomics + deep",
    "combined_clinical": "radiomics + deep + clinical",
}

_RESAMPLED = (
    "Of these patients and these models: patients are resampled with their predictions and nothing is fitted again, so it is too"
    " narrow: of 120 simulated leave-one-out cohorts without any signal, 67 % of such intervals for C held 0.5, not 95 %."
    " significance.refits gives limits that hold what was learned as well."
)
_REFITTED = (
    "of what the whole procedure reaches, trained on about as many patients, on new patients of this kind: the standard deviation over"
    " refits on resampled patients, put about what was found. On simulated"
    " cohorts of 50 to 300 patients such limits for C held it in 93 to 100 % (docs/statistics.md): of few patients about right, of more"
    " rather too wide."
)
_RESAMPLED_EXTERNAL = (
    "Patients are resampled with their predictions. The model is finished, so nothing else could vary: the interval says what"
    " other patients of this kind would give."
)
_LOWER, _UPPER = "Lower end of the 95 % bootstrap interval.", "Upper end of the 95 % bootstrap interval."
_NOGUEIRA = "End of the 95 % confidence interval over bootstrap samples."
_MONTE_CARLO = "End of the 95 % interval for what infinitely many repetitions would give."
_SAME_SHUFFLES = "The same shuffles, judged by {}."


def _limits(
    key: str, kind: Kind, label: str, meanings: tuple[str, str], external_low: str | None = None
) -> tuple[Metric, Metric]:
    return (
        Metric(f"{key}_low", kind, f"{label}, lower limit", meanings[0], external_meaning=external_low),
        Metric(f"{key}_high", kind, f"{label}, upper limit", meanings[1]),
    )


def _refit_limits(key: str, kind: Kind, label: str) -> tuple[Metric, Metric]:
    return (
        Metric(f"{key}_refit_low", kind, f"{label}, lower limit over refits", f"Lower 95 % limit {_REFITTED}"),
        Metric(f"{key}_refit_high", kind, f"{label}, upper limit over refits", "Upper 95 % limit of the same."),
    )


_COUNTED = (
    Metric(
        "n_patients", Kind.COUNT, "Patients analysed", "Patients with follow-up and features, each predicted while left out.",
        external_meaning="Patients with follow-up and every feature that the model uses.",
    ),
    Metric("n_events", Kind.COUNT, "Events", "Patients who had the event; the others were censored (last seen without it)."),
    Metric(
        "n_competing_events", Kind.COUNT, "Events of other causes",
        "Patients whose follow-up ended by another cause than cohort.event_of_interest. They are censored at that time in training and"
        " in every metric.",
    ),
    Metric(
        "n_features", Kind.COUNT, "Features offered", "Columns of the feature table before any reduction.",
        external_meaning="Columns of the feature table on which the model was trained.",
    ),
    Metric(
        "n_folds", Kind.COUNT, "Folds", "Training sets; each has its own reduction, model and threshold.",
        external_meaning="1: the model that was applied. Nothing was trained here.",
    ),
    Metric(
        "n_null_folds", Kind.COUNT, "Folds without a model",
        "No feature survived reduction there, or the penalty λ set every coefficient to 0: the left-out patients got risk 0.",
        external_meaning="1: the model uses no feature, so everybody got the risk 0.",
        unpenalised_meaning="No feature survived reduction there: the left-out patients got risk 0.",
    ),
    Metric(
        "n_short", Kind.COUNT, "Predicted short survivors", "Left-out patients with a risk above their fold's threshold.",
        external_meaning="Patients with a risk above the model's threshold, the median of its own patients.",
        per_repeat=True,
    ),
    Metric(
        "n_long", Kind.COUNT, "Predicted long survivors", "All other left-out patients.",
        external_meaning="All other patients.",
        per_repeat=True,
    ),
)  # fmt: skip

_SEPARATION = (
    Metric(
        "harrell_c", Kind.CONCORDANCE, "Harrell's C",
        "Of all pairs of patients whose order is known, the share in which the one with the higher predicted risk had"
        " the event first. 0.5 is a coin, 1 is perfect.",
        void_if_known=True,
    ),
    Metric(
        "harrell_c_within_sites", Kind.CONCORDANCE, "Harrell's C within sites",
        "The same over pairs of patients of one site: what is left of C where no pair can be ordered by site alone.",
        void_if_known=True,
    ),
    Metric("log_rank_chi2", Kind.CHI2, "Log-rank χ²", "How far the groups' events are from what equal survival would give."),
    Metric(
        "log_rank_p", Kind.P, "Log-rank P (naive)",
        "The usual two-sided P of the separation. It takes the groups as given beforehand, which cross-validated groups"
        " are not: it has no error guarantee here.",
        external_label="Log-rank P",
        external_meaning="The usual two-sided P of the separation. No prediction hangs on the outcome of any of these patients,"
        " so it holds its error rate, as exactly as the test does with so many patients.",
        void_if_known=True,
    ),
    Metric(
        "hazard_ratio", Kind.RATIO, "Hazard ratio",
        "How many times as fast events came in the predicted short as in the predicted long survivors.",
        void_if_known=True,
    ),
    *_limits(
        "hazard_ratio", Kind.RATIO, "Hazard ratio",
        ("Lower end of the 95 % confidence interval.", "Upper end of the 95 % confidence interval."),
    ),
    Metric(
        "proportional_hazards_p", Kind.P, "Proportional hazards, P",
        "Of the test that the hazard ratio is the same at all times (Grambsch and Therneau, as R's cox.zph). A small P says that it"
        " changes, so that one number for all of follow-up is an average. A large one does not prove that it stays.",
    ),
    Metric(
        "rmst_difference", Kind.NUMBER, "Restricted mean survival, difference",
        "By how much longer, in the unit of follow-up, the predicted long survivors live without the event on average, counted up to"
        " the time below: the area between the Kaplan-Meier curves. It supposes nothing of their shape.",
        void_if_known=True,
    ),
    *_limits(
        "rmst_difference", Kind.NUMBER, "Restricted mean survival, difference",
        (
            "Lower end of the 95 % confidence interval; like that of the hazard ratio it takes the groups as given.",
            "Upper end of the 95 % confidence interval.",
        ),
    ),
    Metric(
        "rmst_until", Kind.NUMBER, "Restricted mean survival, counted up to",
        "The longest follow-up of the group that was followed less long, in the unit of follow-up.",
    ),
)  # fmt: skip


def _over_sites(key: str, kind: Kind, name: str, meaning: str, scale: str) -> tuple[Metric, ...]:
    """Of a random-effects meta-analysis over sites."""
    label = f"{name} over sites"
    found = (
        ("", kind, "", meaning),
        ("_low", kind, ", lower limit", "Lower end of the 95 % confidence interval (Hartung and Knapp)."),
        ("_high", kind, ", upper limit", "Upper end of the 95 % confidence interval."),
        (
            "_prediction_low", kind, ", prediction interval from",
            "95 times in 100, the true value of another such site would be above this one.",
        ),
        ("_prediction_high", kind, ", prediction interval to", "Upper end of this interval."),
        ("_tau2", Kind.NUMBER, ", τ²", f"Variance between sites of what they truly have{scale}."),
        ("_i2", Kind.NUMBER, ", I²", "Share of this variance in that of what was measured: 0 says that chance alone is enough."),
        ("_count", Kind.COUNT, ", sites", "In the summary; a note names those that are not, and why."),
    )  # fmt: skip
    return tuple(
        Metric(f"{key}_over_sites{ending}", of, f"{label}{more}", said, void_if_known=kind is Kind.CONCORDANCE)
        for ending, of, more, said in found
    )


_SITES = (
    *_over_sites(
        "harrell_c", Kind.CONCORDANCE, "Harrell's C",
        "Mean over sites, of which each may have a C of its own (random-effects meta-analysis of the C among the patients of each).",
        ", on the scale of logit C",
    ),
    *_over_sites(
        "calibration_slope", Kind.NUMBER, "Calibration slope",
        "Mean over sites, of which each may have a slope of its own (random-effects meta-analysis).", "",
    ),
)  # fmt: skip

_FOLDS = (
    Metric(
        "median_selected", Kind.NUMBER, "Features kept per fold", "Median number that survived reduction.",
        "Features kept", "Number that survived reduction when the model was trained.",
    ),
    Metric(
        "median_nonzero", Kind.NUMBER, "Features used per fold", "Median number with a non-zero coefficient in the model.",
        "Features used", "Number with a non-zero coefficient in the model.",
        of_coefficients=True,
    ),
    Metric(
        "selection_stability", Kind.NUMBER, "Agreement of the folds on features",
        "1: all training sets use the same features. 0: no more alike than drawn by chance (Nogueira's measure, corrected for how many"
        " are used). Training sets of a cross-validation share most of their patients, under leave-one-out nearly all, so that it says"
        " little of other patients; validation=bootstrap has limits for it.",
    ),
    *_limits("selection_stability", Kind.NUMBER, "Agreement of the folds on features", (_NOGUEIRA, _NOGUEIRA)),
    Metric(
        "selection_stability_groups", Kind.NUMBER, "Agreement of the folds on groups of features",
        "The same where features that correlate by |r| ≥ 0.85 in all patients count as one: training sets that choose another of several"
        " features that say the same agree. Which are alike is a description of these patients, no part of any training.",
    ),
    Metric("harrell_c_sd", Kind.CONCORDANCE, "Harrell's C, spread", "Standard deviation over the repeats of the cross-validation."),
    Metric(
        "n_passed", Kind.COUNT, "Predictions without harmonisation",
        "Of left-out patients whose batch was not in the training set, or too small there, and whose features were let pass as they"
        " are.",
    ),
    Metric(
        "batch_predictability_before", Kind.NUMBER, "Batch told from the features, before harmonisation",
        "Balanced accuracy of a classifier in patients whom it has not seen. Chance is 1 divided by the number of batches.",
    ),
    Metric(
        "batch_predictability_after", Kind.NUMBER, "Batch told from the features, after harmonisation",
        "The same where harmonisation was learned on the patients of the classifier and applied to the others: near chance if it"
        " worked.",
    ),
)  # fmt: skip

_DRAWN = (
    Metric("inner_draws", Kind.COUNT, "Draws of the inner folds", "The penalty is chosen by their mean curve."),
    *(
        Metric(
            f"inner_draws_{key}_{end}", kind, f"{label}, {end} over draws",
            f"The {end} that a single draw of the inner folds would have given.",
        )
        for (key, kind, label), end in product(
            (
                ("harrell_c", Kind.CONCORDANCE, "Harrell's C"),
                ("log_rank_p", Kind.P, "Log-rank P (naive)"),
                ("hazard_ratio", Kind.RATIO, "Hazard ratio"),
            ),
            ("least", "greatest"),
        )
    ),
    Metric(
        "search_flat", Kind.FLAG, "Flat search",
        "1: hyper-parameters were tuned once on all patients, so every number here is too good. 0: inside each training"
        " set.",
    ),
    Metric(
        "external_known", Kind.COUNT, "Patients whom the model was trained on",
        "As far as ids and features tell. 0: this is an external validation of other patients.",
    ),
    Metric(
        "external_out_of_range", Kind.COUNT, "Patients beyond what the model has seen",
        "With a feature of the model more than 5 standard deviations of its training set from the mean there.",
    ),
    Metric(
        "recalibration_factor", Kind.RATIO, "Recalibration, hazard times",
        "By what the hazard of the model is multiplied where it is adjusted to the outcomes of all of these patients: observed over"
        " expected events, with recalibrate=slope after risks are spread by the calibration slope. It describes these patients.",
        void_if_known=True,
    ),
    Metric(
        "recalibrated_integrated_brier", Kind.NUMBER, "Integrated Brier score, recalibrated",
        "Of a model adjusted to the outcomes of all other patients here, each left out in turn. It is not the model as it is.",
        void_if_known=True,
    ),
    Metric(
        "recalibrated_integrated_brier_km", Kind.NUMBER, "Integrated Brier score, Kaplan-Meier of these patients",
        "What a recalibrated model has to beat, since it has seen outcomes here: the curve of these patients, not of the model's.",
    ),
    Metric(
        "recalibrated_scaled_brier", Kind.NUMBER, "Scaled Brier score, recalibrated",
        "How much closer the recalibrated model is to what happened than that curve: 1 is perfect, 0 no better, negative worse.",
        void_if_known=True,
    ),
)  # fmt: skip

_KFOLD = (
    Metric(
        "kfold_harrell_c", Kind.CONCORDANCE, "Harrell's C, 5 times 5-fold",
        "The same pipeline under 5-fold cross-validation, mean of five draws of the folds: without the downward bias of"
        " leave-one-out, from models with a fifth fewer patients.",
    ),
    Metric(
        "kfold_harrell_c_sd", Kind.CONCORDANCE, "Harrell's C, 5 times 5-fold, spread",
        "Standard deviation over the five draws. It says how much the draw of the folds matters, nothing of other patients.",
    ),
)  # fmt: skip

_BOOTSTRAP = (
    Metric(
        "apparent_c", Kind.CONCORDANCE, "Harrell's C, apparent",
        "Of the model of all patients, on these very patients: too good, by overfitting.",
    ),
    Metric(
        "out_of_bag_c", Kind.CONCORDANCE, "Harrell's C, out of bag",
        "Mean over the bootstrap samples, each judged by the patients outside of it. A sample holds 63 % of the patients,"
        " so this is a little pessimistic.",
    ),
    Metric(
        "out_of_bag_c_sd", Kind.CONCORDANCE, "Harrell's C, out of bag, spread", "Standard deviation over the bootstrap samples."
    ),
    Metric(
        "c_632plus", Kind.CONCORDANCE, "Harrell's C, .632+",
        "The two weighed against each other, towards the out-of-bag value the more the models overfit (Efron and"
        " Tibshirani 1997).",
    ),
    Metric(
        "overfitting_rate", Kind.NUMBER, "Relative overfitting rate",
        "0: the apparent C holds outside. 1: outside, nothing is left of it.",
    ),
)  # fmt: skip

_OVER_TIME = (
    Metric(
        "uno_c", Kind.CONCORDANCE, "Uno's C",
        "Harrell's C with weights that make up for censored patients, up to the last time at which enough are followed."
        " 0.5 is a coin, 1 is perfect.",
        void_if_known=True,
    ),
    Metric(
        "mean_auc", Kind.CONCORDANCE, "Mean AUC over time",
        "Of two patients, one with the event by some time and one alive beyond it, how often the first had the higher"
        " predicted risk; averaged over times. 0.5 is a coin, 1 is perfect.",
        void_if_known=True,
    ),
    Metric(
        "integrated_brier", Kind.NUMBER, "Integrated Brier score",
        "Mean squared distance between predicted survival probabilities and what happened, averaged over time. 0 is"
        " perfect.",
        void_if_known=True,
    ),
    Metric(
        "integrated_brier_km", Kind.NUMBER, "Integrated Brier score, Kaplan-Meier",
        "The same for the Kaplan-Meier curve of all these patients (of a finished model: of those whom it was trained on), which"
        " tells everybody the average: what the predictions have to beat.",
    ),
    Metric(
        "scaled_brier", Kind.NUMBER, "Scaled Brier score",
        "How much closer to what happened the predictions are than that curve: 1 is perfect, 0 no better, negative"
        " worse.",
    ),
    Metric(
        "calibration_slope", Kind.NUMBER, "Calibration slope",
        "1 if the predicted risks are as far apart as they should be; below 1 too far apart, as overfitted ones are;"
        " 0 if they say nothing; negative if they say the opposite.",
    ),
    Metric(
        "d_calibration_chi2", Kind.CHI2, "D-calibration χ²",
        "How unevenly the events spread over the predicted survival probabilities.",
    ),
    Metric(
        "d_calibration_p", Kind.P, "D-calibration P",
        "A small P says that the predicted probabilities do not hold. A large one does not prove that they do.",
    ),
    *_limits(
        "harrell_c", Kind.CONCORDANCE, "Harrell's C", (f"{_LOWER} {_RESAMPLED}", _UPPER), f"{_LOWER} {_RESAMPLED_EXTERNAL}"
    ),
    Metric(
        "hazard_ratio_bootstrap_low", Kind.RATIO, "Hazard ratio, lower bootstrap limit", f"{_LOWER} {_RESAMPLED}",
        external_meaning=f"{_LOWER} {_RESAMPLED_EXTERNAL}",
    ),
    Metric("hazard_ratio_bootstrap_high", Kind.RATIO, "Hazard ratio, upper bootstrap limit", _UPPER),
)  # fmt: skip

_PERMUTED = (
    Metric(
        "permutation_p", Kind.P, "Permutation P",
        "The share of repetitions of the whole pipeline on shuffled outcomes that separated the groups at least as"
        " well. This one does hold its error rate.",
        external_meaning="The predictions stay as they are, and outcomes are shuffled among the patients: the share of shuffles in"
        " which the groups were separated at least as well. It holds its error rate with any number of patients.",
        void_if_known=True,
    ),
    *_limits("permutation_p", Kind.P, "Permutation P", (_MONTE_CARLO, _MONTE_CARLO)),
    Metric(
        "permutation_strata", Kind.COUNT, "Strata of the shuffles",
        "Sites, those that are too small together: outcomes were shuffled inside of each, so that the permutation P tests whether"
        " features and survival are related within sites.",
    ),
    Metric(
        "permutation_p_overall", Kind.P, "Permutation P over everybody",
        "The same where outcomes were shuffled over all sites: it is small as well where only the sites differ.",
    ),
    *_limits("permutation_p_overall", Kind.P, "Permutation P over everybody", (_MONTE_CARLO, _MONTE_CARLO)),
    Metric(
        "permutation_p_hr", Kind.P, "Permutation P of the hazard ratio", "The same repetitions, judged by the hazard ratio.",
        external_meaning=_SAME_SHUFFLES.format("the hazard ratio"),
    ),
    *_limits("permutation_p_hr", Kind.P, "Permutation P of the hazard ratio", (_MONTE_CARLO, _MONTE_CARLO)),
    Metric(
        "permutation_p_c", Kind.P, "Permutation P of Harrell's C",
        "The same repetitions, judged by Harrell's C. It needs no allowance for the bias of C under leave-one-out: the"
        " repetitions have it too.",
        external_meaning=_SAME_SHUFFLES.format("Harrell's C"),
    ),
    *_limits("permutation_p_c", Kind.P, "Permutation P of Harrell's C", (_MONTE_CARLO, _MONTE_CARLO)),
    Metric(
        "permutation_count", Kind.COUNT, "Repetitions",
        "On shuffled outcomes, as far as they were counted for the permutation P.",
    ),
    Metric(
        "permutation_exceeding", Kind.COUNT, "Repetitions that did as well", "Of these, how many separated the groups as well."
    ),
)  # fmt: skip

_REFITS = (
    Metric(
        "refit_count",
        Kind.COUNT,
        "Refits",
        "How often the whole procedure was repeated on resampled patients, for these limits.",
    ),
    *_refit_limits("harrell_c", Kind.CONCORDANCE, "Harrell's C"),
    *_refit_limits("hazard_ratio", Kind.RATIO, "Hazard ratio"),
)

_ADDED = (
    Metric(
        "added_value_delta_c", Kind.CONCORDANCE, "What images add, in C",
        "Harrell's C of covariates and images together minus that of the covariates alone, on the same folds.",
    ),
    *_limits(
        "added_value_delta_c", Kind.CONCORDANCE, "What images add, in C",
        (
            f"{_LOWER} Of these patients and these models: patients are resampled with both predictions and nothing is fitted again,"
            " so it is too narrow, and no test.",
            _UPPER,
        ),
    ),
    Metric(
        "added_value_p", Kind.P, "P of what images add",
        "The share of repetitions of the whole pipeline with the images of other patients, covariates kept with outcomes, in which"
        " images added at least as much. It holds its error rate where images have nothing to do with covariates either.",
    ),
    *_refit_limits("added_value_delta_c", Kind.CONCORDANCE, "What images add, in C"),
    *_limits("added_value_p", Kind.P, "P of what images add", (_MONTE_CARLO, _MONTE_CARLO)),
    Metric("added_value_count", Kind.COUNT, "Repetitions with shuffled images", "As far as they were counted for that P."),
    Metric("added_value_exceeding", Kind.COUNT, "Of these, as good", "In how many of them images added as much."),
    Metric(
        "added_value_delta_uno_c", Kind.CONCORDANCE, "What images add, in Uno's C", "With images minus without, on the same folds.",
    ),
    Metric(
        "added_value_delta_mean_auc", Kind.CONCORDANCE, "What images add, in mean AUC", "With images minus without, on the same folds.",
    ),
    Metric(
        "added_value_delta_brier", Kind.NUMBER, "Change of the integrated Brier score by images",
        "With images minus without: below 0 the probabilities are better with images.",
    ),
    Metric(
        "added_value_lr_chi2", Kind.CHI2, "Likelihood ratio χ² of images",
        "By how much the left-out risk with images adds to the left-out risk of the covariates alone in a Cox regression of both"
        " (one degree of freedom; below 0 where it speaks against itself). It describes: left-out risks depend on one another, so it"
        " has no P.",
    ),
)  # fmt: skip

_COMPARED = tuple(
    Metric(f"comparator_{name}_{ending}", kind, label.format(said), meaning)
    for name, said in COMPARED.items()
    for ending, kind, label, meaning in (
        ("c", Kind.CONCORDANCE, "Harrell's C, {}", "Of a model with these features alone, on the same folds."),
        (
            "delta_c", Kind.CONCORDANCE, "Difference in C to {}",
            "C of this experiment minus that of the other: above 0 this experiment is better.",
        ),
        (
            "p", Kind.P, "P of {}",
            "The share of repetitions of its whole procedure on shuffled outcomes in which its C was at least as large.",
        ),
        (
            "gain_p", Kind.P, "P of what images add, {}",
            "The share of repetitions of its whole procedure with the images of other patients, covariates kept with outcomes, in which its"
            " C was at least as large.",
        ),
    )
)  # fmt: skip

# What a shortcut skips, by its name in table `shortcuts`.
SKIPPED = {
    "apparent": "judged by the training patients",
    "selection": "features selected by all patients",
    "search": "hyper-parameters tuned on all patients",
}
_SHORTCUTS = tuple(
    Metric(
        f"shortcut_{name}_c", Kind.CONCORDANCE, f"Harrell's C, {said}",
        "Wrong on purpose: what this shortcut would have claimed on these patients. Beyond the C of the experiment it is optimism.",
    )
    for name, said in SKIPPED.items()
)  # fmt: skip

RISE, RISE_FROM = "learning_curve_rise", 0.7  # from this share of the training patients to all of them
_CURVES = (
    Metric(
        RISE, Kind.CONCORDANCE, "Learning curve, rise from 70 %",
        "Harrell's C of left-out patients by models of all training patients minus that by models of 70 % of them. Above 0 more"
        " patients may help further.",
    ),
    *_limits(
        RISE, Kind.CONCORDANCE, "Learning curve, rise from 70 %",
        (f"{_LOWER} The patients judged are resampled, nothing is fitted again, so it is too narrow.", _UPPER),
    ),
    Metric(
        "instability_mape", Kind.NUMBER, "Instability of predictions",
        "Mean absolute difference between a patient's survival probability by the model of all patients and by models of bootstrap"
        " samples, at the middle horizon, over patients. 0: it does not matter who was in the cohort.",
    ),
    Metric(
        "instability_other_group", Kind.NUMBER, "Instability of risk groups",
        "Share of bootstrap models that put a patient into the other risk group than the model of all patients, mean over patients."
        " 0: never, 0.5: as by coin.",
    ),
)  # fmt: skip

_LAST = (
    Metric(
        "n_excluded", Kind.COUNT, "Patients excluded", "In the table but not analysed; each is named below with the reason."
    ),
    Metric(
        "simulated", Kind.FLAG, "Simulated patients", "1: the patients are made up. 0: they are real.",
        external_meaning="1: these patients, or those of the model, are made up. 0: all of them are real.",
    ),
)  # fmt: skip


def _per_repeat(metrics: Iterable[Metric]) -> Iterator[Metric]:
    return (replace(metric, per_repeat=True) for metric in metrics)


# In the order in which they are read.
METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        *_COUNTED,
        *_per_repeat(_SEPARATION),
        *_SITES,
        *_FOLDS,
        *_DRAWN,
        *_KFOLD,
        *_BOOTSTRAP,
        *_per_repeat(_OVER_TIME),
        *_PERMUTED,
        *_REFITS,
        *_ADDED,
        *_COMPARED,
        *_SHORTCUTS,
        *_CURVES,
        *_LAST,
    )
}
