"""What a look at the cohort found: why no run can start, who is unlike the others, what to be careful with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.catalogue.checks import SEVERITIES, Check, Severity
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PASSPORT_ONLY, PageName, PageSection

# Each with a sign of its own, so that nobody needs the colour.
SIGNS: dict[Severity, str] = {"error": "✕", "excluded": "−", "warning": "!", "outlier": "▲", "note": "·"}
MEANINGS: dict[Severity, str] = {
    "error": "no run can start",
    "excluded": "a run goes without this patient",
    "warning": "may mislead what is computed",
    "outlier": "unlike the others: to be looked at, not a verdict",
    "note": "to know",
}


@dataclass(frozen=True)
class Kind:
    """The findings of one severity, and how many of them stand elsewhere on the page."""

    severity: Severity
    sign: str
    meaning: str
    count: int
    shown: Sequence[Check]


@dataclass(frozen=True, kw_only=True)
class CheckFindings(PageSection):
    """All findings but those that "Patients in and out" and the notes of the stages tell."""

    order: ClassVar[int] = 5
    pages: ClassVar[frozenset[PageName]] = PASSPORT_ONLY
    title: str = "What was found"

    can_start: bool
    kinds: tuple[Kind, ...]
    some_below: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        inspection = experiment.inspection
        if inspection is None:
            return None
        told = {("", note) for record in experiment.provenance.stages.values() for note in record.notes}
        if experiment.qc is not None:
            told |= set(zip(experiment.qc["patient_id"], experiment.qc["reason"], strict=True))
        kinds = []
        for severity in SEVERITIES:
            found = [check for check in inspection.checks if check.severity == severity]
            shown = [check for check in found if (check.patient_id, check.what) not in told]
            kinds.append(Kind(severity, SIGNS[severity], MEANINGS[severity], len(found), shown))
        return cls(
            can_start=inspection.can_start,
            kinds=tuple(kinds),
            some_below=any(kind.count > len(kind.shown) for kind in kinds),
        )
