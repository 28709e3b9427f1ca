"""The tables of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of a run.

    Attributes
    ----------
    name
        Of its file ``NAME.parquet`` in the run folder.
    stage
        Which writes it.
    columns
        Its columns in order; none named where they hang on the cohort.
    logged
        Whether trackers get it.
    without_rows
        What it means that it has no rows; the report then leaves out what needs it. None where it always has some.
    """

    name: str
    stage: str
    columns: tuple[str, ...] = ()
    logged: bool = False
    without_rows: str | None = None

    @property
    def file(self) -> str:
        """Relative to the run folder."""
        return f"{self.name}.parquet"


COHORT = Table("cohort", "cohort")
OUTLINES = Table(
    "outlines", "cohort", ("patient_id", "volume_mm3"), without_rows="the cohort brings features, no outlines"
)
FEATURES = Table("features", "cohort", without_rows="the cohort brings images, no features")
ROI_INDEX = Table("rois/index", "cohort", without_rows="the cohort brings its features")
RADIOMICS = Table("radiomics", "radiomics")
RADIOMICS_READINGS = Table("radiomics_readings", "radiomics", without_rows="there is one outline per patient")
DEEP = Table("deep", "deep")
DEEP_READINGS = Table("deep_readings", "deep", without_rows="there is one outline per patient")
PREDICTIONS = Table(
    "predictions",
    "evaluate",
    ("patient_id", "time", "event", "fold", "risk", "threshold", "group", "repeat"),
    logged=True,
)
SELECTIONS = Table("selections", "evaluate", ("fold", "repeat", "feature", "strength", "coefficient"), logged=True)
FOLDS = Table(
    "folds",
    "evaluate",
    (
        *("fold", "repeat", "n_tested", "n_varying", "n_concordant", "n_kept", "n_nonzero"),
        *("penalty", "threshold"),
    ),
    logged=True,
)
TRIALS = Table("trials", "evaluate", logged=True, without_rows="nothing was searched")
IMPORTANCE = Table(
    "importance",
    "evaluate",
    ("repeat", "fold", "hyper_parameter", "importance"),
    logged=True,
    without_rows="no hyper-parameter was searched among several values",
)
INNER_DRAWS = Table(
    "inner_draws",
    "evaluate",
    ("draw", "n_short", "harrell_c", "log_rank_chi2", "log_rank_p", "hazard_ratio"),
    logged=True,
    without_rows="the inner folds are drawn once",
)
# Their limits are pointwise over resamples of the patients with their predictions as they are (`radsurv.validation.curve_bands`):
# of these patients and these models. `low` and `high` of the calibration curve are Kaplan-Meier's own.
HORIZONS = Table(
    "horizons",
    "evaluate",
    (
        *("horizon", "auc", "auc_low", "auc_high", "brier", "brier_low", "brier_high"),
        *("brier_km", "n_events", "n_at_risk"),
    ),
)
CALIBRATION = Table(
    "calibration",
    "evaluate",
    ("horizon", "n", "predicted", "observed", "low", "high", "resampled_low", "resampled_high"),
)
DECISION = Table(
    "decision",
    "evaluate",
    ("horizon", "threshold", "n_treated", "net_benefit", "net_benefit_low", "net_benefit_high", "net_benefit_all"),
)
SITES = Table(
    "sites",
    "evaluate",
    (
        *("site", "pooled", "n", "events", "harrell_c", "harrell_c_low", "harrell_c_high"),
        *("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high"),
        *("harrell_c_se", "calibration_slope", "calibration_slope_se", "summarised", "reason"),
    ),
    logged=True,
    without_rows="there are no two sites of enough patients and events",
)
DISTANCE = Table(
    "distance_from_training",
    "evaluate",
    ("feature", "median", "spread", "n_outside", "other_scale"),
    logged=True,
    without_rows="no finished model was applied, or it uses no feature",
)
STABILITY = Table(
    "stability",
    "evaluate",
    ("feature", "icc2", "icc3", "n_patients", "n_readings"),
    logged=True,
    without_rows="there is one outline per patient",
)
EXPERIMENT = "experiment"  # in `COMPARATORS`: the row of what was held against the simpler ones
BETWEEN_REASONS = " | "  # in its column ``lacking``
COMPARATORS = Table(
    "comparators",
    "compare",
    (
        *("comparator", "features", "n_features", "n_null_folds", "harrell_c", "harrell_c_low", "harrell_c_high"),
        *(
            "delta_c",
            "delta_c_low",
            "delta_c_high",
            "gain_c",
            "gain_c_low",
            "gain_c_high",
            "hazard_ratio",
            "hazard_ratio_low",
            "hazard_ratio_high",
        ),
        # Where they are asked for: P of each model, and of what its images add; limits over refits; why there is none of them.
        *("p", "p_low", "p_high", "gain_p", "gain_p_low", "gain_p_high"),
        *("harrell_c_refit_low", "harrell_c_refit_high", "delta_c_refit_low", "delta_c_refit_high"),
        *("gain_c_refit_low", "gain_c_refit_high", "lacking"),
        "reason",
    ),
    logged=True,
    without_rows="nothing was compared",
)
SHORTCUTS = Table(
    "shortcuts",
    "compare",
    ("shortcut", "harrell_c", "harrell_c_low", "harrell_c_high", "excess_c", "excess_c_low", "excess_c_high", "reason"),
    logged=True,
    without_rows="no shortcut was taken",
)
LEARNING_CURVE = Table(
    "learning_curve",
    "compare",
    ("share", "n_patients", "n_events", "harrell_c", "harrell_c_sd", "n_folds", "n_null_folds", "reason"),
    logged=True,
    without_rows="no learning curve was asked for",
)
INSTABILITY = Table(
    "instability",
    "compare",
    (
        *("patient_id", "horizon", "survival", "survival_low", "survival_high"),
        *("absolute_error", "other_group"),
    ),
    without_rows="no refits were asked for, or none can be judged: a note says why",
)
PERMUTATIONS = Table(
    "permutations",
    "significance",
    ("repetition", "signed_log_rank", "log_hazard_ratio", "harrell_c"),
    logged=True,
    without_rows="nothing was repeated on shuffled outcomes",
)
ATTRIBUTION = Table(
    "attribution",
    "attribution",
    (
        *("feature", "end", "rank", "patient_id", "value", "spread", "section"),
        *("size", "patch", "outline", "cells", "effect"),
    ),
    without_rows="there is nothing to look into",
)

TABLES: tuple[Table, ...] = tuple(table for table in list(globals().values()) if isinstance(table, Table))

QC_COLUMNS = ("patient_id", "status", "stage", "reason")
