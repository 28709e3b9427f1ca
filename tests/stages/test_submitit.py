"""A sweep whose runs are jobs of their own (submitit) is the sweep of one process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import hostile
import pytest

from radsurv.stages.compose import check

SRC = Path(__file__).parents[2] / "src"
ASKED = (
    *(
        "cohort.table=cohort/clinical.csv",
        "cohort.features=cohort/features.csv",
        "cohort.min_patients=4",
        "until=evaluate",
    ),
    *("radiomics=none", "backbone=none", "attribution=none", "tracking=none", "comparison=none", "significance=naive"),
    *("validation=repeated_kfold", "validation.repeats=1", "validation.inner_splits=3", "model.n_lambda=5"),
    *("compute.n_jobs=1", "model.alpha=0.1,0.9"),
)


def test_the_launcher_of_slurm_is_an_override_like_any_other():
    check([*ASKED, "hydra/launcher=submitit_slurm", "hydra.launcher.partition=cpu"], sweep=True)


@pytest.mark.slow
def test_runs_as_jobs_have_the_bytes_of_runs_one_after_the_other(tmp_path):
    hostile.make_cohort(tmp_path / "cohort", n_patients=24)

    def sweep(*more):
        program = ["-c", "from radsurv.cli import main; raise SystemExit(main())"]
        done = subprocess.run(
            [sys.executable, *program, "run", "-m", *ASKED, *more],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(SRC)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    sweep("run_dir=here")
    sweep("run_dir=jobs", "hydra/launcher=submitit_local", "hydra.launcher.timeout_min=20")
    assert any((tmp_path / "jobs" / ".submitit").iterdir())
    runs = sorted(path.name for path in (tmp_path / "here").iterdir() if path.is_dir())
    assert runs == ["model.alpha=0.1", "model.alpha=0.9"]
    for name in ["summary.csv", *(f"{run}/{file}" for run in runs for file in ("predictions.parquet", "model.json"))]:
        here, jobs = ((tmp_path / root / name).read_bytes() for root in ("here", "jobs"))
        assert here == jobs, name
    first, second = (json.loads((tmp_path / "jobs" / run / "metrics.json").read_text()) for run in runs)
    assert first != second
