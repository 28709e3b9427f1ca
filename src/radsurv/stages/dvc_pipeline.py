"""``dvc.yaml``, written from the catalogue: that of the repository, and that of a folder that ``radsurv init`` makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from radsurv.catalogue import stages as catalogue
from radsurv.catalogue.stages import STAGES, Stage, StageName
from radsurv.catalogue.tables import ROI_INDEX, TABLES, Table

DATA = "data"
RESULTS = "results"


@dataclass(frozen=True)
class _Entry:
    """A stage as the file names it."""

    name: str
    deps: list[str]
    params: tuple[str, ...]
    outs: list[str]


def dvc_yaml(data: str = DATA) -> str:
    """The whole file.

    Parameters
    ----------
    data
        What stage ``cohort`` depends on: the folder of table and images, or the table.
    """
    return rendered("dvc.yaml.j2", data=data, stages=[_entry(stage, data) for stage in STAGES])


def rendered(template: str, **values: object) -> str:
    """A file of the folder ``templates`` beside this module, with values put in."""
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    return environment.get_template(template).render(**values)


def scalar(text: str) -> str:
    """A text as YAML takes it for one, whatever it looks like (a number, yes, null)."""
    return json.dumps(text, ensure_ascii=False)


def _entry(stage: Stage, data: str) -> _Entry:
    outs = [*_tables(stage.writes), *stage.files]
    outs += [f"qc/{stage.name}.csv"] if stage.excludes else []
    outs += [f"metrics/{stage.name}.json"] if stage.measures else []
    outs += [] if _is_last(stage) else [_provenance(stage.name)]
    deps = [*stage.reads_files, *_tables(stage.reads)]
    deps += [f"qc/{name}.csv" for name in stage.reads_qc]
    deps += [f"metrics/{name}.json" for name in stage.reads_metrics]
    deps += [_provenance(other.name) for other in STAGES[:-1]] if _is_last(stage) else []
    return _Entry(
        name=stage.name,
        deps=[f"{RESULTS}/{name}" for name in deps] or [data if data == DATA else scalar(data)],
        params=stage.params,
        outs=[f"{RESULTS}/{name}" for name in outs],
    )


def _is_last(stage: Stage) -> bool:
    """The report reads what each stage says of itself, and says it of the run: ``provenance.json``."""
    return catalogue.PROVENANCE in stage.files


def _provenance(stage: StageName) -> str:
    return f"provenance/{stage}.json"


def _tables(tables: tuple[Table, ...]) -> list[str]:
    """In the order of the catalogue; but for the one that is a file of the folder ``rois``."""
    return [table.file for table in TABLES if table in tables and table is not ROI_INDEX]
