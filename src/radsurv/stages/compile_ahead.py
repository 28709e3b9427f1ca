"""``radsurv compile``: what a run would have compiled on its first use, beforehand.

Loops are compiled when they are first called, for the kinds of arrays that they are called with, and kept on disk. A run knows best which
those are: here is one, of made-up numbers, in a folder that is gone afterwards.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from radsurv.config import validate
from radsurv.csv_files import write_csv
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

N_PATIENTS, N_FEATURES = 40, 6


def compile_ahead(overrides: Sequence[str], tell: Callable[[str], None]) -> None:
    """Compile, and keep, what a run with these options calls up to its evaluation.

    Parameters
    ----------
    overrides
        As of ``radsurv run``, other than of the cohort and its images.

    Raises
    ------
    RadsurvError
        As the run.
    """
    started = time.perf_counter()
    unseen = io.StringIO()
    with TemporaryDirectory() as folder, redirect_stdout(unseen), redirect_stderr(unseen):
        pipeline.run(validate(compose([*overrides, *_made_up(Path(folder))])))
    from radsurv.survival.cox_path import cross_validate_path

    kept = cross_validate_path.stats.cache_path
    tell(f"compiled what there was to compile, in {time.perf_counter() - started:.0f} s; kept in {kept}")


def _made_up(folder: Path) -> list[str]:
    """Patients of whom every feature tells how long they live, so that some are left in every training set; as overrides."""
    generator = np.random.default_rng(0)
    hazard = generator.normal(size=N_PATIENTS)
    noise = generator.normal(size=(N_PATIENTS, N_FEATURES))
    patients = {"patient_id": [f"MADE-UP-{number:02d}" for number in range(N_PATIENTS)]}
    outcome = {"time": np.argsort(np.argsort(-hazard)) + 1, "event": np.arange(N_PATIENTS) % 5 > 0}
    features = {f"feature_{column}": hazard + noise[:, column] for column in range(N_FEATURES)}
    tables: dict[str, dict[str, Any]] = {"cohort.table": patients | outcome, "cohort.features": patients | features}
    for option, table in tables.items():
        write_csv(pd.DataFrame(table), folder / f"{option}.csv")
    places = {option: folder / f"{option}.csv" for option in tables}
    places |= {"run_dir": folder / "run", "compute.cache_dir": folder / "cache"}
    return [*(f"{option}='{place}'" for option, place in places.items()), "until=evaluate", "tracking=none"]
