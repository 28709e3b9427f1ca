"""How a run of a sweep is called on a dashboard: by what varies, and by nothing that says where files are or who somebody is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from radsurv.options.file_paths import file_name

# Their values may be ids: the runs are numbered instead.
OF_PATIENTS = ("cohort.select", "cohort.values", "cohort.missing")
LONGEST_NAME = 120  # W&B takes 128 characters


def labels(jobs: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """A name for each job, which is the overrides in which it differs from others: ``alpha=0.1,cindex=0.6``.

    >>> list(labels([("model.alpha=0.1", "cohort.table=/data/a.csv"), ("model.alpha=1", "cohort.table=/data/a.csv")]).values())
    ['alpha=0.1,table=a.csv', 'alpha=1,table=a.csv']
    >>> list(labels([("cohort.select={patient_id: [P1]}",), ("cohort.select={patient_id: [P2]}",)]).values())
    ['select=1', 'select=2']
    >>> list(labels([("cohort.table=a/c.csv",), ("cohort.table=b/c.csv",)]).values())
    ['table=c.csv', 'table=c.csv~2']
    >>> list(labels([("cohort.table=a/c.csv",), ("cohort.table=b/c.csv",), ("cohort.table=b/c.csv~2",)]).values())
    ['table=c.csv', 'table=c.csv~2', 'table=c.csv~2~2']
    """
    options = [[_option(override) for override in job] for job in jobs]
    last = [{name.rpartition(".")[2] for name in names} for names in options]
    short = all(len(set(names)) == len(shorter) for names, shorter in zip(options, last, strict=True))
    values: dict[str, list[str]] = {}
    found: dict[tuple[str, ...], str] = {}
    taken: set[str] = set()
    for job in jobs:
        parts = []
        for override in job:
            name, value = _option(override), override.partition("=")[2]
            seen = values.setdefault(name, [])
            seen += [value] if value not in seen else []
            shown = str(1 + seen.index(value)) if name.startswith(OF_PATIENTS) else file_name(value)
            parts.append(f"{name.rpartition('.')[2] if short else name}={shown}")
        label = ",".join(parts)[:LONGEST_NAME]
        others = (f"{label}~{count}" for count in itertools.count(2))
        found[job] = label if label not in taken else next(one for one in others if one not in taken)
        taken.add(found[job])
    return found


def label_of_all(jobs: Sequence[tuple[str, ...]]) -> str:
    """A name for what all jobs say together: the options in which they differ.

    >>> label_of_all([("model.alpha=0.1", "reduction.cindex=0.6"), ("model.alpha=1", "reduction.cindex=0.6")])
    'multiverse of alpha, cindex'
    """
    options = [*dict.fromkeys(_option(override) for job in jobs for override in job)]
    last = [name.rpartition(".")[2] for name in options]
    shown = last if len({*last}) == len(last) else options
    return f"multiverse of {', '.join(shown)}"[:LONGEST_NAME]


def named(options: Mapping[str, Any], label: str, root: Path) -> dict[str, Any]:
    """Options of one run with its name, and its sweep's as the group, where the user has given neither."""
    tracking = dict(options["tracking"])
    if tracking["name"] == "none" or not label:
        return dict(options)
    for option, own in (("run_name", label), ("group", file_name(str(root)))):
        if tracking[option] is None and own:
            tracking[option] = own
    return {**options, "tracking": tracking}


def _option(override: str) -> str:
    return override.partition("=")[0].lstrip("+")
