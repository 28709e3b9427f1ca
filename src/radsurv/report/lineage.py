"""What a run was made of and what came out of it, each with a hash, so that a dashboard can follow it from run to run."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.catalogue import stages
from radsurv.catalogue.tables import DEEP, FEATURES, RADIOMICS
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.report.experiment import Experiment
from radsurv.report.tracker import Artifact, file_name

COUNTS = ("n_patients", "n_events", "n_excluded", "simulated")
OF_FEATURES = (FEATURES, RADIOMICS, DEEP)


def artifacts_of(experiment: Experiment, run_dir: Path, page: str, *, with_features: bool) -> list[Artifact]:
    """What the run began with, as `used_by` has it, then the model and the report.

    Parameters
    ----------
    experiment
        As a tracker gets it.
    run_dir
        Where ``model.json`` stands, if the run has one.
    page
        The report as HTML.
    with_features
    """
    used = used_by(experiment, with_features=with_features)
    made, name = used[-1].facts, experiment.config.cohort.name
    found: list[Artifact] = []
    model = run_dir / stages.MODEL
    if model.is_file() and _names_nobody(model, experiment):
        found.append(Artifact("model", file_name(name, "model"), False, made, {stages.MODEL: model.read_bytes()}))
    report = Artifact("report", file_name(name, "report"), False, made, {stages.REPORT: page.encode()})
    return [*used, *found, report]


def used_by(experiment: Experiment, *, with_features: bool) -> list[Artifact]:
    """Cohort and features, in this order.

    Of the cohort there are counts and the hash of its table, of features the hashes, and the names of the columns, no row of either;
    tables of features only where they are asked for and patients are listed, in the order of what patients are called.

    Parameters
    ----------
    experiment
        As a tracker gets it.
    with_features
    """
    name, hashes = experiment.config.cohort.name, experiment.provenance.inputs
    counts = {key: experiment.metrics[key] for key in COUNTS if experiment.metrics.get(key) is not None}
    cohort = {"name": name, **counts, "sha256": hashes.get("cohort.parquet")}
    tables = {entry.name: table for entry in OF_FEATURES if (table := experiment.table(entry)) is not None}
    columns = {key: [*map(str, table.columns.drop(PATIENT_ID))] for key, table in tables.items()}
    shown = {
        f"{key}.parquet": _parquet(table.sort_values(PATIENT_ID, kind="stable", ignore_index=True))
        for key, table in tables.items()
        if with_features and experiment.lists_patients
    }
    made: dict[str, object] = {"cohort_sha256": cohort["sha256"]}
    for key, names in columns.items():
        made |= {f"n_{key}": len(names), f"{key}_sha256": hashes.get(f"{key}.parquet")}
    return [
        Artifact("cohort", file_name(name, "cohort"), True, cohort, {"cohort.json": _json(cohort)}),
        Artifact("features", file_name(name, "features"), True, made, {"features.json": _json(columns)} | shown),
    ]


def _names_nobody(model: Path, experiment: Experiment) -> bool:
    """Whether the model has no more of how patients were selected than the experiment as a tracker gets it."""
    cohort = json.loads(model.read_bytes())["config"]["cohort"]
    shown = experiment.config.cohort.model_dump(mode="json", include={"select", "values"})
    return all(shown[part].get(name) == value for part in shown for name, value in cohort[part].items())


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _parquet(table: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    table.to_parquet(content, index=False)
    return content.getvalue()
