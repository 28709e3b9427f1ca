"""A finished run, read back from its folder."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from radsurv.errors import RadsurvError


@dataclass(frozen=True)
class Experiment:
    """What a run wrote. A table that the run did not write is None, and what needs it is left out of the report.

    Attributes
    ----------
    config : dict
        The composed configuration.
    metrics : dict
        Name to number; None where the number could not be computed.
    provenance : dict
        Versions, commit, hashes of the inputs, seed, and per stage its seconds and notes.
    cohort : (patient, column) or None
        The cohort table.
    qc : columns patient_id, status, stage, reason; or None
        One included-or-excluded row per patient and any number of warnings.
    predictions : columns patient_id, time, event, fold, risk, threshold, group, repeat; or None
        One row per left-out patient and repeat.
    selections : columns fold, repeat, feature, strength, coefficient; or None
        One row per feature that survived reduction in a fold.
    folds : columns fold, repeat, n_tested, n_kept, n_nonzero, penalty, threshold and others; or None
        One row per training set.
    stability : columns feature, icc2, icc3, n_patients, n_readings; or None
        One row per feature with several readings; None where there are none.
    horizons : columns horizon, auc, brier, brier_km, n_events, n_at_risk; or None
        One row per time at which the predictions were judged.
    calibration : columns horizon, n, predicted, observed, low, high; or None
        One row per horizon and group of patients of similar predicted risk.
    permutations : columns repetition, signed_log_rank, log_hazard_ratio, harrell_c; or None
        One row per repetition on shuffled outcomes, after one for the experiment itself; None where there are none.
    inner_draws : columns draw, n_short, harrell_c, log_rank_chi2, log_rank_p, hazard_ratio; or None
        One row per draw of the inner folds; None where there is one draw.
    comparators : columns comparator, features, harrell_c, delta_c, hazard_ratio, their limits, reason; or None
        The experiment, then one row per simpler model.
    decision : columns horizon, threshold, n_treated, net_benefit, net_benefit_all; or None
        One row per decision threshold, at one horizon.
    inside : columns feature, end, rank, patient_id, value, spread, section, size, patch, outline, cells, effect; or None
        One row per deep feature and patient of whom there is a map; None where there is none.
    """

    config: dict[str, Any]
    metrics: dict[str, float | None]
    provenance: dict[str, Any]
    cohort: pd.DataFrame | None = None
    qc: pd.DataFrame | None = None
    predictions: pd.DataFrame | None = None
    selections: pd.DataFrame | None = None
    folds: pd.DataFrame | None = None
    stability: pd.DataFrame | None = None
    horizons: pd.DataFrame | None = None
    calibration: pd.DataFrame | None = None
    decision: pd.DataFrame | None = None
    permutations: pd.DataFrame | None = None
    inner_draws: pd.DataFrame | None = None
    comparators: pd.DataFrame | None = None
    inside: pd.DataFrame | None = None

    @classmethod
    def load(cls, run_dir: Path) -> Experiment:
        """Read a run folder.

        Raises
        ------
        RadsurvError
            If the folder holds no ``config.yaml``, and so is not a run folder.
        """
        config_path = run_dir / "config.yaml"
        if not config_path.is_file():
            raise RadsurvError(
                f"{run_dir} holds no config.yaml, so there is no run to report on: give the folder that"
                " `radsurv run run_dir=...` wrote"
            )
        return cls(
            config=yaml.safe_load(config_path.read_text(encoding="utf-8")) or {},
            metrics={name: _finite(value) for name, value in _read_json(run_dir / "metrics.json").items()},
            provenance=_read_json(run_dir / "provenance.json"),
            cohort=_read_parquet(run_dir / "cohort.parquet"),
            qc=_read_qc(run_dir / "qc.csv"),
            predictions=_read_parquet(run_dir / "predictions.parquet"),
            selections=_read_parquet(run_dir / "selections.parquet"),
            folds=_read_parquet(run_dir / "folds.parquet"),
            stability=_unless_empty(_read_parquet(run_dir / "stability.parquet")),
            horizons=_read_parquet(run_dir / "horizons.parquet"),
            calibration=_read_parquet(run_dir / "calibration.parquet"),
            decision=_read_parquet(run_dir / "decision.parquet"),
            permutations=_unless_empty(_read_parquet(run_dir / "permutations.parquet")),
            inner_draws=_unless_empty(_read_parquet(run_dir / "inner_draws.parquet")),
            comparators=_unless_empty(_read_parquet(run_dir / "comparators.parquet")),
            inside=_unless_empty(_read_parquet(run_dir / "inside.parquet")),
        )

    @property
    def simulated(self) -> bool:
        """Whether any of the patients were made up by ``radsurv simulate``."""
        flagged = self.cohort is not None and "simulated" in self.cohort and bool(self.cohort["simulated"].any())
        return flagged or bool(self.metrics.get("simulated"))

    @property
    def random_weights(self) -> bool:
        """Whether the deep features come from a network that was never trained."""
        imaged = not self.setting("cohort.features")
        asked = imaged and self.setting("backbone.name") != "none" and self.setting("backbone.weights") == "random"
        return asked or self.weights.get("weights") == "random"

    @property
    def weights(self) -> dict[str, Any]:
        """Which network gave the deep features and where its weights came from; empty where there was none."""
        recorded: dict[str, Any] = self.stages.get("deep", {}).get("weights", {})
        return recorded

    @property
    def external(self) -> bool:
        """Whether a finished model was applied, and nothing trained."""
        return self.setting("validation.scheme") == "external"

    @property
    def null(self) -> bool:
        """Whether no fold has a model, so that everybody got the same risk."""
        n_folds = self.metrics.get("n_folds")
        return bool(n_folds) and self.metrics.get("n_null_folds") == n_folds

    @property
    def n_known(self) -> int:
        """How many of the patients a finished model was trained on, as far as can be told."""
        return int(self.metrics.get("external_known") or 0)

    @property
    def applied(self) -> dict[str, Any]:
        """Which finished model was applied, and how it was made; empty where none was."""
        recorded: dict[str, Any] = self.stages.get("evaluate", {}).get("external", {})
        return recorded

    @property
    def time_unit(self) -> str:
        """Unit of the follow-up times, for labels."""
        return str(self.setting("cohort.time_unit") or "time units")

    @property
    def n_repeats(self) -> int:
        """How often every patient was predicted."""
        return 0 if self.predictions is None else int(self.predictions["repeat"].nunique())

    def first_repeat(self) -> pd.DataFrame:
        """Predictions with one row per patient: what the curves are drawn from."""
        if self.predictions is None:
            raise RadsurvError("the run made no predictions: there is nothing to draw")
        first = self.predictions["repeat"] == self.predictions["repeat"].min()
        rows: pd.DataFrame = self.predictions[first]
        return rows

    def setting(self, name: str) -> Any:
        """A configured value by its dotted name; None where the configuration does not have it."""
        value: Any = self.config
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        """What every stage left in the provenance, in the order in which they ran."""
        stages: dict[str, dict[str, Any]] = self.provenance.get("stages", {})
        return stages


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _read_parquet(path: Path) -> pd.DataFrame | None:
    return pd.read_parquet(path) if path.is_file() else None


def _unless_empty(table: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if table is None or table.empty else table


def _read_qc(path: Path) -> pd.DataFrame | None:
    # Everything is text here: a patient may be called 007 or NA.
    return pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
