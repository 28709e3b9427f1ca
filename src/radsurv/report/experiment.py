"""A finished run, read back from its folder."""

from __future__ import annotations

import functools
import json
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd
import yaml
from pydantic import ValidationError

from radsurv import __version__
from radsurv.catalogue import stages
from radsurv.catalogue.metrics import METRICS
from radsurv.catalogue.record import AppliedModel, Execution, Provenance, WeightsRecord
from radsurv.catalogue.tables import BETWEEN_REASONS, COHORT, PREDICTIONS, SELECTIONS, Table
from radsurv.config import Config, validate
from radsurv.csv_files import read_csv
from radsurv.errors import ConfigError, RadsurvError
from radsurv.files import fingerprint, readable
from radsurv.options.file_paths import paths_of, with_paths
from radsurv.report.inspection import Inspection
from radsurv.report.places import Places
from radsurv.validation.validation_options import External, Scheme

RANDOM = "random"  # a name of weights
LONGEST_FAULT = 300
Record = TypeVar("Record", Provenance, Execution)
WRITE_AGAIN = "run the experiment again"
REASON, REASONS = "reason", "lacking"  # columns: one sentence, and several with `BETWEEN_REASONS` between them


def _no_tables(entry: Table) -> pd.DataFrame | None:
    return None


@dataclass(frozen=True)
class Experiment:
    """What a run wrote. What needs a table that the run did not write is left out of the report.

    Attributes
    ----------
    config
        As it was run, but for its paths.
    metrics
        By key of `radsurv.catalogue.metrics.METRICS`, in its order; None where the number could not be computed.
    provenance
        What the run and its stages noted of their results.
    execution
        How the run went; nothing of it is known of results that came without, or that others have taken the place of.
    qc : columns patient_id, status, stage, reason; or None
        One included-or-excluded row per patient and any number of warnings.
    read
        Gives a table of the run as it was written, None where it was not; see `table`.
    inspection
        What was seen of the cohort before a run; of a run None.
    lists_patients
        Whether patients may be listed one by one, on the page and in tables.
    shortened
        Whether any path of configuration or command is shown as less than it was; the run folder's own files have it in full.
    """

    config: Config
    metrics: dict[str, float | None] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)
    execution: Execution = field(default_factory=Execution)
    qc: pd.DataFrame | None = None
    read: Callable[[Table], pd.DataFrame | None] = _no_tables
    inspection: Inspection | None = None
    lists_patients: bool = True
    shortened: bool = False

    @classmethod
    def load(cls, run_dir: Path) -> Experiment:
        """Read a run folder, `for_others`. Tables are read when they are asked for, once.

        Raises
        ------
        RadsurvError
            If it is no run folder, or another version of RadSurv wrote it, or a run was stopped while it took another's place.
        """
        if (run_dir / stages.REPLACING).exists():
            raise RadsurvError(
                f"{run_dir} holds files of two runs, as {stages.REPLACING} in it says: run it again, which puts them right"
            )
        return cls(
            config=_read_config(run_dir / stages.CONFIG),
            metrics=_read_metrics(run_dir / stages.METRICS),
            provenance=_read_record(run_dir / stages.PROVENANCE, Provenance),
            execution=_read_execution(run_dir),
            qc=_read_qc(run_dir / stages.QC),
            read=lambda entry: _read_table(run_dir / entry.file),
        ).for_others(run_dir)

    def for_others(self, run_dir: Path) -> Experiment:
        """The same where all paths, those in sentences as well, are as `Places` shows them from the present working folder, and nothing
        tells of the machines of a cluster.

        What is made of an experiment is given to others.
        """
        places = Places.here([*paths_of(self.config), str(run_dir)])
        shown = with_paths(self.config, places.path)
        config = shown.model_copy(update={"compute": shown.compute.for_others()})
        found = self.with_texts(places.text, config)
        return replace(found, shortened=(shown, found.execution.command) != (self.config, self.execution.command))

    def with_texts(self, said: Callable[[str], str], config: Config) -> Experiment:
        """The same of another configuration, with all sentences changed."""
        return replace(
            self,
            config=config,
            provenance=self.provenance.with_texts(said),
            execution=self.execution.with_texts(said),
            qc=with_reasons(self.qc, said),
            read=functools.cache(lambda entry: with_reasons(self.read(entry), said)),
            inspection=None if self.inspection is None else self.inspection.with_texts(said),
        )

    def table(self, entry: Table) -> pd.DataFrame | None:
        """A table of the catalogue; None where it was not written, or has no rows and this means that there is nothing."""
        found = self.read(entry)
        return None if found is None or (entry.without_rows is not None and found.empty) else found

    @property
    def simulated_here(self) -> bool:
        """Whether any patient of the cohort was made up by ``radsurv simulate``."""
        cohort = self.table(COHORT)
        return cohort is not None and "simulated" in cohort and bool(cohort["simulated"].any())

    @property
    def simulated(self) -> bool:
        """Whether any of the patients were made up, those of an applied model included."""
        return self.simulated_here or bool(self.metrics.get("simulated"))

    @property
    def weights(self) -> WeightsRecord | None:
        """Which network gave the deep features and where its weights came from; None where there was none."""
        deep = self.provenance.stages.get("deep")
        return None if deep is None else deep.weights

    @property
    def random_weights(self) -> bool:
        """Whether the deep features come from a network that was never trained."""
        recorded = self.weights
        asked = self.config.computes_deep and self.config.backbone.weights == RANDOM
        return asked or (recorded is not None and recorded.weights == RANDOM)

    @property
    def scheme(self) -> Scheme | None:
        """How patients were split; None where a finished model was applied."""
        scheme = self.config.validation
        return None if isinstance(scheme, External) else scheme

    @property
    def external(self) -> bool:
        """Whether a finished model was applied, and nothing trained."""
        return self.scheme is None

    @property
    def applied(self) -> AppliedModel | None:
        """Which finished model was applied, and how it was made; None where none was."""
        evaluated = self.provenance.stages.get("evaluate")
        return None if evaluated is None else evaluated.applied

    @property
    def has_coefficients(self) -> bool:
        """Whether features have coefficients in the models; of a finished model, what it gave them says so, not the options here."""
        if not self.external:
            return self.config.model.has_coefficients
        selected = self.table(SELECTIONS)
        return selected is None or selected.empty or bool(selected["coefficient"].notna().any())

    @property
    def null(self) -> bool:
        """Whether no fold has a model, so that everybody got the same risk."""
        n_folds = self.metrics.get("n_folds")
        return bool(n_folds) and self.metrics.get("n_null_folds") == n_folds

    @property
    def n_known(self) -> int:
        """How many of the patients a finished model was trained on, as far as can be told."""
        return int(self.metrics.get("external_known") or 0)

    @property
    def time_unit(self) -> str:
        """Unit of the follow-up times, for labels."""
        return self.config.cohort.time_unit

    @property
    def landmark_days(self) -> float | None:
        """When follow-up times start, after the start of the cohort table's; None where both are one."""
        return self.config.cohort.landmark_days

    @property
    def n_repeats(self) -> int:
        """How often every patient was predicted."""
        predictions = self.table(PREDICTIONS)
        return 0 if predictions is None else int(predictions["repeat"].nunique())

    def first_repeat(self) -> pd.DataFrame:
        """Predictions with one row per patient: what the curves are drawn from."""
        predictions = self.table(PREDICTIONS)
        if predictions is None:
            raise RadsurvError("the run made no predictions: there is nothing to draw")
        return predictions[predictions["repeat"] == predictions["repeat"].min()]

    def reason(self, metric: str) -> str | None:
        """Why a metric has no value, where a stage said so."""
        found = (record.reasons.get(metric) for record in self.provenance.stages.values())
        return next((reason for reason in found if reason is not None), None)


def _read_config(path: Path) -> Config:
    if not path.is_file():
        raise RadsurvError(
            f"{path.parent} holds no {path.name}, so there is no run to report on: give the folder that"
            " `radsurv run run_dir=...` wrote"
        )
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if not isinstance(found, dict):
            raise ConfigError(f"a {type(found).__name__}, where sections with options were expected")
        differ = sorted(map(str, Config.model_fields.keys() ^ found.keys()))
        if differ:
            raise ConfigError(f"sections that only one of the two has: {', '.join(differ)}")
        return validate(found)
    except (ConfigError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _of_another_version(path, str(error)) from None


def _read_metrics(path: Path) -> dict[str, float | None]:
    with readable(path, WRITE_AGAIN):
        found: dict[str, float | None] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    unknown = [name for name in found if name not in METRICS]
    if unknown:
        raise _of_another_version(path, f"there is no metric {unknown[0]!r}")
    return {name: _finite(value) for name, value in found.items()}


def _read_execution(run_dir: Path) -> Execution:
    """As far as it is of the results that stand there: DVC puts others in their place, and leaves this file."""
    found = _read_record(run_dir / stages.EXECUTION, Execution)
    ours = found.results == fingerprint(run_dir / name for name in stages.RESULTS)
    return found if ours else Execution()


def _read_record(path: Path, kind: type[Record]) -> Record:
    if not path.is_file():
        return kind()
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        fault = error.errors()[0]
        raise _of_another_version(path, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def _of_another_version(path: Path, fault: str) -> RadsurvError:
    return RadsurvError(
        f"{path} is not what RadSurv {__version__} writes, an older version may have: run the experiment again, or report with"
        f" the version that wrote it ({textwrap.shorten(fault, LONGEST_FAULT, placeholder=' …')})"
    )


def _read_table(path: Path) -> pd.DataFrame | None:
    with readable(path, WRITE_AGAIN):
        return pd.read_parquet(path) if path.is_file() else None


def _read_qc(path: Path) -> pd.DataFrame | None:
    with readable(path, WRITE_AGAIN):
        return read_csv(path) if path.is_file() else None


def with_reasons(table: pd.DataFrame | None, said: Callable[[str], str]) -> pd.DataFrame | None:
    """A table whose reasons, all the sentences that any table has, are changed; where there are several, each by itself, and what has
    become the same stands there once. Every other cell stays."""

    def each_said(cell: str) -> str:
        return BETWEEN_REASONS.join(dict.fromkeys(map(said, cell.split(BETWEEN_REASONS))))

    if table is None:
        return None
    changed = {
        column: _changed(table[column], changes)
        for column, changes in ((REASON, said), (REASONS, each_said))
        if column in table
    }
    return table.assign(**changed)


def _changed(cells: pd.Series, changes: Callable[[str], str]) -> pd.Series:
    # Most of 20,000 patients have the same reason, or none, and looking for paths in a sentence takes long.
    known = {cell: changes(cell) for cell in set(cells) if isinstance(cell, str)}
    return cells.map(lambda cell: known.get(cell, cell))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
