"""How it was done: configuration and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import yaml

from radsurv.catalogue.record import Provenance, WeightsRecord
from radsurv.formats import plural
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection


@dataclass(frozen=True, kw_only=True)
class RunRecord(PageSection):
    """Versions and seed; hashes of the inputs; seconds per stage; versions of packages; the whole configuration."""

    order: ClassVar[int] = 160
    title: str = "Configuration and provenance"

    facts: Mapping[str, str]
    inputs: Mapping[str, str]
    seconds: Mapping[str, str]
    packages: Mapping[str, str]
    config: str
    shortened: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        provenance = experiment.provenance
        commit = provenance.git_commit
        changed = " (with uncommitted changes)" if provenance.git_dirty else ""
        facts = {
            "RadSurv": provenance.radsurv,
            "Finished": provenance.date,
            "Duration": _duration(sum(record.seconds for record in provenance.stages.values())),
            "Commit": f"{commit}{changed}" if commit else "none: the code is not in a git checkout",
            "Options from": provenance.conf,
            "Python": provenance.python,
            "Platform": provenance.platform,
            "Processor": _processor(provenance),
            "Seed": str(experiment.config.seed),
            "Network": _network(experiment.weights),
        }
        return cls(
            facts={name: value for name, value in facts.items() if value is not None},
            inputs=provenance.inputs,
            seconds={name: f"{record.seconds:.1f}" for name, record in provenance.stages.items()},
            packages=provenance.packages,
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


def _processor(provenance: Provenance) -> str | None:
    """Kind and number of cores."""
    cores = "" if provenance.cores is None else plural(provenance.cores, "core")
    return ", ".join(filter(None, (provenance.machine, cores))) or None


def _network(weights: WeightsRecord | None) -> str | None:
    """Name, source and hash of the network's weights."""
    if weights is None:
        return None
    return f"{weights.backbone}, weights: {weights.weights}" + (f", SHA-256 {weights.sha256}" if weights.sha256 else "")
