"""bench/deep.py, as on a GPU host that lacks what only the rest of the program needs."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
sys.modules.update(dict.fromkeys(["pydantic", "hydra", "omegaconf", "pandas"]))
sys.path.insert(0, "bench")
import deep
sys.exit(deep.main(["--tiny", "--json", sys.argv[1]]))
"""


@pytest.mark.slow
def test_it_runs_without_pydantic_and_the_stage_gives_the_numbers_of_the_bare_loop(tmp_path):
    path = tmp_path / "results.json"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads(path.read_text())
    assert all(math.isfinite(value) for row in results for value in row.values() if isinstance(value, float))
    rows = [row for row in results if "stage_to_bare" in row]
    assert [row["precision"] for row in rows] == ["fp32", "bf16"]
    assert all(row["worst_difference_from_bare"] < 1e-3 for row in rows)
    assert all(row["same_bytes_alone"] is True for row in rows)
    assert [
        row["worst_difference_from_fp32_on_the_cpu"] < bound for row, bound in zip(rows, (1e-9, 0.05), strict=True)
    ] == [True, True]
