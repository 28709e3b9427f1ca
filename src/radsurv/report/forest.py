"""Harrell's C of an experiment under every scheme, and of what it is held against, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from radsurv.catalogue.metrics import COMPARED
from radsurv.formats import capitalised
from radsurv.report.evidence import Evidence


@dataclass(frozen=True, kw_only=True)
class ForestRow:
    """One row of the figure.

    Attributes
    ----------
    label
    c
    low, high
        95 % limits, or None.
    sd
        Over draws of folds or bootstrap samples, where this is what there is.
    own
        Whether it is the experiment.
    """

    label: str
    c: float
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    own: bool = False


def forest_rows(evidence: Evidence) -> list[ForestRow]:
    """The experiment first, then the simpler models."""
    rows = []
    if evidence.c is not None:
        label = f"This experiment, {evidence.scheme}"
        rows.append(ForestRow(label=label, c=evidence.c, low=evidence.c_low, high=evidence.c_high, own=True))
    for label, c, sd in (
        ("5 × 5-fold", evidence.kfold_c, evidence.kfold_sd),
        ("apparent", evidence.apparent_c, None),
        ("out of bag", evidence.out_of_bag_c, evidence.out_of_bag_sd),
        (".632+", evidence.c_632plus, None),
    ):
        if c is not None:
            rows.append(ForestRow(label=f"This experiment, {label}", c=c, sd=sd, own=True))
    for name, model in evidence.simpler.items():
        said = COMPARED[name]
        rows.append(ForestRow(label=capitalised(said), c=model.c, low=model.low, high=model.high))
    return rows
