"""Whether more patients would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.metrics import RISE, RISE_FROM
from radsurv.catalogue.tables import LEARNING_CURVE
from radsurv.formats import concordance, percent, signed_concordance
from radsurv.report.cell_text import cell, limits
from radsurv.report.experiment import Experiment
from radsurv.report.figures.learning_curve_plot import learning_curve_figure
from radsurv.report.page_section import PageSection, inline
from radsurv.report.rules import LEAST_GAIN, WEAK_C


@dataclass(frozen=True)
class Size:
    """What a part of the training patients gives."""

    share: str
    n_patients: str
    n_events: str
    c: str
    spread: str
    null: str


@dataclass(frozen=True, kw_only=True)
class LearningCurve(PageSection):
    """One row per size that could be taken.

    Attributes
    ----------
    rows, figure
    suggests
        What it says of more patients.
    by_site
        Whether every fold is a site.
    flat
        Whether the experiment tunes on all patients, which the curve does not.
    lacking
        Sizes that failed, each with the reason.
    """

    order: ClassVar[int] = 113
    title: str = "Would more patients help?"

    rows: tuple[Size, ...]
    figure: Markup
    suggests: str
    by_site: bool
    flat: bool
    lacking: tuple[str, ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(LEARNING_CURVE)
        if table is None or (known := table[table["harrell_c"].notna()]).empty:
            return None
        lacking = table[table["reason"] != ""]
        drawn = learning_curve_figure(known, experiment.simulated)
        return cls(
            rows=tuple(map(_size, known.to_dict("records"))),
            figure=inline(drawn, "learning-curve", "Harrell's C of left-out patients by number of training patients"),
            suggests=suggested(experiment.metrics, float(known["harrell_c"].iloc[-1])),
            by_site=experiment.scheme is not None and experiment.scheme.by_site,
            flat=bool(experiment.metrics.get("search_flat")),
            lacking=tuple(map("{} ({})".format, lacking["share"].map(percent), lacking["reason"])),
        )


def suggested(metrics: Mapping[str, float | None], largest: float) -> str:
    """What the end of the curve says of more patients, and no more than it can.

    Parameters
    ----------
    metrics
        With the rise and its limits.
    largest
        C with most patients.
    """
    rise, low, high = (metrics.get(f"{RISE}{end}") for end in ("", "_low", "_high"))
    if largest < WEAK_C:
        return (
            f"With most patients C is {concordance(largest)}, not clearly above that of a coin: whether more patients like these would"
            " change that, the curve cannot say."
        )
    if rise is None or low is None or high is None:
        return ""
    change = f"{signed_concordance(rise)} ({limits(low, high, signed_concordance)})"
    numbers = f"From {percent(RISE_FROM)} to all of the training patients C changes by {change}"
    if low > 0:
        return f"{numbers}: it is still rising, which suggests that more patients like these would help. How much, it does not say."
    if high < 0:
        return f"{numbers}: it falls, which more patients do not explain; chance in these few, or a pipeline that is unsteady, does."
    if max(-low, high) <= LEAST_GAIN:
        return f"{numbers}: it is level, which suggests that a few more patients like these would add little."
    return f"{numbers}: whether it is still rising cannot be told from these patients."


def _size(row: Mapping[Any, Any]) -> Size:
    return Size(
        share=percent(row["share"]),
        n_patients=f"{row['n_patients']:,.0f}",
        n_events=f"{row['n_events']:,.0f}",
        c=concordance(row["harrell_c"]),
        spread=cell(row["harrell_c_sd"], "{:.3f}".format),
        null=f"{row['n_null_folds']:,.0f} of {row['n_folds']:,.0f}",
    )
