"""Fallbacks and remarks of the stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.report.experiment import Experiment
from radsurv.report.page_section import BOTH_PAGES, PageName, PageSection


@dataclass(frozen=True, kw_only=True)
class StageNotes(PageSection):
    """Of every stage that has something to say; each remark once, since two stages that use the same network say the same of it."""

    order: ClassVar[int] = 150
    pages: ClassVar[frozenset[PageName]] = BOTH_PAGES
    title: str = "Notes of the stages"

    stages: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        said: dict[str, list[str]] = {}
        known: set[str] = set()
        for name, record in experiment.provenance.stages.items():
            went = experiment.execution.stages.get(name)
            both = [*record.notes, *([] if went is None else went.notes)]
            new = [note for note in both if note not in known]
            if new:
                said[name] = new
            known.update(new)
        return cls(stages=said) if said else None
