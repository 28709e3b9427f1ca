"""Runs that several test modules read."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.cli import main

N = 40
QUICK = (
    *("significance=naive", "attribution=none", "tracking=none", "compute.n_jobs=1", "reduction.cindex=0.5"),
    *("cohort.table=data/clinical.csv", "cohort.features=data/features.csv", "reduction.icc=null"),
)


@pytest.fixture(scope="session")
def quick() -> tuple[str, ...]:
    """Overrides of a run of seconds in the folder `work`."""
    return QUICK


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """A working folder with what makes it a clone: ``conf/`` beside the pipeline that composes it."""
    root = Path(__file__).parents[2]
    shutil.copytree(root / "conf", tmp_path / "conf")
    shutil.copy(root / "dvc.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def work(tmp_path_factory) -> Path:
    """A working folder with three runs of a sweep, one of which failed, and one run with clinical variables."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "data").mkdir()
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N, 4))
    clinical = pd.DataFrame(
        {
            "patient_id": [f"SECRET-{number:02d}" for number in range(N)],
            "time": np.round(np.exp(5 - values[:, 0] + rng.normal(size=N))) + 1,
            "event": (np.arange(N) % 4 > 0).astype(int),
            "age": np.round(60 + 8 * values[:, 1] + rng.normal(size=N)),
        }
    )
    clinical.to_csv(folder / "data/clinical.csv", index=False)
    features = pd.DataFrame(values, columns=["f0", "f1", "f2", "<b>f3</b>"])
    features.insert(0, "patient_id", clinical["patient_id"])
    features.to_csv(folder / "data/features.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("radsurv.report.html.render", lambda experiment: "page")  # with figures that nobody looks at here
        line = ["run", *QUICK, "run_dir=runs/clinical", "cohort.covariates=[age]", "comparison.models=[radiomics]"]
        assert main(line) == 0
        sweep = ["run", "-m", *QUICK, "run_dir=runs/sweep", "comparison=none", "model.alpha=0.1,0.9"]
        assert main([*sweep, "cohort.min_patients=10,41"]) == 1
    return folder
