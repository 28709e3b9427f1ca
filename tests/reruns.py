"""Runs of a small ready feature table in a process of its own, which a test kills and starts again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def results_of(script: str, folder: Path) -> Any:
    """What a script, given a folder with ``clinical.csv`` and ``features.csv`` of 24 patients, prints last, as JSON."""
    generator = np.random.default_rng(3)
    values, ids = generator.normal(size=(24, 4)), [f"P{number:02d}" for number in range(24)]
    time = np.exp(5 - values[:, 0] + 0.5 * generator.normal(size=24)).round() + 1
    table = {"patient_id": ids, "time": time, "event": [1, 1, 1, 0] * 6, "sex": ["M", "F"] * 12}
    pd.DataFrame(table).to_csv(folder / "clinical.csv", index=False)
    features = pd.DataFrame(values, columns=list("abcd"))
    features.insert(0, "patient_id", ids)
    features.to_csv(folder / "features.csv", index=False)
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], env=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
