"""What a stage says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from radsurv.catalogue.record import AppliedModel, StageRecord
from radsurv.compute.cache_use import CacheUse
from radsurv.validation.finding import Finding


@dataclass(frozen=True)
class StageResult:
    """The end of a stage.

    Attributes
    ----------
    summary
        One line for the terminal.
    record
        Fallbacks and remarks, printed and shown in the report; hashes and the like.
    cache
        What came of using the cache.
    run_notes
        Remarks on how this run went, which another run of the same experiment need not make.
    """

    summary: str
    record: StageRecord = field(default_factory=StageRecord)
    cache: CacheUse = field(default_factory=CacheUse)
    run_notes: list[str] = field(default_factory=list)


def result(
    summary: str,
    notes: list[str] | None = None,
    cache: CacheUse | None = None,
    run_notes: list[str] | None = None,
) -> StageResult:
    """A summary, and remarks if there are any."""
    return StageResult(summary, StageRecord(notes=notes or []), cache or CacheUse(), run_notes or [])


def of_finding(
    summary: str, found: Finding, applied: AppliedModel | None = None, cache: CacheUse | None = None
) -> StageResult:
    """A summary, with the notes and reasons of what a stage has found."""
    record = StageRecord(notes=found.notes, reasons=found.reasons, applied=applied)
    return StageResult(summary, record, cache or CacheUse(), found.run_notes)
