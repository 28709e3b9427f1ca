"""In what runs differ: options, data, code, and what they ran on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radsurv.formats import plural
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.options.dotted import dotted, written
from radsurv.report.experiment import Experiment

# What changes no number of a run: where it was written and logged, how it was computed, what it is held against.
NO_NUMBERS = ("run_dir", "tracking", "compute", "until", "published")
SHORT_HASH = 12
NOTHING = "–"
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Differing:
    """One thing that is not the same in all runs.

    Attributes
    ----------
    name
    values
        Of each run, in their order; `NOTHING` where a run has no such thing.
    """

    name: str
    values: tuple[str, ...]


def differing_options(runs: Sequence[Experiment]) -> list[Differing]:
    """Options by their dotted names, in the order of the configuration; those of `NO_NUMBERS` left out, and ids of patients counted."""
    options = [run.config.model_dump(mode="json", exclude=set(NO_NUMBERS)) for run in runs]
    _count_ids([one["cohort"] for one in options])
    return _differing([{name: written(value) for name, value in dotted(one).items()} for one in options])


def differing_circumstances(runs: Sequence[Experiment]) -> list[Differing]:
    """Data (by hash), code, and the versions of what it stands on."""
    return _differing([_circumstances(run) for run in runs])


def naturally(value: str) -> tuple[float, str]:
    """Numbers by size, before words."""
    try:
        return float(value), ""
    except ValueError:
        return float("inf"), value


def _circumstances(run: Experiment) -> dict[str, str]:
    record, execution = run.provenance, run.execution
    commit = (execution.git_commit or "")[:SHORT_HASH] + (" with changes" if execution.git_dirty else "")
    said = {
        **{f"data: {name}": digest[:SHORT_HASH] for name, digest in record.inputs.items()},
        "RadSurv": record.radsurv or "",
        "git commit": commit if execution.recorded else NOT_RECORDED,
        "weights of the network": _weights(run),
        "conf": (execution.conf_sha256 or "")[:SHORT_HASH],
        "Python": execution.python or "",
        "platform": execution.platform or "",
        "processor": execution.machine or "",
        **{f"package {name}": version for name, version in execution.packages.items()},
    }
    return {name: value for name, value in said.items() if value}


def _count_ids(cohorts: Sequence[dict[str, Any]]) -> None:
    """In place of the ids by which patients were selected or renamed, how many, and which runs name the same: no hash, from which
    the one of 50 who was left out could be tried out."""
    for option in ("select", "values"):
        known: dict[str, int] = {}
        for cohort in cohorts:
            if PATIENT_ID in cohort[option]:
                chosen = cohort[option][PATIENT_ID]
                ids = json.dumps(chosen if isinstance(chosen, dict) else sorted(chosen), sort_keys=True)
                number = known.setdefault(ids, len(known) + 1)
                cohort[option][PATIENT_ID] = f"{plural(len(chosen), 'id')} (set {number})"


def _weights(run: Experiment) -> str:
    found = run.weights
    return "" if found is None else f"{found.weights} {(found.sha256 or '')[:SHORT_HASH]}".strip()


def _differing(found: Sequence[Mapping[str, str]]) -> list[Differing]:
    names = dict.fromkeys(name for one in found for name in one)
    rows = [Differing(name, tuple(one.get(name, NOTHING) for one in found)) for name in names]
    return [row for row in rows if len(set(row.values)) > 1]
