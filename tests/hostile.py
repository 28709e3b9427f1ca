"""Command lines that nobody should type: options of the composed configuration with values of every wrong kind."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from radsurv.cli import main
from radsurv.stages.compose import compose

QUICK = (
    "cohort.table=cohort/clinical.csv", "cohort.features=cohort/features.csv", "run_dir=out", "tracking=none",
    "backbone=none", "significance=naive", "comparison=none", "attribution=none", "compute.n_jobs=1", "until=evaluate",
    "validation=repeated_kfold", "validation.repeats=1", "validation.inner_splits=3", "model.n_lambda=5",
)  # fmt: skip
# Every alternative that has options of its own.
CHOICES = (
    (), ("model=ridge_cox",), ("model=cox",), ("model=rsf", "model.trees=3"), ("model=gbs", "model.trees=3"),
    ("validation=bootstrap", "validation.resamples=12"), ("validation=loocv",), ("validation=leave_site_out",),
    ("validation=external",), ("transforms=combat",), ("transforms=imputation",), ("transforms=imputation_combat",),
    ("search=optuna", "search.trials=2"), ("search=flat", "search.trials=2"), ("reduction=none",),
    ("significance=permutation", "significance.permutations=19"), ("attribution=occlusion",), ("tracking=wandb",),
    ("cohort=table",), ("backbone=vgg19",), ("patch=tumour_only",), ("radiomics=ibsi",), ("compute=slurm", "compute.n_jobs=2"),
)  # fmt: skip
VALUES = (
    "null", "", "''", "' '", "[]", "{}", "[[]]", "[null]", "[{}]", "{a: 1}", "{a: {b: [1, {c: null}]}}", "true", "false",
    "0", "-1", "1", "2", "0.5", "-0.0", "1e-320", "1e309", "-1e309", "nan", "inf", "-inf", "1e30", "9" * 20, "9" * 400, "9" * 5000,
    "0x10", "1_000", "2.5", "[1e309]", "[nan]", "[-1]", f"[{'9' * 20}]", "[1,1]", "[a,a]", "a", "A b", "auto", "none", "ß→𝔘", "\u202e",
    "'\\0'", '"\\u0000"', "\udcff", "'\ud800'", "x" * 300, "x" * 5000, "a,b", "'a,b'", "${seed}", "${cohort.name}", "${cohort}", "${nope}",
    "${", "${}", "${${seed}}", "${oc.env:HOME}", "${oc.decode:'[1'}", "${oc.create:{a: 1}}", "${now:%Y}", "${hydra:job.name}",
    "${oc.select:seed}", "glob(*)", "glob(", "choice(1,2)", "range(1,3)", "interval(0,1)", "sort(3,1)", "int(x)", "int(3)", "float(nan)",
    "extend_list(1)", "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "../..", "/dev/null", "~", "\\", '"', "'", "=",
    "a=b", "*", "?", "[", "{", ")", "%s", "{0}", "cohort", "cohort/clinical.csv", "out/qc.csv", ".", "..", "-m", "--cfg", "!!python/object",
    "[" * 60 + "]" * 60, "[" * 5000 + "]" * 5000,
)  # fmt: skip
PREFIXES = ("", "", "", "", "+", "++", "~")


def leaves(composed: dict[str, object], place: str = "") -> list[str]:
    """Dotted names of all options, groups among them."""
    found = []
    for name, value in composed.items():
        found.append(f"{place}{name}")
        if isinstance(value, dict):
            found += leaves(value, f"{place}{name}.")
    return found


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Overrides: an alternative, and one to three options of it with hostile values."""
    choice = draw(st.sampled_from(CHOICES))
    names = leaves(compose([one for one in choice if "." not in one]))
    overrides = []
    for _ in range(draw(st.integers(1, 3))):
        name = draw(
            st.sampled_from(names)
            | st.sampled_from(["experiment", "hydra.run.dir", "hydra.sweep.dir", "nope", "model.nope", ""])
        )
        value = draw(st.sampled_from(VALUES) | st.text(max_size=6).filter(lambda text: "\0" not in text))
        overrides.append(f"{draw(st.sampled_from(PREFIXES))}{name}={value}")
    return [*choice, *overrides, *draw(st.sampled_from([[], [], [], ["-m"], ["--cfg", "job"]]))]


def make_cohort(folder: Path, n_patients: int = 14, n_features: int = 6) -> None:
    """A cohort table and ready features of two sites."""
    generator = np.random.default_rng(3)
    values = generator.normal(size=(n_patients, n_features))
    ids = [f"P{number:02d}" for number in range(n_patients)]
    folder.mkdir(parents=True)
    pd.DataFrame(
        {
            "patient_id": ids,
            "time": np.ceil(100 * np.exp(-values[:, 0]) + generator.exponential(20, n_patients)),
            "event": [1, 1, 0] * (n_patients // 3) + [1] * (n_patients % 3),
            "site": ["A", "B"] * (n_patients // 2),
            "age": np.round(60 + 9 * values[:, 1]),
        }
    ).to_csv(folder / "clinical.csv", index=False)
    features = pd.DataFrame(values, columns=[f"f{number}" for number in range(n_features)])
    features.insert(0, "patient_id", ids)
    features.to_csv(folder / "features.csv", index=False)


def fault_of(overrides: list[str]) -> str | None:
    """What the program does wrong about a command line, in a working folder that holds `make_cohort`'s; None if nothing."""
    shutil.rmtree("out", ignore_errors=True)
    shown, printed = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(printed):
        try:
            status: object = main(["run", *QUICK, *overrides])
        except SystemExit as stop:
            status = stop.code
    said = shown.getvalue()
    errors = [line for line in said.splitlines() if line.startswith("radsurv: error: ")]
    if status not in (0, 1, 2):
        return f"exit status {status}: {said[-600:]}"
    if "Traceback" in said + printed.getvalue():
        return f"a traceback: {said[-600:]}"
    if "-m" not in overrides and len(errors) != (status == 1):
        return f"{len(errors)} lines of error with status {status}: {said[-600:]}"
    if Path("pwned").exists():
        return "a shell ran"
    return None
