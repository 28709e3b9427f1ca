"""How it was done: configuration and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import yaml

from radsurv.catalogue.record import Execution, WeightsRecord
from radsurv.formats import plural
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection


@dataclass(frozen=True, kw_only=True)
class RunRecord(PageSection):
    """Versions and seed; hashes of the inputs; seconds per stage; versions of packages; the whole configuration.

    Attributes
    ----------
    recorded
        Whether it is known how the run went: when, on what, with which commit.
    """

    order: ClassVar[int] = 160
    title: str = "Configuration and provenance"

    facts: Mapping[str, str]
    recorded: bool
    inputs: Mapping[str, str]
    seconds: Mapping[str, str]
    packages: Mapping[str, str]
    config: str
    shortened: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        execution = experiment.execution
        facts = {
            "RadSurv": experiment.provenance.radsurv,
            "Finished": execution.date,
            "Duration": _duration(sum(stage.seconds for stage in execution.stages.values())),
            "Commit": _commit(execution),
            "Options from": execution.conf,
            "Python": execution.python,
            "Platform": execution.platform,
            "Processor": _processor(execution),
            "Seed": str(experiment.config.seed),
            "Network": _network(experiment.weights),
        }
        return cls(
            facts={name: value for name, value in facts.items() if value is not None},
            recorded=execution.recorded,
            inputs=experiment.provenance.inputs,
            seconds={name: f"{stage.seconds:.1f}" for name, stage in execution.stages.items()},
            packages=execution.packages,
            config=yaml.safe_dump(
                experiment.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100
            ),
            shortened=experiment.shortened,
        )


def _duration(seconds: float) -> str | None:
    """Of all stages together."""
    if not seconds:
        return None
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s, all stages together" if minutes else f"{seconds:.1f} s, all stages together"


def _commit(execution: Execution) -> str | None:
    if not execution.recorded:
        return None
    changed = " (with uncommitted changes)" if execution.git_dirty else ""
    return f"{execution.git_commit}{changed}" if execution.git_commit else "none: the code is not in a git checkout"


def _processor(execution: Execution) -> str | None:
    """Kind and number of cores."""
    cores = "" if execution.cores is None else plural(execution.cores, "core")
    return ", ".join(filter(None, (execution.machine, cores))) or None


def _network(weights: WeightsRecord | None) -> str | None:
    """Name, source and hash of the network's weights."""
    if weights is None:
        return None
    return f"{weights.backbone}, weights: {weights.weights}" + (f", SHA-256 {weights.sha256}" if weights.sha256 else "")
