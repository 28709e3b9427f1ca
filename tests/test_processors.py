"""The same bytes on another processor, as docs/statistics.md says: the same run as if this machine were the first x86-64, and as it is."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from test_same_numbers import make_cohort

SAME = ("predictions", "selections", "folds", "inner_draws")
DIGITS = 1e-10  # of all other numbers, relatively
# For compiled loops, BLAS, numpy and the C library: none of what came after SSE3, above all no fused multiply-add.
OLDEST = {
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL",
}
PROGRAM = """
import sys
import numba
from numpy._core._multiarray_umath import __cpu_features__
from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

name = sys.argv[1]
if name == "oldest":  # else this processor is compared with itself
    assert numba.config.CPU_NAME == "generic", numba.config.CPU_NAME
    assert not __cpu_features__["X86_V3"] and not __cpu_features__["X86_V4"], __cpu_features__
for model in ("coxnet", "ridge_cox"):
    where = ("cohort.table=cohort/clinical.csv", "cohort.features=cohort/features.csv", f"run_dir={name}_{model}")
    folds = ("validation=repeated_kfold", "validation.n_splits=4", "validation.repeats=1", "validation.inner_repeats=2")
    quick = ("tracking=none", "significance=naive", "reduction.cindex=0.58", "until=evaluate")
    pipeline.run(validate(compose([*where, *folds, *quick, f"model={model}"])))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """The folders of both runs, of both models."""
    root = tmp_path_factory.mktemp("processors")
    make_cohort(root / "cohort")
    for name, settings in (("here", {}), ("oldest", OLDEST)):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **settings}
        command = [sys.executable, "-c", PROGRAM, name]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return root


pytestmark = [
    pytest.mark.slow,  # compiles for the other processor
    pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the settings are those of x86-64"),
]


@pytest.mark.parametrize("model", ["coxnet", "ridge_cox"])
@pytest.mark.parametrize("table", SAME)
def test_tables_of_the_models_are_the_same_bytes(runs, model, table):
    here, oldest = (runs / f"{name}_{model}" / f"{table}.parquet" for name in ("here", "oldest"))
    assert len(pd.read_parquet(here)) > 0
    assert here.read_bytes() == oldest.read_bytes()


@pytest.mark.parametrize("model", ["coxnet", "ridge_cox"])
def test_all_other_numbers_agree_to_ten_digits(runs, model):
    here, oldest = (runs / f"{name}_{model}" for name in ("here", "oldest"))
    for table in ("horizons", "calibration", "decision"):
        one, other = pd.read_parquet(here / f"{table}.parquet"), pd.read_parquet(oldest / f"{table}.parquet")
        pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=DIGITS, atol=0)
    one, other = (json.loads((run / "metrics.json").read_text("utf-8")) for run in (here, oldest))
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert other[name] == (value if value is None else pytest.approx(value, rel=DIGITS)), name
