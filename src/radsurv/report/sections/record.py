"""How it was done: notes of the stages, configuration, provenance, and the way to run it again."""

from __future__ import annotations

from typing import Any

import yaml

from radsurv.report.experiment import Experiment
from radsurv.report.sections.section import Section

# The cohort that comes with the repository, in its DVC remote.
DEMO = "data/demo/"


def notes(experiment: Experiment) -> Section | None:
    """Fallbacks and remarks of every stage, each once."""
    said: dict[str, list[str]] = {}
    known: set[str] = set()
    for name, stage in experiment.stages.items():
        # Two stages that use the same network say the same of it.
        new = [note for note in stage.get("notes", []) if note not in known]
        if new:
            said[name] = new
        known.update(new)
    return Section("notes", "Notes of the stages", {"stages": said}) if said else None


def record(experiment: Experiment) -> Section:
    """Configuration and provenance."""
    provenance = experiment.provenance
    commit = provenance.get("git_commit")
    changed = " (with uncommitted changes)" if provenance.get("git_dirty") else ""
    facts = {
        "RadSurv": provenance.get("radsurv"),
        "Commit": f"{commit}{changed}" if commit else "not a git checkout",
        "Python": provenance.get("python"),
        "Platform": provenance.get("platform"),
        "Seed": provenance.get("seed"),
        "Network": _network(experiment.weights),
    }
    return Section(
        "record",
        "Configuration and provenance",
        {
            "facts": {name: value for name, value in facts.items() if value is not None},
            "inputs": provenance.get("inputs", {}),
            "seconds": {name: f"{stage.get('seconds', 0):.1f}" for name, stage in experiment.stages.items()},
            "packages": provenance.get("packages", {}),
            "config": yaml.safe_dump(experiment.config, sort_keys=False, allow_unicode=True, width=100),
        },
    )


def _network(weights: dict[str, Any]) -> str | None:
    """Name, source and hash of the network's weights."""
    if not weights:
        return None
    digest = weights.get("sha256")
    return f"{weights.get('backbone')}, weights: {weights.get('weights')}" + (f", SHA-256 {digest}" if digest else "")


def again(experiment: Experiment) -> Section:
    """The commands that repeat this run, as far as it recorded them."""
    provenance = experiment.provenance
    return Section(
        "again",
        "Run it again",
        {
            "commit": provenance.get("git_commit"),
            "dirty": bool(provenance.get("git_dirty")),
            "command": provenance.get("command"),
            "demo": str(experiment.setting("cohort.table")).startswith(DEMO),
        },
    )
