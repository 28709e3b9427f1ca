"""What images add to the covariates, and whether images of other patients do as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.formats import concordance, number, p_value, signed_concordance
from radsurv.report.cell_text import cell, limits
from radsurv.report.evidence import Evidence
from radsurv.report.experiment import Experiment
from radsurv.report.monte_carlo import monte_carlo
from radsurv.report.page_section import PageSection
from radsurv.report.rules import added_value

ROWS = {
    "Harrell's C": ("harrell_c", "added_value_delta_c"),
    "Uno's C": ("uno_c", "added_value_delta_uno_c"),
    "Mean AUC over time": ("mean_auc", "added_value_delta_mean_auc"),
    "Integrated Brier score (lower is better)": ("integrated_brier", "added_value_delta_brier"),
}


@dataclass(frozen=True)
class Row:
    """A metric of the covariates alone, with images, and the difference."""

    label: str
    alone: str
    together: str
    difference: str


@dataclass(frozen=True, kw_only=True)
class AddedValue(PageSection):
    """Both models on the same folds, and the test.

    Attributes
    ----------
    said
        The sentence of the headline.
    rows
    chi2
        Of the likelihood ratio of left-out risks.
    limits, refitted
        Of the difference of C, and whether they are those of refits.
    p, monte_carlo
        With the sign before it; how far it could move with other shuffles.
    done, exceeding
        Repetitions, and those in which images of other patients added as much.
    within_sites
        Whether images were shuffled inside of sites.
    covariates
        By name.
    """

    order: ClassVar[int] = 15
    title: str = "What images add"

    said: str
    rows: tuple[Row, ...]
    chi2: str
    limits: str
    refitted: bool
    p: str
    monte_carlo: str
    done: str
    exceeding: str
    within_sites: bool
    covariates: str

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        evidence, metrics = Evidence.of(experiment), experiment.metrics
        added = evidence.added
        if added is None:
            return None

        def row(label: str, key: str, delta: str) -> Row:
            together, difference = metrics.get(key), metrics.get(delta)
            alone = None if together is None or difference is None else together - difference
            return Row(
                label, cell(alone, concordance), cell(together, concordance), cell(difference, signed_concordance)
            )

        return cls(
            said=added_value(evidence),
            rows=tuple(row(label, *keys) for label, keys in ROWS.items()),
            chi2=cell(metrics.get("added_value_lr_chi2"), "{:.1f}".format),
            limits=limits(added.low, added.high, signed_concordance),
            refitted=added.refitted,
            p=p_value(added.p),
            monte_carlo=monte_carlo(metrics, "added_value_p"),
            done=cell(metrics.get("added_value_count"), number),
            exceeding=cell(metrics.get("added_value_exceeding"), number),
            within_sites=added.within_sites,
            covariates=", ".join(experiment.config.cohort.covariates),
        )
