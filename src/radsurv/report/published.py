"""Numbers that a paper has published, beside those of the runs that repeat it, and why they cannot simply be compared.

The numbers are in ``papers/PAPER.yaml``. Which experiment of a paper a run repeats, its option ``published`` says.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

from radsurv.catalogue.metrics import METRICS
from radsurv.catalogue.tables import SELECTIONS, STABILITY
from radsurv.errors import ConfigError
from radsurv.formats import fixed
from radsurv.report.agreement import of_features
from radsurv.report.differences import NOTHING
from radsurv.report.experiment import Experiment
from radsurv.report.metric_text import in_cell, with_its_limits
from radsurv.report.recipe import deviations, weight_differences

GROUPS, MEDIAN_ICC = "groups", "median_icc"
LABELS = {GROUPS: "Sizes of the two groups", MEDIAN_ICC: "Median ICC of the features that survive"}
COUNTS = ("n_patients", "n_events")
# From top to bottom: counts, and what is shown of a run whether it was published or not.
ORDER = (*COUNTS, "log_rank_p", "permutation_p", "hazard_ratio", GROUPS, MEDIAN_ICC)
ALWAYS = ("log_rank_p", "permutation_p", "hazard_ratio")
CAVEATS = {
    "log_rank_p": "the ordinary P of left-out groups has no error guarantee, there or here; the permutation P has, and none was published",
    "hazard_ratio": "its limits take predictions that were left out one by one for independent, which they are not, there or here",
    GROUPS: "which of the published two is the short survivors is not noted; here short:long",
    MEDIAN_ICC: "other readers",
}


class Repeated(BaseModel):
    """One experiment of a paper.

    Attributes
    ----------
    what
        In words.
    settings
        Dotted options in which it is not the paper's main one, or which are not fixed there (`recipe.FIXED`).
    numbers
        By key of `METRICS` or of `LABELS`, as they were printed.
    remark
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    settings: Mapping[str, Any]
    numbers: Mapping[str, str] = {}
    remark: str = ""


class Paper(BaseModel):
    """What a file of ``papers/`` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paper: str
    source: str
    experiments: Mapping[str, Repeated]


@dataclass(frozen=True)
class Held:
    """One published number beside the obtained one.

    Attributes
    ----------
    name, label
        Of the quantity.
    published, obtained
        As they read.
    comparable
        Of a count ``the same`` or ``another``, else ``in part`` or ``no``.
    why
        What stands against comparing, of this number alone.
    """

    name: str
    label: str
    published: str
    obtained: str
    comparable: str
    why: str


@dataclass(frozen=True)
class Against:
    """A run beside what it repeats.

    Attributes
    ----------
    number, run
        Of the run, on the page.
    name, what, remark
        Of what it repeats.
    paper, source
    apart
        Why nothing of it can be compared; empty where something can.
    reserved
        What stands against it all the same.
    rows
    """

    number: int
    run: str
    name: str
    what: str
    remark: str
    paper: str
    source: str
    apart: tuple[str, ...]
    reserved: tuple[str, ...]
    rows: tuple[Held, ...]


@functools.cache
def papers() -> tuple[Paper, ...]:
    """All that are known, by the names of their files."""
    files = sorted(
        (
            file
            for file in resources.files("radsurv.report").joinpath("papers").iterdir()
            if file.name.endswith(".yaml")
        ),
        key=lambda file: file.name,
    )
    return tuple(Paper.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)


def find(name: str) -> tuple[Paper, Repeated]:
    """An experiment by its name.

    Raises
    ------
    ConfigError
        When no paper has it.
    """
    for paper in papers():
        if name in paper.experiments:
            return paper, paper.experiments[name]
    known = ", ".join(one for paper in papers() for one in paper.experiments)
    raise ConfigError(
        f"published={name}: no published numbers are known by this name; expected null, or one of {known}"
    )


def against(runs: Mapping[str, Experiment]) -> tuple[Against, ...]:
    """The runs that say what they repeat, by their names, in their order."""
    return tuple(
        _against(number, name, run, run.config.published)
        for number, (name, run) in enumerate(runs.items(), start=1)
        if run.config.published is not None
    )


def caveats(found: Sequence[Against]) -> dict[str, str]:
    """What stands against comparing each quantity, in whichever run, by its label."""
    return {
        row.label: CAVEATS[row.name]
        for one in found
        for row in one.rows
        if row.published != NOTHING and row.name in CAVEATS
    }


def as_table(found: Sequence[Against]) -> pd.DataFrame:
    """One row for each number: ``run, repeats, what, quantity, published, obtained, comparable, why, source``."""
    return pd.DataFrame(
        [
            {
                "run": one.run,
                "repeats": one.name,
                "what": one.what,
                "quantity": row.name,
                "published": row.published,
                "obtained": row.obtained,
                "comparable": row.comparable,
                "why": "; ".join(filter(None, [*one.apart, *one.reserved, row.why])),
                "source": f"{one.paper}; {one.source}",
            }
            for one in found
            for row in one.rows
        ]
    )


def _against(number: int, run: str, experiment: Experiment, name: str) -> Against:
    paper, repeated = find(name)
    apart = tuple(_apart(experiment, repeated))
    reserved = "" if apart else "that the patients are those of the paper nobody can tell: it published none of them"
    names = [quantity for quantity in ORDER if quantity in repeated.numbers or quantity in ALWAYS]
    return Against(
        number=number,
        run=run,
        name=name,
        what=repeated.what,
        remark=repeated.remark,
        paper=paper.paper,
        source=paper.source,
        apart=apart,
        reserved=tuple(filter(None, [reserved, *weight_differences(experiment.config)])),
        rows=tuple(
            row
            for quantity in names
            if (row := _held(quantity, repeated.numbers.get(quantity), experiment, bool(apart))) is not None
        ),
    )


def _apart(experiment: Experiment, repeated: Repeated) -> Iterator[str]:
    if experiment.simulated:
        yield "the patients of this run are SIMULATED"
    here, there = (
        [_count(name, counts) for name in COUNTS] for counts in (_obtained_counts(experiment), repeated.numbers)
    )
    if repeated.numbers.keys() >= set(COUNTS) and here != there:
        yield f"other patients: {' with '.join(here)} here, {' with '.join(there)} there"
    settings = deviations(experiment.config, repeated.settings)
    if settings:
        yield f"other settings: {'; '.join(settings)}"
    if experiment.random_weights:
        yield "deep features of a network that was never trained"


def _count(name: str, counts: Mapping[str, str]) -> str:
    return f"{counts.get(name, NOTHING)} {name.removeprefix('n_')}"


def _obtained_counts(experiment: Experiment) -> dict[str, str]:
    return {name: in_cell(experiment.metrics, name) for name in COUNTS}


def _held(name: str, published: str | None, experiment: Experiment, apart: bool) -> Held | None:
    """One row; None where there is no such number on either side."""
    obtained = _obtained(name, experiment)
    if published is None and obtained == NOTHING:
        return None
    if published is None or obtained == NOTHING:
        comparable = "no"
    elif name in COUNTS:
        comparable = "the same" if published == obtained else "another"
    else:
        comparable = "no" if apart else "in part"
    return Held(
        name=name,
        label=LABELS[name] if name in LABELS else METRICS[name].label,
        published=published or NOTHING,
        obtained=obtained,
        comparable=comparable,
        why="no published number is known here" if published is None else CAVEATS.get(name, ""),
    )


def _obtained(name: str, experiment: Experiment) -> str:
    metrics = experiment.metrics
    if name == GROUPS:
        return ":".join(in_cell(metrics, one) for one in ("n_short", "n_long"))
    if name != MEDIAN_ICC:
        return with_its_limits(metrics, name)
    stability, selections = experiment.table(STABILITY), experiment.table(SELECTIONS)
    if stability is None or selections is None:
        return NOTHING
    survived = of_features(stability, selections["feature"])
    return fixed(float(survived.median()), 2) if len(survived) else NOTHING
