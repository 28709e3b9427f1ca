"""What changes in the wording where the predictions come from a finished model of another cohort."""

from __future__ import annotations

RESAMPLED = (
    "Patients are resampled with their predictions. The model is finished, so nothing else could vary: the interval says what"
    " other patients of this kind would give."
)
THE_SAME = "The same shuffles, judged by {}."

# Name in words, and meaning.
EXTERNAL = {
    "n_patients": ("Patients analysed", "Patients with follow-up and every feature that the model uses."),
    "n_features": ("Features offered", "Columns of the feature table on which the model was trained."),
    "n_folds": ("Folds", "1: the model that was applied. Nothing was trained here."),
    "n_null_folds": ("Folds without a model", "1: the model uses no feature, so everybody got the risk 0."),
    "n_short": (
        "Predicted short survivors",
        "Patients with a risk above the model's threshold, the median of its own patients.",
    ),
    "n_long": ("Predicted long survivors", "All other patients."),
    "harrell_c_low": ("Harrell's C, lower limit", f"Lower end of the 95 % bootstrap interval. {RESAMPLED}"),
    "log_rank_p": (
        "Log-rank P",
        "The usual two-sided P of the separation. No prediction hangs on the outcome of any of these patients, so it holds its"
        " error rate, as exactly as the test does with so many patients.",
    ),
    "permutation_p": (
        "Permutation P",
        "The predictions stay as they are, and outcomes are shuffled among the patients: the share of shuffles in which the"
        " groups were separated at least as well. It holds its error rate with any number of patients.",
    ),
    "permutation_p_hr": ("Permutation P of the hazard ratio", THE_SAME.format("the hazard ratio")),
    "permutation_p_c": ("Permutation P of Harrell's C", THE_SAME.format("Harrell's C")),
    "hazard_ratio_bootstrap_low": (
        "Hazard ratio, lower bootstrap limit",
        f"Lower end of the 95 % bootstrap interval. {RESAMPLED}",
    ),
    "median_selected": ("Features kept", "Number that survived reduction when the model was trained."),
    "median_nonzero": ("Features used", "Number with a non-zero coefficient in the model."),
    "simulated": (
        "Simulated patients",
        "1: these patients, or those of the model, are made up. 0: all of them are real.",
    ),
}

# Of metrics that mean nothing where the model was trained on the patients whom it predicts.
TOO_GOOD = ("harrell_c", "hazard_ratio", "log_rank_p", "permutation_p", "uno_c", "mean_auc", "integrated_brier")
KNOWN = (
    "NOT EXTERNAL: the model was trained on {} of these patients, so this is too good, and no P and no interval holds."
)
