"""What a stage says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from radsurv.catalogue.record import StageRecord


@dataclass(frozen=True)
class StageResult:
    """The end of a stage.

    Attributes
    ----------
    summary
        One line for the terminal.
    record
        Fallbacks and remarks, printed and shown in the report; hashes and the like.
    """

    summary: str
    record: StageRecord = field(default_factory=StageRecord)


def result(summary: str, notes: list[str] | None = None) -> StageResult:
    """A summary, and remarks if there are any."""
    return StageResult(summary, StageRecord(notes=notes or []))
