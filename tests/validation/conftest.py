"""The reference cohorts of `tests/data/coxnet` as experiments, and a small cohort for everything else."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig

FOLDER = Path(__file__).parents[1] / "data" / "coxnet"


@dataclass(frozen=True)
class Experiment:
    """What `cross_validate` takes, and what R made of it."""

    data: dict
    options: dict
    golden: dict[str, np.ndarray]
    summary: dict[str, pd.Series]


@pytest.fixture(scope="session", params=["breast198", "synth50"])
def reference(request) -> Experiment:
    folder = FOLDER / request.param
    with np.load(folder / "data.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    with np.load(folder / "golden.npz", allow_pickle=False) as stored:
        golden = dict(stored)
    ids = [f"patient {row:03}" for row in range(len(arrays["time"]))]
    folds = pd.DataFrame(arrays["foldid"].T.astype(float), columns=["all", *ids]).replace(0, np.nan)
    return Experiment(
        data={
            "table": arrays["X"],
            "feature_names": arrays["feature_names"].tolist(),
            "patient_ids": ids,
            "time": arrays["time"],
            "event": arrays["event"],
            "inner_folds": pd.concat([pd.Series(ids, name="patient_id"), folds], axis=1),
        },
        options={
            "reduction": ReductionConfig(cindex=float(arrays["c_threshold"]), pearson=0.85),
            "model": ModelConfig(name="coxnet", alpha=0.1, path="until_minimum"),
            "validation": ValidationConfig(scheme="loocv"),
            "seed": 0,
        },
        golden=golden,
        summary={rule: pd.read_csv(folder / f"summary_{rule}.csv", index_col=0)["value"] for rule in ("min", "1se")},
    )


@pytest.fixture(scope="session")
def small() -> Experiment:
    """Twenty patients with tied times, twelve features of which three matter."""
    generator = np.random.default_rng(7)
    table = generator.normal(size=(20, 12))
    time = np.ceil(12 * generator.exponential(np.exp(-table[:, :3].sum(axis=1))))
    return Experiment(
        data={
            "table": table,
            "feature_names": [f"feature {column}" for column in range(12)],
            "patient_ids": [f"patient {row}" for row in range(20)],
            "time": time,
            "event": generator.random(20) < 0.8,
        },
        options={
            "reduction": ReductionConfig(cindex=0.55, pearson=0.85),
            "model": ModelConfig(name="coxnet", alpha=0.1),
            "validation": ValidationConfig(scheme="loocv", inner_splits=5),
            "seed": 0,
        },
        golden={},
        summary={},
    )
