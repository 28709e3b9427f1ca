"""The run folder: every file a stage reads or writes has its name here, and nowhere else but in ``dvc.yaml``."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from radsurv.config import Config
from radsurv.errors import ConfigError

# Any of these tells the folder of a run; a config.yaml, or a folder of W&B's, may be anybody's.
OURS = ("qc/cohort.csv", "provenance/cohort.json", "left_out.csv")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place only if the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RunFolder:
    """Names and formats of the tables of one run."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.cohort = self.root / "cohort.parquet"
        self.features = self.root / "features.parquet"
        self.rois = self.root / "rois"
        self.rois_index = self.rois / "index.parquet"
        self.radiomics = self.root / "radiomics.parquet"
        self.radiomics_readings = self.root / "radiomics_readings.parquet"
        self.deep = self.root / "deep.parquet"
        self.deep_readings = self.root / "deep_readings.parquet"
        self.stability = self.root / "stability.parquet"
        self.predictions = self.root / "predictions.parquet"
        self.selections = self.root / "selections.parquet"
        self.folds = self.root / "folds.parquet"
        self.trials = self.root / "trials.parquet"
        self.inner_draws = self.root / "inner_draws.parquet"
        self.comparators = self.root / "comparators.parquet"
        self.study = self.root / "study.journal"
        self.horizons = self.root / "horizons.parquet"
        self.calibration = self.root / "calibration.parquet"
        self.decision = self.root / "decision.parquet"
        self.model = self.root / "model.json"
        self.permutations = self.root / "permutations.parquet"
        self.inside = self.root / "inside.parquet"
        self.metrics = self.root / "metrics.json"
        self.qc = self.root / "qc.csv"
        self.config = self.root / "config.yaml"
        self.provenance = self.root / "provenance.json"
        self.report = self.root / "report.html"
        self.refusal = self.root / "left_out.csv"
        self._replacing: Config | None = None

    def replace_with(self, config: Config) -> None:
        """Have the first table that is written take the place of an earlier run, with all that run left here.

        Raises
        ------
        ConfigError
            When the folder holds other things than a run.
        """
        strange = sorted(path.name for path in self.root.glob("*") if not path.name.startswith("."))
        if strange and not any((self.root / name).exists() for name in OURS):
            raise ConfigError(
                f"run_dir={self.root} is no folder of a run and holds {len(strange)} files or folders, for instance"
                f" {strange[0]!r}: name a new folder"
            )
        self._replacing = config

    def _begin(self) -> None:
        config, self._replacing = self._replacing, None
        if config is not None:
            for path in (*self.outputs(), self.config, self.refusal):
                path.unlink(missing_ok=True)
            self.write_config(config)

    def write_refusal(self, left_out: pd.DataFrame) -> None:
        """Who was left out of a run that could not be; an earlier run in this folder stays as it is."""
        with atomic(self.refusal) as temporary:
            left_out.to_csv(temporary, index=False)

    def outputs(self) -> list[Path]:
        """Every table, and the report."""
        readings = (self.radiomics_readings, self.deep_readings, self.stability)
        features = (self.features, self.radiomics, self.deep, *readings)
        judged = (self.horizons, self.calibration, self.decision, self.permutations, self.inside)
        tables = (self.cohort, *features, self.predictions, self.selections, self.folds, *judged)
        stages = [*self.root.glob("qc/*.csv"), *self.root.glob("provenance/*.json")]
        return [
            *tables,
            self.trials,
            self.inner_draws,
            self.comparators,
            self.study,
            self.rois_index,
            self.model,
            self.metrics,
            self.qc,
            self.provenance,
            self.report,
            *stages,
        ]

    def stage_qc(self, stage: str) -> Path:
        """What one stage says of its patients; ``qc.csv`` is all of them together."""
        return self.root / "qc" / f"{stage}.csv"

    def stage_provenance(self, stage: str) -> Path:
        """Seconds, notes and hashes of one stage; ``provenance.json`` is all of them together."""
        return self.root / "provenance" / f"{stage}.json"

    def read(self, path: Path) -> pd.DataFrame:
        """A table that an earlier stage wrote.

        Raises
        ------
        ConfigError
            When it is not there, with the command that makes it.
        """
        if not path.is_file():
            raise ConfigError(f"{path} is missing: run the stages before this one first (dvc repro, or radsurv run)")
        return pd.read_csv(path, dtype=str, keep_default_na=False) if path.suffix == ".csv" else pd.read_parquet(path)

    def write(self, table: pd.DataFrame, path: Path, *, simulated: bool = False) -> None:
        """A table as Parquet or CSV; tables made from a simulated cohort carry it in their schema."""
        self._begin()
        with atomic(path) as temporary:
            if path.suffix == ".csv":
                table.to_csv(temporary, index=False)
                return
            arrow = pa.Table.from_pandas(table, preserve_index=False)
            mark = {b"radsurv": b"SIMULATED"} if simulated else {}
            pq.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **mark}), temporary)

    def write_config(self, config: Config) -> None:
        """The configuration of the run, as YAML."""
        text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        with atomic(self.config) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def write_json(self, value: Mapping[str, Any], path: Path) -> None:
        """A JSON file in which what cannot be computed is null."""
        self._begin()
        with atomic(path) as temporary:
            text = json.dumps(_finite(value), indent=2, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    """NumPy scalars as Python's own, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
