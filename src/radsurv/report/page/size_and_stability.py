"""Whether there are enough patients for so many features, and whether the training sets agree on which they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.formats import fixed, number
from radsurv.report.cell_text import with_limits
from radsurv.report.experiment import Experiment
from radsurv.report.metric_text import why_missing
from radsurv.report.page_section import PageSection
from radsurv.survival.sample_size import NAGELKERKE, SHRINKAGE, largest_r2, most_parameters, required_patients
from radsurv.validation.exchangeable import EXCHANGEABLE

ON_REQUEST = {
    "learning_curve": "whether more patients would help (comparison.learning_curve=10)",
    "instability": "how far predictions hang on who was in the cohort (comparison.instability=200)",
}


@dataclass(frozen=True)
class Row:
    """What, how much, and what it means."""

    what: str
    value: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class SizeAndStability(PageSection):
    """A row per quantity; of experiments that train.

    Attributes
    ----------
    rows
    not_asked
        What the run could have been asked beside it, and how.
    nagelkerke, shrinkage
        What the criteria suppose, and what they ask for.
    """

    order: ClassVar[int] = 112
    title: str = "Sample size and steadiness"

    rows: tuple[Row, ...]
    not_asked: tuple[str, ...]
    nagelkerke: float = NAGELKERKE
    shrinkage: float = SHRINKAGE

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        metrics = experiment.metrics
        n, events, offered = (metrics.get(key) for key in ("n_patients", "n_events", "n_features"))
        if experiment.external or not n or not events or not offered:
            return None
        rows = (*_size(int(n), int(events), int(offered)), *_seen(experiment, int(events)))
        return cls(
            rows=rows,
            not_asked=tuple(
                said for option, said in ON_REQUEST.items() if not getattr(experiment.config.comparison, option)
            ),
        )


def _size(n: int, events: int, offered: int) -> list[Row]:
    share = events / n
    r2 = NAGELKERKE * largest_r2(share)
    most, needed = most_parameters(n, r2, share), required_patients(offered, r2, share).needed
    return [
        Row(
            "Events per candidate feature", number(events / offered), f"{events:,} events, {offered:,} features offered"
        ),
        Row("Candidates that these patients bear", number(most), "without selection or penalty, by Riley's criteria"),
        Row("Patients that these candidates need", number(needed), f"here are {n:,}"),
    ]


def _seen(experiment: Experiment, events: int) -> list[Row]:
    """What the run itself says of it."""
    metrics, rows = experiment.metrics, []
    used = metrics.get("median_nonzero") if experiment.has_coefficients else metrics.get("median_selected")
    if used:
        rows.append(
            Row("Events per feature used", number(events / used), f"median of {number(used)} features in a model")
        )
    slope = metrics.get("calibration_slope")
    if slope is not None:
        rows.append(Row("Calibration slope seen", fixed(slope, 2), "below 1: overfitted by as much"))
    steady = metrics.get("selection_stability")
    if steady is not None:
        low, high = metrics.get("selection_stability_low"), metrics.get("selection_stability_high")
        shown = with_limits(steady, low, high, "{:.2f}".format)
        rows.append(Row("Agreement of training sets on features", shown, _worth(limits=low is not None)))
    if experiment.config.comparison.instability and metrics.get("instability_mape") is None:
        rows.append(Row("Refits of the model", "none", why_missing("instability_mape", experiment)))
    groups = metrics.get("selection_stability_groups")
    if groups is not None:
        meaning = f"features that correlate by |r| ≥ {EXCHANGEABLE} in all patients count as one"
        rows.append(Row("Agreement, features that say the same as one", fixed(groups, 2), meaning))
    return rows


def _worth(*, limits: bool) -> str:
    if limits:
        return "1: all the same, 0: as by chance; 95 % limits over bootstrap samples"
    return "1: all the same, 0: as by chance; training sets share most patients, so that it flatters"
