"""A small run folder with made-up numbers, as the stages would have written it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.record import Execution, Provenance, StageExecution, StageRecord, WeightsRecord
from radsurv.catalogue.stages import RESULTS, StageName
from radsurv.catalogue.tables import COHORT, FOLDS, PREDICTIONS, SELECTIONS, TABLES, Table
from radsurv.config import Config, validate
from radsurv.files import fingerprint
from radsurv.report.experiment import Experiment
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

N_TABLE, N_PATIENTS = 43, 40
FEATURES = [
    "glcm_Correlation_equal16_1mm",
    "glszm_ZoneSizeNonuniformity_uniform32_native",
    "histogram_Variance_equal16_1mm",
    "shape_Volume",
    *(f"efficientnet_lite0_pool_{index:04d}" for index in (3, 17, 21, 160, 377, 402, 911)),
]

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

PROVENANCE = Provenance(
    radsurv="0.1.0",
    inputs={"cohort.parquet": "ab" * 32},
    predictions_md5="cd" * 16,
    seed=0,
    stages={
        "cohort": StageRecord(),
        "radiomics": StageRecord(),
        "deep": StageRecord(
            notes=["batch size halved to 8: not enough memory"],
            weights=WeightsRecord(backbone="efficientnet_lite0", weights="imagenet", sha256="cd" * 32),
        ),
        "evaluate": StageRecord(),
    },
)
SECONDS: Mapping[StageName, float] = {"cohort": 0.21, "radiomics": 3.4, "deep": 12.8, "evaluate": 5.0}
EXECUTION = Execution(
    date="2026-01-02 03:04 UTC",
    git_commit="0123456789abcdef0123456789abcdef01234567",
    python="3.11.7",
    platform="Linux-x86_64",
    packages={"numpy": "2.4.0", "torch": "2.15.0"},
    command="radsurv run cohort=demo seed=0",
    stages={
        name: StageExecution(seconds=seconds, cache_dir="/cache", results="ef" * 32)
        for name, seconds in SECONDS.items()
    },
)
# What the run wrote, by the names that its parts have in `make_run`.
ENTRIES = {entry.name: entry for entry in TABLES}


@functools.cache
def composed(*overrides: str) -> Config:
    return validate(compose(["cohort=table", "cohort.name=hospital", *overrides]))


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
        {"fold": places, "repeat": 0, "n_tested": 1, "n_varying": 1500, "n_concordant": kept, "n_kept": kept,
         "n_nonzero": nonzero, "penalty": 0.2, "threshold": predictions["threshold"]}
    )  # fmt: skip


LAY_OUT = "matplotlib.layout_engine.ConstrainedLayoutEngine.execute"


@pytest.fixture(scope="module", autouse=True)
def _anyhow(request) -> Iterator[pytest.MonkeyPatch]:
    """Figures are drawn where things happen to lie: looking for a layout takes longer, and only tests of figures look at them."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name != "figures":
            patch.setattr(LAY_OUT, lambda engine, figure: None)
        yield patch


@pytest.fixture
def laid_out(_anyhow) -> Iterator[None]:
    """Figures as they are."""
    _anyhow.undo()
    yield
    _anyhow.setattr(LAY_OUT, lambda engine, figure: None)


@pytest.fixture(scope="session")
def tables() -> dict[Table, pd.DataFrame]:
    """The tables of the run; ``qc`` is beside them."""
    generator = np.random.default_rng(7)
    cohort = pd.DataFrame(
        {"patient_id": patient_ids(), "age": generator.integers(28, 81, N_TABLE), "sex": ["F", "M"] * 21 + ["F"]}
    )
    predictions, selections = predictions_table(generator), selections_table(generator)
    cohort["time"] = [*predictions["time"], *[float(time) for time in range(1, 1 + N_TABLE - N_PATIENTS)]]
    return {
        COHORT: cohort,
        PREDICTIONS: predictions,
        SELECTIONS: selections,
        FOLDS: folds_table(predictions, selections),
    }


@pytest.fixture
def configured() -> Callable[..., Config]:
    """The configuration that ``radsurv run`` with some overrides has; the default one without any."""
    return composed


@pytest.fixture
def config() -> Config:
    return composed()


@pytest.fixture
def metrics() -> dict[str, float | None]:
    return dict(METRICS)


@pytest.fixture
def provenance() -> Provenance:
    return PROVENANCE


@pytest.fixture
def execution() -> Execution:
    return EXECUTION


@pytest.fixture
def qc() -> pd.DataFrame:
    return qc_table()


@pytest.fixture
def cohort(tables: dict[Table, pd.DataFrame]) -> pd.DataFrame:
    return tables[COHORT].copy()


@pytest.fixture
def predictions(tables: dict[Table, pd.DataFrame]) -> pd.DataFrame:
    return tables[PREDICTIONS].copy()


@pytest.fixture
def selections(tables: dict[Table, pd.DataFrame]) -> pd.DataFrame:
    return tables[SELECTIONS].copy()


@pytest.fixture
def folds(tables: dict[Table, pd.DataFrame]) -> pd.DataFrame:
    return tables[FOLDS].copy()


@pytest.fixture
def make_run(tmp_path: Path, tables: dict[Table, pd.DataFrame]) -> Callable[..., Path]:
    """Write a run folder with the program's own names; keywords replace its parts or add tables, None leaves one out."""

    def make(folder: str = "run", **changes: Any) -> Path:
        run = RunFolder(tmp_path / folder)
        parts: Mapping[str, Any] = {
            "config": composed(), "metrics": METRICS, "provenance": PROVENANCE, "execution": EXECUTION, "qc": qc_table(),
            **{entry.name: table for entry, table in tables.items()}, **changes,
        }  # fmt: skip
        run.write_config(parts["config"])
        if parts["qc"] is not None:
            run.write_csv(parts["qc"], run.qc)
        for name, path in (("metrics", run.metrics), ("provenance", run.provenance)):
            if parts[name] is not None:
                run.write_json(parts[name], path)
        if parts["execution"] is not None:
            results = fingerprint(run.root / name for name in RESULTS)
            run.write_json(parts["execution"].model_copy(update={"results": results}), run.execution)
        for name, entry in ENTRIES.items():
            if parts.get(name) is not None:
                run.write(parts[name], entry, simulated=False)
        return run.root

    return make


@pytest.fixture
def load(make_run: Callable[..., Path]) -> Callable[..., Experiment]:
    """The same, read back; each time from a folder of its own."""
    folders = iter(range(1000))

    def load(**changes: Any) -> Experiment:
        return Experiment.load(make_run(f"run{next(folders)}", **changes))

    return load


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home folder without credentials, and no W&B settings of whoever runs the tests."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(("WANDB_", "XDG_"))]:
        if name != "WANDB_SERVICE":  # W&B's own, from the first run of this process on
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("WANDB__SERVICE_WAIT", "600")  # for its service to start, on a loaded machine too
    return folder
