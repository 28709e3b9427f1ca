"""The run folder: every file that a stage reads or writes lies where `radsurv.catalogue` says."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import BaseModel

from radsurv import crash
from radsurv.catalogue import stages
from radsurv.catalogue.metrics import METRICS
from radsurv.catalogue.record import StageExecution, StageRecord
from radsurv.catalogue.stages import STAGE_NAMES, STAGES, Stage, StageName
from radsurv.catalogue.tables import QC_COLUMNS, TABLES, Table
from radsurv.config import Config
from radsurv.csv_files import read_csv, write_csv
from radsurv.errors import ConfigError
from radsurv.files import atomic, fingerprint, readable
from radsurv.validation.finding import Finding

# Where a run is until it is whole: on the disk of its folder, and hidden, so that nobody takes it for results.
UNFINISHED = ".unfinished"


class RunFolder:
    """Names and formats of the files of one run.

    Parameters
    ----------
    home
        The option `run_dir`, as messages show it. Relative paths are resolved here, once.
    stage
        For whom the folder is opened; it then reads and writes only what the catalogue gives it. Any file if left out.
    unfinished
        Whether the files are those of the run that is at work, in a folder of their own, and not those that stand in `home`.
    """

    def __init__(self, home: Path | str, stage: Stage | None = None, *, unfinished: bool = False) -> None:
        self.shown = Path(home)
        self.home = self.shown.absolute()
        self.root = self.home / UNFINISHED if unfinished else self.home
        self.rois = self.root / stages.ROIS
        self.model = self.root / stages.MODEL
        self.card = self.root / stages.CARD
        self.metrics = self.root / stages.METRICS
        self.qc = self.root / stages.QC
        self.config = self.root / stages.CONFIG
        self.provenance = self.root / stages.PROVENANCE
        self.execution = self.root / stages.EXECUTION
        self.report = self.root / stages.REPORT
        self.study = self.root / stages.STUDY
        self.refusal = self.home / stages.REFUSAL  # of a run that comes to nothing
        self.crash = self.home / crash.FILE  # likewise
        self._stage = stage

    @property
    def by_stages(self) -> bool:
        """Whether stages are run one by one among what stands here, as DVC does, and not all of them for a new run."""
        return self.root == self.home

    def opened_for(self, stage: Stage) -> RunFolder:
        """The same folder for one stage."""
        return RunFolder(self.shown, stage, unfinished=self.root != self.home)

    def path(self, table: Table) -> Path:
        """Of a table's file."""
        return self.root / table.file

    def stage_qc(self, stage: StageName) -> Path:
        """What one stage says of its patients; ``qc.csv`` is all of them together."""
        return self.root / "qc" / f"{stage}.csv"

    def stage_metrics(self, stage: StageName) -> Path:
        """The metrics of one stage; ``metrics.json`` is all of them together."""
        return self.root / "metrics" / f"{stage}.json"

    def stage_provenance(self, stage: StageName) -> Path:
        """What one stage says of its results; ``provenance.json`` has all of it together."""
        return self.root / "provenance" / f"{stage}.json"

    def stage_execution(self, stage: StageName) -> Path:
        """How one stage went; ``execution.json`` has all of it together."""
        return self.root / "execution" / f"{stage}.json"

    def outputs(self) -> list[Path]:
        """Every file that a run may write here, but for the regions in `rois`: an earlier run's are replaced, nothing else is."""
        kinds = (self.stage_qc, self.stage_metrics, self.stage_provenance, self.stage_execution)
        by_stage = [of(stage.name) for of in kinds for stage in STAGES]
        whole = [
            self.model,
            self.card,
            self.metrics,
            self.qc,
            self.config,
            self.provenance,
            self.execution,
            self.report,
            self.study,
        ]
        return [*map(self.path, TABLES), *by_stage, *whole, self.refusal]

    def replaces(self, path: Path) -> bool:
        """Whether a run here would remove this file, or write over it."""
        found = _followed(path)
        folders = (self.rois, self.home / UNFINISHED)
        within = any(found.is_relative_to(_followed(folder)) for folder in folders)
        return within or found in {_followed(own) for own in self.outputs()}

    def read(self, table: Table) -> pd.DataFrame:
        """A table that an earlier stage wrote.

        Raises
        ------
        ConfigError
            When it is not there, with the command that makes it.
        """
        own = self._stage
        assert own is None or table in own.reads or table.stage == own.name, f"{own} does not read {table.name}"
        with self._sound(self.path(table), table.stage) as path:
            return pd.read_parquet(path)

    def read_qc(self) -> pd.DataFrame:
        """The QC rows of the stages so far, one after the other; of a stage's folder, all that the stage looks at."""
        own = self._stage
        known = STAGES if own is None else [stages.BY_NAME[name] for name in (*own.reads_qc, own.name)]
        tables = []
        for name, path in self._so_far(self.stage_qc, [stage.name for stage in known if stage.excludes]).items():
            with self._sound(path, name):
                tables.append(read_csv(path))
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(QC_COLUMNS))

    def read_metrics(self, stage: StageName) -> dict[str, float]:
        """The metrics of an earlier stage; NaN where there is no value.

        Raises
        ------
        ConfigError
            When they are not there.
        """
        own = self._stage
        assert own is None or stage in own.reads_metrics, f"{own} does not read the metrics of {stage}"
        with self._sound(self.stage_metrics(stage), stage) as path:
            found = json.loads(path.read_text(encoding="utf-8"))
        return {name: math.nan if value is None else value for name, value in found.items()}

    def write(self, table: pd.DataFrame, entry: Table, *, simulated: bool) -> None:
        """A table as Parquet; tables made from a simulated cohort carry it in their schema."""
        own = self._stage
        assert own is None or entry.stage == own.name, f"{own} does not write {entry.name}"
        assert entry.columns in ((), tuple(table.columns)), f"{entry.name}: {list(table.columns)}"
        with atomic(self.path(entry)) as temporary:
            arrow = pa.Table.from_pandas(table, preserve_index=False)
            mark = {b"radsurv": b"SIMULATED"} if simulated else {}
            pq.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **mark}), temporary)

    def write_finding(self, finding: Finding, *, simulated: bool) -> None:
        """The tables and metrics of a stage."""
        assert self._stage is not None
        assert set(finding.tables) == set(self._stage.writes), f"{self._stage.name} has {finding.tables.keys()}"
        for entry, table in finding.tables.items():
            self.write(table, entry, simulated=simulated)
        self.write_json(finding.metrics, self.stage_metrics(self._stage.name))

    def write_csv(self, table: pd.DataFrame, path: Path) -> None:
        """A table for people."""
        write_csv(table, path)

    def write_refusal(self, excluded: pd.DataFrame) -> None:
        """Who was excluded from a run that could not be; an earlier run in this folder stays as it is."""
        write_csv(excluded, self.refusal)

    def write_config(self, config: Config) -> None:
        """The configuration of the run, as YAML."""
        text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        with atomic(self.config) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def write_json(self, value: Mapping[str, Any] | BaseModel, path: Path) -> None:
        """A JSON file in which what cannot be computed is null."""
        plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        with atomic(path) as temporary:
            text = json.dumps(_finite(plain), indent=2, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")

    def write_metrics(self) -> None:
        """Write ``metrics.json``: the metrics of all stages so far, in the order of the catalogue."""
        found: dict[str, float] = {}
        for name in self._so_far(self.stage_metrics, [stage.name for stage in STAGES if stage.measures]):
            found |= self.read_metrics(name)
        self.write_json({name: found[name] for name in METRICS if name in found}, self.metrics)

    def results_hash(self, name: StageName) -> str:
        """Of all that a stage wrote but the regions, which the hash of their table stands for."""
        stage = stages.BY_NAME[name]
        files = [self.root / file for file in stage.files if file != stages.ROIS]
        return fingerprint(
            [
                *map(self.path, stage.writes),
                *files,
                *(of(name) for of in (self.stage_qc, self.stage_metrics, self.stage_provenance)),
            ]
        )

    def executions(self) -> dict[StageName, StageExecution]:
        """How the stages went whose results stand here. DVC may have put back those of an earlier run, and brings no such record."""
        found = {}
        for name in STAGE_NAMES:
            path = self.stage_execution(name)
            if path.is_file():
                with self._sound(path, name):
                    told = StageExecution.model_validate_json(path.read_bytes())
                if told.results == self.results_hash(name):
                    found[name] = told
        return found

    def records(self) -> dict[StageName, StageRecord]:
        """What the stages so far said of themselves; of a stage's folder, what all before it said."""
        names = STAGE_NAMES if self._stage is None else STAGE_NAMES[: STAGE_NAMES.index(self._stage.name)]
        found = {}
        for name, path in self._so_far(self.stage_provenance, names).items():
            with self._sound(path, name):
                found[name] = StageRecord.model_validate_json(path.read_bytes())
        return found

    def _so_far(self, of: Callable[[StageName], Path], names: Iterable[StageName]) -> dict[StageName, Path]:
        """A file of each stage. The folder of a run may lack those of stages to come, that of a stage none."""
        paths = {name: of(name) for name in names}
        if self._stage is None:
            return {name: path for name, path in paths.items() if path.is_file()}
        return {name: self._there(path, name) for name, path in paths.items()}

    @contextmanager
    def _sound(self, path: Path, stage: str) -> Iterator[Path]:
        """A file that a stage has written; what libraries say of its content is said of it."""
        shown = self.shown / path.relative_to(self.root)
        remedy = f"run stage {stage}, which writes it, and those after it again (dvc repro, or radsurv run)"
        with readable(shown, remedy):
            yield self._there(path, stage)

    def _there(self, path: Path, stage: str) -> Path:
        if not path.is_file():
            shown = self.shown / path.relative_to(self.root)
            raise ConfigError(
                f"{shown} is missing, which stage {stage} writes: run the stages before this one first (dvc repro, or"
                " radsurv run)"
            )
        return path


def _followed(path: Path) -> Path:
    """Where links lead; unlike ``Path.resolve``, links that lead in a circle are no error yet."""
    return Path(os.path.realpath(path))


def _finite(value: Any) -> Any:
    """NumPy scalars as Python's own, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
