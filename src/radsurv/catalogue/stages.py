"""The stages of a run, in their order: what each reads, which options it heeds, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from radsurv.catalogue import tables
from radsurv.catalogue.tables import TABLES, Table

StageName = Literal["cohort", "radiomics", "deep", "evaluate", "compare", "significance", "attribution", "report"]


@dataclass(frozen=True)
class Stage:
    """One stage: the module ``radsurv.stages.NAME`` with a function ``run``, and an entry of ``dvc.yaml``.

    Attributes
    ----------
    name
    reads
        Tables of earlier stages; a stage gets no others.
    params
        Options that change what it writes, as dotted names: ``dvc repro`` runs it again when one of them changes.
    reads_qc
        Stages whose exclusions it looks at.
    reads_metrics
        Stages whose metrics it looks at.
    excludes
        Whether it may exclude patients, and so writes ``qc/NAME.csv``.
    measures
        Whether it adds to the metrics, and so writes ``metrics/NAME.json``.
    files
        What it writes besides tables.
    reads_files
        What it reads besides tables.
    """

    name: StageName
    reads: tuple[Table, ...]
    params: tuple[str, ...]
    reads_qc: tuple[StageName, ...] = ()
    reads_metrics: tuple[StageName, ...] = ()
    excludes: bool = False
    measures: bool = False
    files: tuple[str, ...] = ()
    reads_files: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Table, ...]:
        """Its tables."""
        return tuple(table for table in TABLES if table.stage == self.name)


ROIS = "rois"
MODEL = "model.json"
CARD = "model_card.md"
METRICS = "metrics.json"
QC = "qc.csv"
CONFIG = "config.yaml"
PROVENANCE = "provenance.json"
EXECUTION = "execution.json"
REPORT = "report.html"
# By these a run is known: what says how it went has their hash.
RESULTS = (CONFIG, METRICS, PROVENANCE)
# Beside what the stages leave: the trials for Optuna, if asked for, and who was left out where a run came to nothing.
STUDY = "study.journal"
REFUSAL = "excluded.csv"
# Not hidden: while it is there, files of two runs stand side by side.
REPLACING = "being_replaced.json"

_LEARNING = (
    "cohort.covariates",
    "cohort.time_unit",
    "cohort.landmark_days",
    "cohort.event_of_interest",
    "cohort.min_patients",
    "transforms",
    "reduction",
    "model",
    "validation",
    "search",
    "seed",
)
_TABLE_OF_ALL = (
    tables.COHORT,
    tables.FEATURES,
    tables.RADIOMICS,
    tables.RADIOMICS_READINGS,
    tables.DEEP,
    tables.DEEP_READINGS,
)
_PIXELS = ("cohort.features",)
# On the page and in `CONFIG` stand all options, also those whose change moved no table.
_ALL = (
    *(
        "cohort",
        "roi",
        "quantization",
        "radiomics",
        "patch",
        "backbone",
        "transforms",
        "reduction",
        "model",
        "validation",
    ),
    *(
        "search",
        "comparison",
        "significance",
        "attribution",
        "tracking",
        "compute",
        "seed",
        "run_dir",
        "until",
        "published",
    ),
)

STAGES: tuple[Stage, ...] = (
    Stage(
        "cohort",
        reads=(),
        params=("cohort", "roi", "patch.sections", "patch.channels", "patch.margin", "seed"),
        excludes=True,
        files=(ROIS,),
    ),
    Stage(
        "radiomics",
        reads=(tables.ROI_INDEX, tables.COHORT),
        params=(*_PIXELS, "quantization", "radiomics"),
        excludes=True,
        reads_files=(ROIS,),
    ),
    Stage(
        "deep",
        reads=(tables.ROI_INDEX, tables.COHORT),
        params=(*_PIXELS, "backbone", "patch", "compute.precision", "seed"),
        excludes=True,
        reads_files=(ROIS,),
    ),
    Stage(
        "evaluate",
        reads=_TABLE_OF_ALL,
        params=_LEARNING,
        reads_qc=("cohort", "radiomics", "deep"),
        excludes=True,
        measures=True,
        files=(MODEL,),
    ),
    Stage(
        "compare",
        reads=(tables.OUTLINES, *_TABLE_OF_ALL, tables.PREDICTIONS),
        params=(*_LEARNING, "comparison"),
        reads_metrics=("evaluate",),
        measures=True,
    ),
    Stage(
        "significance",
        reads=(*_TABLE_OF_ALL, tables.PREDICTIONS),
        params=(*_LEARNING, "significance"),
        reads_metrics=("evaluate",),
        measures=True,
    ),
    Stage(
        "attribution",
        reads=(tables.ROI_INDEX, tables.COHORT, tables.DEEP, tables.PREDICTIONS, tables.SELECTIONS),
        params=(*_PIXELS, "backbone", "patch", "attribution", "compute.precision", "seed"),
        reads_files=(ROIS,),
    ),
    Stage(
        "report",
        reads=tuple(table for table in TABLES if table is not tables.ROI_INDEX),
        params=_ALL,
        reads_qc=("cohort", "radiomics", "deep", "evaluate"),
        reads_metrics=("evaluate", "compare", "significance"),
        files=(CONFIG, PROVENANCE, QC, METRICS, CARD, REPORT),
        reads_files=(MODEL,),
    ),
)
STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)
BY_NAME = {stage.name: stage for stage in STAGES}
assert tuple(BY_NAME) == STAGE_NAMES
