"""Whether a change moved a number: named runs before and after it, compared byte for byte.

    python bench/reference_runs.py run DIR [NAME …]
    python bench/reference_runs.py compare BEFORE AFTER

``run`` makes DIR/NAME, which must not be there yet, with the code of the checkout that this script lies in, and a cache of its
own, so that features are computed and not remembered. Real cohorts are of the development material (``--shared``), which is not
part of the repository; a run whose cohort is not there is skipped, by name; status 1 if a run failed, or none could be made. Times
are no benchmark here. ``compare`` names what differs (see compare_runs.py); status 1 if anything does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compare_runs import compare_directories

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PROGRAM = "import sys; from radsurv.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Cohort:
    """Patients of reference runs.

    Attributes
    ----------
    needs
        Files without which a run is skipped.
    overrides
        That choose the cohort.
    brought_by
        How to get the files.
    """

    needs: tuple[Path, ...]
    overrides: tuple[str, ...]
    brought_by: str


@dataclass(frozen=True)
class Reference:
    """One run; `after` names another whose model.json it applies."""

    cohort: str
    overrides: tuple[str, ...] = ()
    after: str | None = None


QUICK = "significance.permutations=19"
LOOSE = "reduction.cindex=0.6"
TWICE, ONCE = (
    ("validation=repeated_kfold", "validation.repeats=2"),
    ("validation=repeated_kfold", "validation.repeats=1"),
)
REFERENCES = {
    "demo": Reference("demo"),
    "lgg_optuna": Reference("tcga_lgg", ("search=optuna", "search.trials=4", QUICK)),
    "plgg_rsf": Reference("plgg", ("model=rsf", "model.trees=20", LOOSE, "significance=naive", *TWICE)),
    "plgg_gbs": Reference("plgg", ("model=gbs", "model.trees=20", LOOSE, "significance=naive", *ONCE)),
    "plgg_bootstrap": Reference("plgg", (LOOSE, "validation=bootstrap", "validation.resamples=40", QUICK)),
    "plgg_loocv": Reference("plgg", (LOOSE, QUICK)),
    "plgg_external": Reference("plgg", ("validation=external", "significance.permutations=199"), after="plgg_loocv"),
    "plgg_strict": Reference("plgg", (LOOSE, *ONCE, "validation.inner=nested", QUICK)),
    "plgg_ridge": Reference("plgg", (LOOSE, "model=ridge_cox", *TWICE, "validation.inner_repeats=3", QUICK)),
    "lgg_site_cov": Reference(
        "tcga_lgg",
        (
            *("validation=leave_site_out", "cohort.covariates=[age, sex, grade]", "reduction=none", "radiomics=none"),
            *("backbone=none", "model=cox", "significance.permutations=99"),
        ),
    ),
    "lgg_icc": Reference("tcga_lgg", ("roi.perturbations=3", "reduction.icc=0.7", LOOSE, *ONCE, QUICK)),
    "plgg_flat": Reference(
        "plgg",
        ("search=flat", "search.trials=6", "search.features={all: ['*'], t1: ['T1_*']}", "significance=naive", *ONCE),
    ),
}


def cohorts(root: Path, shared: Path) -> dict[str, Cohort]:
    """Where the patients of the references are."""
    plgg, lgg, demo = shared / "tables" / "plgg", shared / "cohorts" / "tcga_lgg", root / "data" / "demo"
    material = "the development material, which is not part of the repository"
    return {
        "demo": Cohort((demo / "clinical.csv",), (), "dvc pull data.dvc"),
        "tcga_lgg": Cohort((lgg / "clinical.csv", lgg / "images"), (f"cohort.table={lgg / 'clinical.csv'}",), material),
        "plgg": Cohort(
            (plgg / "clinical.csv", plgg / "features.csv"),
            (
                *(f"cohort.table={plgg / 'clinical.csv'}", f"cohort.features={plgg / 'features.csv'}"),
                "cohort.time_unit=months",
            ),
            material,
        ),
    }


def model_of(reference: Reference, directory: Path) -> Path | None:
    """The finished model that a reference applies."""
    return None if reference.after is None else directory / reference.after / "model.json"


def lacking(reference: Reference, cohort: Cohort, directory: Path) -> str | None:
    """Why a reference cannot be run; None where it can."""
    missing = [path for path in cohort.needs if not path.exists()]
    if missing:
        return f"{missing[0]} is not there: {cohort.brought_by}"
    model = model_of(reference, directory)
    return None if model is None or model.is_file() else f"{model} is not there: run {reference.after} first"


def overrides_of(reference: Reference, cohort: Cohort, directory: Path) -> list[str]:
    """What is asked of ``radsurv run``, but for the folders."""
    model = model_of(reference, directory)
    return [*cohort.overrides, *reference.overrides, *([] if model is None else [f"validation.model={model}"])]


def radsurv_run(overrides: Sequence[str], log: Path) -> int:
    """The exit status of ``radsurv run`` with the code of this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "WANDB_MODE": "offline"}
    with log.open("w", encoding="utf-8") as stream:
        command = [sys.executable, "-c", PROGRAM, "run", *overrides]
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT, check=False
        ).returncode


def run_references(directory: Path, names: Sequence[str], until: str, known: dict[str, Cohort]) -> bool:
    """Run references into folders of a directory; whether all that could be run went well, and any could."""
    directory.mkdir(parents=True, exist_ok=True)
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="radsurv-reference-") as cache:
        shared_by_all = ["tracking=none", f"until={until}", f"compute.cache_dir={cache}"]
        for name in names:
            reference = REFERENCES[name]
            cohort = known[reference.cohort]
            reason = lacking(reference, cohort, directory)
            if reason is not None:
                print(f"{name:<16}skipped: {reason}", flush=True)
                continue
            if (directory / name).exists():
                print(f"{name:<16}FAILED: {directory / name} is there already; name a new folder", flush=True)
                verdicts.append(False)
                continue
            start, log = time.perf_counter(), directory / f"{name}.log"
            own = [f"run_dir={directory / name}", *overrides_of(reference, cohort, directory)]
            status = radsurv_run([*own, *shared_by_all], log)
            verdict = "done" if status == 0 else f"FAILED with status {status}, see {log}"
            print(f"{name:<16}{verdict} ({time.perf_counter() - start:.0f} s)", flush=True)
            verdicts.append(status == 0)
    if not verdicts:
        print("none of these runs could be made")
    return bool(verdicts) and all(verdicts)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="make the runs", description=f"The runs: {', '.join(REFERENCES)}.")
    run.add_argument("directory", type=Path, metavar="DIR")
    run.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    run.add_argument("--until", default="attribution", help="last stage (default: all that hold numbers)")
    run.add_argument("--shared", type=Path, default=SHARED, help="the development material, not part of the repository")
    compare = commands.add_parser("compare", help="compare two directories of runs")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    asked = parser.parse_args(arguments)
    if asked.command == "compare":
        return 0 if compare_directories(asked.before, asked.after, tuple(REFERENCES)) else 1
    unknown = [name for name in asked.names if name not in REFERENCES]
    if unknown:
        parser.error(f"there is no run {unknown[0]!r}; there are: {', '.join(REFERENCES)}")
    names = [name for name in REFERENCES if name in asked.names or not asked.names]  # a model before its application
    known = cohorts(ROOT, asked.shared.resolve())
    return 0 if run_references(asked.directory.resolve(), names, asked.until, known) else 1


if __name__ == "__main__":
    raise SystemExit(main())
