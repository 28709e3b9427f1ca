"""What a run costs against its patients: wall time, processor time and peak memory of each stage, on ready features.

    python bench/scale.py [--patients N …] [--features N] [--permutations N] [--until STAGE] [--src DIR] [--tiny]

Every stage is a process of its own, as DVC runs it, so that its peak of memory is its own. Patients are made up: standard normal
features, of which two drive the hazard, and a third of them censored. The scheme is one 5-fold cross-validation: leave-one-out of
20,000 patients trains 20,000 models, which nobody needs. `--src` takes another checkout's `src`, to compare two of them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from processes import RADSURV, Used, used_by

from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.stages.compose import compose

ON_READY_FEATURES = (
    *("radiomics=none", "backbone=none", "attribution=none", "tracking=none", "transforms=none"),
    *(
        "validation=repeated_kfold",
        "validation.repeats=1",
        "cohort.table=clinical.csv",
        "cohort.features=features.parquet",
    ),
)


def made_up_tables(folder: Path, n_patients: int, n_features: int) -> None:
    """``clinical.csv`` and ``features.parquet``."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(n_patients, n_features))
    survival = generator.exponential(400 * np.exp(-0.8 * values[:, 0] - 0.5 * values[:, 1]))
    follow_up = generator.exponential(1200, n_patients)
    ids = [f"P{number:06d}" for number in range(n_patients)]
    outcome = {"time": np.ceil(np.minimum(survival, follow_up) + 1), "event": (survival <= follow_up).astype(int)}
    age, sex = generator.integers(30, 80, n_patients), generator.choice(["F", "M"], n_patients)
    clinical = pd.DataFrame({"patient_id": ids, **outcome, "age": age, "sex": sex})
    clinical.to_csv(folder / "clinical.csv", index=False)
    features = pd.DataFrame(values, columns=[f"feature_{number}" for number in range(n_features)])
    features.insert(0, "patient_id", ids)
    features.to_parquet(folder / "features.parquet", index=False)


def costs(folder: Path, overrides: Sequence[str], src: Path | None, stages: Sequence[str]) -> Iterator[Used]:
    """Of the stages, one after the other."""
    options = compose([*ON_READY_FEATURES, f"compute.cache_dir={folder / 'cache'}", *overrides])
    (folder / "params.yaml").write_text(yaml.safe_dump(options, sort_keys=False), encoding="utf-8")
    environment = {} if src is None else {"PYTHONPATH": str(src.absolute())}
    for stage in stages:
        yield used_by(RADSURV, ["stage", stage], folder, **environment)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[2_000, 20_000], help="sizes of the cohort")
    parser.add_argument("--features", type=int, default=50, help="how many each patient has")
    parser.add_argument("--permutations", type=int, default=19, help="shuffled outcomes at most")
    parser.add_argument("--until", choices=STAGE_NAMES, default="report", help="the last stage")
    parser.add_argument("--src", type=Path, help="the `src` of another checkout, in place of the installed one")
    parser.add_argument("--tiny", action="store_true", help="60 patients, one stage: shows whether it runs, no more")
    parser.add_argument("overrides", nargs="*", metavar="override", help="of radsurv run, e.g. model=ridge_cox")
    asked = parser.parse_args(arguments)
    sizes, n_features, until = ([60], 5, "cohort") if asked.tiny else (asked.patients, asked.features, asked.until)
    stages = STAGE_NAMES[: STAGE_NAMES.index(until) + 1]
    overrides = [f"significance.permutations={asked.permutations}", *asked.overrides]
    print(f"{'patients':>8} {'features':>8} {'stage':<12} {'wall s':>8} {'processor s':>12} {'peak MB':>8}")
    for n_patients in sizes:
        with tempfile.TemporaryDirectory(prefix="radsurv-") as folder:
            made_up_tables(Path(folder), n_patients, n_features)
            for stage, used in zip(stages, costs(Path(folder), overrides, asked.src, stages), strict=True):
                print(
                    f"{n_patients:>8,} {n_features:>8,} {stage:<12} {used.wall:8.1f} {used.processor:12.1f}"
                    f" {used.parent_mb:8,.0f}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
