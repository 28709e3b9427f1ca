"""Simpler models that were not what they were called: rows of docs/misleading.md.

What is said is how the table of comparators describes the model.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from misleading import Row

from radsurv.cohort.simulate import simulate
from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.compose import compose


def volume_only(folder: Path, *options: str) -> str:
    """What the model `volume` is made of in a run on twelve patients, with age beside what the options bring."""
    table = simulate(folder / "cohort", n_patients=12, n_censored=2)
    where = (f"cohort.table={table}", f"run_dir={folder / 'run'}", "cohort.covariates=[age]", "tracking=none")
    quick = ("radiomics=none", "backbone=none", "reduction=none", "model=cox", "compute.n_jobs=1", "until=compare")
    compared = ("comparison.models=[volume]", "comparison.kfold=false")
    pipeline.run(validate(compose([*where, *quick, *compared, *options])))
    rows = pd.read_parquet(folder / "run/comparators.parquet").set_index("comparator")
    return rows.loc["volume", "features"]


def of_a_ready_table(folder: Path) -> str:
    """Twelve outlines, each measured by its voxels and by a mesh."""
    voxels = 1000.0 + 37 * np.arange(12) ** 2 % 400
    ready = pd.DataFrame(
        {
            "patient_id": [f"SIMULATED-{number:03d}" for number in range(1, 13)],
            "original_shape_MeshVolume": voxels - 5 - np.arange(12) % 3,
            "original_shape_VoxelVolume": voxels,
        }
    )
    ready.to_csv(folder / "features.csv", index=False)
    return volume_only(folder, f"cohort.features={folder / 'features.csv'}")


ROWS = [
    Row(
        kind="simpler models",
        given='images, and the model "volume only"',
        before="`shape_Volume`, which is the area of one section times its thickness, as the paper has it",
        now="Cox regression on the volume of the whole outline",
        say=volume_only,
    ),
    Row(
        kind="simpler models",
        given="pyradiomics' MeshVolume and VoxelVolume in a ready table",
        before="a Cox regression on both, which are one quantity measured twice",
        now="Cox regression on original_shape_VoxelVolume",
        say=of_a_ready_table,
    ),
]
