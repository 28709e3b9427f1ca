"""The few numbers to take away, with what they may and may not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.formats import concordance, interval, number, plural
from radsurv.report.abstract import Abstract
from radsurv.report.cell_text import limits
from radsurv.report.evidence import Evidence
from radsurv.report.experiment import Experiment
from radsurv.report.figures.forest_plot import forest_figure
from radsurv.report.forest import forest_rows
from radsurv.report.metric_text import label, shown, why_missing
from radsurv.report.monte_carlo import monte_carlo
from radsurv.report.page_section import PageSection, inline
from radsurv.validation.schemes.loocv import LeaveOneOut

RATIO_REFITTED = ("hazard_ratio_refit_low", "hazard_ratio_refit_high")


@dataclass(frozen=True)
class Tile:
    """One number, large, with its name above and what it is worth below."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Headline(PageSection):
    """The numbers, the conclusion, and how far the P among them can be trusted.

    Attributes
    ----------
    tiles
    lead
        What the experiment may claim, a few sentences.
    flags
        What speaks against these numbers.
    sentence
        What the predicted groups show.
    figure
        C of the experiment under every scheme and of its parts; None where there is only one.
    compared
        Whether simpler models are among these.
    external
    n_known
        Of an external validation: patients whom the model was trained on.
    not_independent
        Of a cross-validation: why its predictions hang on one another.
    loocv
        Whether this is the scheme for which that was measured.
    naive_p, permuted
        Whether there is a log-rank P, and a permutation P.
    within_sites
        Whether its shuffles were inside of sites.
    refitted, ratio_refitted
        Whether the limits of C, and of the hazard ratio, are those of refits.
    simpler_refitted
        Whether those of all simpler models and of the differences to them are; None: some.
    """

    order: ClassVar[int] = 10
    title: str = "In short"

    tiles: tuple[Tile, ...]
    lead: str
    flags: tuple[str, ...]
    figure: Markup | None
    compared: bool
    sentence: str
    external: bool
    n_known: int
    not_independent: str
    loocv: bool
    naive_p: bool
    permuted: bool
    within_sites: bool
    refitted: bool
    ratio_refitted: bool
    simpler_refitted: bool | None

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        if not experiment.n_repeats or not experiment.metrics:
            return None
        metrics, scheme = experiment.metrics, experiment.scheme
        evidence, told = Evidence.of(experiment), Abstract.of(experiment)
        permuted = metrics.get("permutation_p") is not None
        tiles = [
            _tile(experiment, "hazard_ratio", _ratio_limits(metrics)),
            _tile(experiment, "harrell_c", _concordance_limits(evidence) + "0.5 is a coin, 1 is perfect"),
            _tile(experiment, "log_rank_p", _worth(experiment)),
            *([_tile(experiment, "permutation_p", _permuted(experiment))] if permuted else []),
            _tile(experiment, "n_patients", _counts(metrics)),
        ]
        return cls(
            tiles=tuple(tiles),
            lead=told.lead,
            flags=told.flags,
            figure=_figure(evidence, experiment.simulated),
            compared=bool(evidence.simpler),
            sentence=told.sentence,
            external=experiment.external,
            n_known=experiment.n_known,
            not_independent="" if scheme is None else scheme.not_independent,
            loocv=isinstance(scheme, LeaveOneOut),
            naive_p=metrics.get("log_rank_p") is not None,
            permuted=permuted,
            within_sites=bool(metrics.get("permutation_strata")),
            refitted=evidence.refitted,
            ratio_refitted=metrics.get(RATIO_REFITTED[0]) is not None,
            simpler_refitted=_all_or_none(
                [known for model in evidence.simpler.values() for known in (model.refitted, model.delta_refitted)]
            ),
        )


def _all_or_none(refitted: Sequence[bool]) -> bool | None:
    return any(refitted) if all(refitted) or not any(refitted) else None


def _ratio_limits(metrics: Mapping[str, float | None]) -> str:
    """Those of refits where there are any, otherwise Wald's, which take the groups as given."""
    refitted = interval(*(metrics.get(end) for end in RATIO_REFITTED))
    return (
        f"{refitted} over refits"
        if refitted
        else interval(metrics.get("hazard_ratio_low"), metrics.get("hazard_ratio_high"))
    )


def _concordance_limits(evidence: Evidence) -> str:
    between = limits(evidence.c_low, evidence.c_high, concordance) if evidence.refitted else ""
    return between and f"95 % limits {between} over refits; "


def _figure(evidence: Evidence, simulated: bool) -> Markup | None:
    rows = forest_rows(evidence)
    if len(rows) < 2:
        return None
    return inline(
        forest_figure(rows, simulated), "forest", "Harrell's C of the experiment and of its parts, with limits"
    )


def _tile(experiment: Experiment, key: str, detail: str) -> Tile:
    value = experiment.metrics.get(key)
    if value is None:
        return Tile(label(key, experiment), "–", f"not available: {why_missing(key, experiment)}")
    return Tile(label(key, experiment), shown(key, value), detail)


def _counts(metrics: Mapping[str, float | None]) -> str:
    """Events and groups, as far as they were counted."""
    events, short, long = (metrics.get(name) for name in ("n_events", "n_short", "n_long"))
    said = [] if events is None else [plural(int(events), "event")]
    others = metrics.get("n_competing_events")
    if others:
        said.append(f"{number(others)} of other causes, censored")
    if short is not None and long is not None:
        said.append(f"{number(short)} predicted short, {number(long)} long")
    return "; ".join(said)


def _worth(experiment: Experiment) -> str:
    """What the log-rank P is worth."""
    if experiment.external and experiment.n_known == 0:
        return "no prediction hangs on these outcomes"
    return "no guarantee: see below"


def _permuted(experiment: Experiment) -> str:
    metrics = experiment.metrics
    limits, count = monte_carlo(metrics, "permutation_p"), metrics.get("permutation_count")
    repeated = "these predictions" if experiment.external else "the whole pipeline"
    shuffled = "outcomes shuffled within sites" if metrics.get("permutation_strata") else "shuffled outcomes"
    said = f"{repeated} on {shuffled}" + ("" if count is None else f", {number(count)} times")
    return said + (f"; Monte-Carlo interval {limits}" if limits else "")
