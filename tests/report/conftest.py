"""A small run folder with made-up numbers, as the stages would have written it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

N_TABLE, N_PATIENTS = 43, 40
FEATURES = [
    "glcm_Correlation_equal16_1mm",
    "glszm_ZoneSizeNonuniformity_uniform32_native",
    "histogram_Variance_equal16_1mm",
    "shape_Volume",
    *(f"efficientnet_lite0_pool_{index:04d}" for index in (3, 17, 21, 160, 377, 402, 911)),
]

CONFIG: dict[str, Any] = {
    "cohort": {"name": "demo", "table": "data/clinical.csv", "features": None, "time_unit": "days", "covariates": []},
    "radiomics": {"definition": "vallieres"},
    "backbone": {"name": "efficientnet_lite0", "weights": "imagenet"},
    "reduction": {"mad": 0.0, "cindex": 0.685, "pearson": 0.85},
    "model": {"name": "coxnet", "alpha": 0.1, "lambda_rule": "min"},
    "validation": {"scheme": "loocv", "inner_splits": 10},
    "seed": 0,
}

METRICS: dict[str, float | None] = {
    "n_patients": 40,
    "n_events": 33,
    "n_excluded": 3,
    "n_features": 1628,
    "n_folds": 40,
    "n_null_folds": 2,
    "n_short": 21,
    "n_long": 19,
    "harrell_c": 0.6712345678901234,
    "log_rank_chi2": 6.0123456789,
    "log_rank_p": 0.014204958,
    "hazard_ratio": 2.3456789,
    "hazard_ratio_low": 1.1666666666666667,
    "hazard_ratio_high": 4.716049382716049,
    "median_selected": 6.5,
    "median_nonzero": 4.0,
    "simulated": 0,
}

PROVENANCE: dict[str, Any] = {
    "radsurv": "0.1.0",
    "git_commit": "0123456789abcdef0123456789abcdef01234567",
    "git_dirty": False,
    "python": "3.11.7",
    "platform": "Linux-x86_64",
    "packages": {"numpy": "2.4.0", "torch": "2.15.0"},
    "inputs": {"data/clinical.csv": "ab" * 32},
    "seed": 0,
    "command": "radsurv run cohort=demo seed=0",
    "stages": {
        "cohort": {"seconds": 0.21, "notes": []},
        "radiomics": {"seconds": 3.4, "notes": []},
        "deep": {
            "seconds": 12.8,
            "notes": ["batch size halved to 8: not enough memory"],
            "weights": {"backbone": "efficientnet_lite0", "weights": "imagenet", "sha256": "cd" * 32},
        },
        "evaluate": {"seconds": 5.0, "notes": []},
    },
}


def patient_ids() -> list[str]:
    return [f"P{index:03d}" for index in range(N_TABLE)]


def qc_table() -> pd.DataFrame:
    reasons = {
        "P040": ("cohort", "time is -3: expected a number > 0"),
        "P041": ("radiomics", "mask is empty: no pixel of the outline carries label 1"),
        "P042": ("radiomics", "image is 256×256×24, mask is 256×256×23: they must have the same geometry"),
    }
    rows = [
        {"patient_id": name, "status": "excluded", "stage": reasons[name][0], "reason": reasons[name][1]}
        if name in reasons
        else {"patient_id": name, "status": "included", "stage": "radiomics", "reason": ""}
        for name in patient_ids()
    ]
    rows.append({"patient_id": "P007", "status": "warning", "stage": "radiomics", "reason": "5 grey levels of 16"})
    return pd.DataFrame(rows)


def predictions_table(generator: np.random.Generator) -> pd.DataFrame:
    risk = generator.normal(0, 0.6, N_PATIENTS)
    threshold = generator.normal(0, 0.05, N_PATIENTS)
    hidden = generator.exponential(420 * np.exp(-0.9 * risk)) + 20
    followed = generator.uniform(200, 1800, N_PATIENTS)
    return pd.DataFrame(
        {
            "patient_id": patient_ids()[:N_PATIENTS],
            "time": np.minimum(hidden, followed).round(),
            "event": (hidden <= followed).astype(int),
            "fold": np.arange(N_PATIENTS),
            "risk": risk,
            "threshold": threshold,
            "group": np.where(risk > threshold, "short", "long"),
            "repeat": 0,
        }
    )


def selections_table(generator: np.random.Generator) -> pd.DataFrame:
    """Folds 0 and 1 keep nothing."""
    rows = []
    for fold in range(2, N_PATIENTS):
        for rank, name in enumerate(FEATURES):
            if generator.random() < 1 - rank / 12:
                slope = 0.0 if generator.random() < 0.2 + rank / 15 else (-1) ** rank * generator.uniform(0.02, 0.3)
                rows.append({"fold": fold, "repeat": 0, "feature": name, "strength": 0.72 - rank / 200,
                             "coefficient": slope})  # fmt: skip
    return pd.DataFrame(rows)


def folds_table(predictions: pd.DataFrame, selections: pd.DataFrame) -> pd.DataFrame:
    places = range(N_PATIENTS)
    kept = selections.groupby("fold").size().reindex(places, fill_value=0)
    nonzero = selections[selections["coefficient"] != 0].groupby("fold").size().reindex(places, fill_value=0)
    return pd.DataFrame(
        {"fold": places, "repeat": 0, "n_tested": 1, "n_concordant": kept, "n_kept": kept, "n_nonzero": nonzero,
         "threshold": predictions["threshold"]}
    )  # fmt: skip


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    """The four tables of the run, by file name."""
    generator = np.random.default_rng(7)
    cohort = pd.DataFrame(
        {"patient_id": patient_ids(), "age": generator.integers(28, 81, N_TABLE), "sex": ["F", "M"] * 21 + ["F"]}
    )
    predictions, selections = predictions_table(generator), selections_table(generator)
    return {
        "cohort.parquet": cohort,
        "qc.csv": qc_table(),
        "predictions.parquet": predictions,
        "selections.parquet": selections,
        "folds.parquet": folds_table(predictions, selections),
    }


@pytest.fixture
def config() -> dict[str, Any]:
    return deepcopy(CONFIG)


@pytest.fixture
def metrics() -> dict[str, float | None]:
    return dict(METRICS)


@pytest.fixture
def provenance() -> dict[str, Any]:
    return deepcopy(PROVENANCE)


@pytest.fixture
def predictions(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["predictions.parquet"].copy()


@pytest.fixture
def selections(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["selections.parquet"].copy()


@pytest.fixture
def folds(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["folds.parquet"].copy()


@pytest.fixture
def make_run(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> Callable[..., Path]:
    """Write a run folder; keywords replace its parts by name, and None leaves one out."""

    def make(folder: str = "run", **changes: Any) -> Path:
        run_dir = tmp_path / folder
        run_dir.mkdir()
        parts = {"config": CONFIG, "metrics": METRICS, "provenance": PROVENANCE, **tables}
        for name, value in parts.items():
            value = changes.get(name.partition(".")[0], value)
            if isinstance(value, pd.DataFrame):
                write = value.to_csv if name.endswith(".csv") else value.to_parquet
                write(run_dir / name, index=False)
            elif name == "config":
                (run_dir / "config.yaml").write_text(yaml.safe_dump(value))
            elif value is not None:
                (run_dir / f"{name}.json").write_text(json.dumps(value))
        return run_dir

    return make
