"""What comes out of each step of an analysis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radsurv.catalogue.metrics import METRICS
from radsurv.catalogue.tables import Table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Finding:
    """Numbers and tables, and what a reader of them must know.

    Attributes
    ----------
    tables
        By their entry in `radsurv.catalogue.tables`.
    metrics
        By their key in `radsurv.catalogue.metrics`; NaN where something cannot be computed.
    reasons
        Why metrics are NaN, by their key.
    notes
        Fallbacks and remarks; the same in every run.
    run_notes
        Remarks on how this run went.
    """

    tables: dict[Table, pd.DataFrame] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    run_notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        unknown = self.metrics.keys() - METRICS.keys()
        assert not unknown, f"metrics that radsurv.catalogue.metrics does not describe: {unknown}"


def together(findings: Iterable[Finding]) -> Finding:
    """All findings in one, in their order."""
    whole = Finding()
    for one in findings:
        whole.tables.update(one.tables)
        whole.metrics.update(one.metrics)
        whole.reasons.update(one.reasons)
        whole.notes.extend(one.notes)
        whole.run_notes.extend(one.run_notes)
    return Finding(whole.tables, whole.metrics, whole.reasons, whole.notes, whole.run_notes)
