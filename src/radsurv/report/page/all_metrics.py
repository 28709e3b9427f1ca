"""Every number of ``metrics.json``, with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.catalogue.metrics import METRICS
from radsurv.report.experiment import Experiment
from radsurv.report.metric_text import label, meaning, shown, why_missing
from radsurv.report.page_section import PageSection


@dataclass(frozen=True)
class Row:
    """One metric: rounded and exact, or the reason why there is no value."""

    key: str
    label: str
    shown: str | None
    exact: str | None
    meaning: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AllMetrics(PageSection):
    """One row per metric, but for those of coefficients where models have none."""

    order: ClassVar[int] = 90
    title: str = "All metrics"

    rows: tuple[Row, ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        if not experiment.metrics:
            return None
        said = {
            key: value
            for key, value in experiment.metrics.items()
            if experiment.has_coefficients or not METRICS[key].of_coefficients
        }
        return cls(rows=tuple(_row(experiment, key, value) for key, value in said.items()))


def _row(experiment: Experiment, key: str, value: float | None) -> Row:
    return Row(
        key=key,
        label=label(key, experiment),
        shown=None if value is None else shown(key, value),
        exact=None if value is None else repr(value),
        meaning=meaning(key, experiment),
        reason=why_missing(key, experiment) if value is None else "",
    )
