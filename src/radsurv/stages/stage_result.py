"""What a stage says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class StageResult:
    """The end of a stage.

    Attributes
    ----------
    summary
        One line for the terminal.
    notes
        Fallbacks and remarks: printed, and shown in the report.
    facts
        Hashes and the like, for the provenance.
    """

    summary: str
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
