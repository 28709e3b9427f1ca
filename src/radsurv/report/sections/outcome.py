"""What came out: the headline, the curves, and every metric."""

from __future__ import annotations

import re

from markupsafe import Markup

from radsurv.formats import interval, number, plural, probability, ratio
from radsurv.report.conclusion import conclusion
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.risk_plot import risk_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.sections.section import Section
from radsurv.report.sections.significance import monte_carlo
from radsurv.report.wording import label, meaning, why_missing

# Why predictions hang on one another, by validation scheme.
NOT_INDEPENDENT = {
    "loocv": "Every patient was predicted by a model that had seen nearly all the others",
    "repeated_kfold": "Every patient was predicted by models that had seen a large part of the others",
    "leave_site_out": "The patients of every site were predicted by a model that had seen those of all other sites",
    "bootstrap": "Every patient was predicted by the models of those bootstrap samples that missed them, and each of these had"
    " seen most of the others",
}
CONCORDANCE = re.compile(r"_c(_|$)")


def headline(experiment: Experiment) -> Section | None:
    """The few numbers to take away, with what they may and may not say."""
    if experiment.predictions is None or not experiment.metrics:
        return None
    metrics = experiment.metrics
    limits = interval(metrics.get("hazard_ratio_low"), metrics.get("hazard_ratio_high"))
    tiles = [
        _tile(experiment, "hazard_ratio", limits),
        _tile(experiment, "harrell_c", "0.5 is a coin, 1 is perfect"),
        _tile(experiment, "log_rank_p", _worth(experiment)),
        _tile(experiment, "n_patients", _counts(metrics)),
    ]
    if metrics.get("permutation_p") is not None:
        tiles.insert(3, _tile(experiment, "permutation_p", _permuted(experiment)))
    return Section(
        "headline",
        "In short",
        {
            "tiles": tiles,
            "sentence": conclusion(experiment),
            "external": experiment.external,
            "not_independent": NOT_INDEPENDENT.get(str(experiment.setting("validation.scheme")), ""),
            "loocv": experiment.setting("validation.scheme") == "loocv",
            "n_known": experiment.n_known,
            "naive_p": metrics.get("log_rank_p") is not None,
            "permuted": metrics.get("permutation_p") is not None,
        },
    )


def survival(experiment: Experiment) -> Section | None:
    """Kaplan-Meier curves of the predicted groups, and risk against time."""
    if experiment.predictions is None:
        return None
    rows, unit, simulated = experiment.first_repeat(), experiment.time_unit, experiment.simulated
    curves = kaplan_meier_figure(rows, experiment.metrics, unit, simulated)
    risks = risk_figure(rows, unit, simulated)
    return Section(
        "survival",
        "Survival of the predicted groups",
        {
            "curves": Markup(to_svg(curves, "kaplan-meier", "Kaplan-Meier curves of the predicted groups")),
            "risks": Markup(to_svg(risks, "risk", "Predicted risk of every patient against follow-up time")),
            "n_repeats": experiment.n_repeats,
            "external": experiment.external,
        },
    )


def metrics(experiment: Experiment) -> Section | None:
    """Every number of ``metrics.json``, with what it means."""
    if not experiment.metrics:
        return None
    rows = [
        {
            "name": name,
            "label": label(name, experiment),
            "exact": None if value is None else repr(value),
            "shown": None if value is None else _shown(name, value),
            "meaning": meaning(name, experiment),
            "reason": why_missing(name, experiment) if value is None else "",
        }
        for name, value in experiment.metrics.items()
    ]
    return Section("metrics", "All metrics", {"rows": rows})


def _tile(experiment: Experiment, name: str, detail: str) -> dict[str, str]:
    value = experiment.metrics.get(name)
    if value is None:
        return {
            "label": label(name, experiment),
            "value": "–",
            "detail": f"not available: {why_missing(name, experiment)}",
        }
    return {"label": label(name, experiment), "value": _shown(name, value), "detail": detail}


def _counts(metrics: dict[str, float | None]) -> str:
    """Events and groups, as far as they were counted."""
    events, short, long = (metrics.get(name) for name in ("n_events", "n_short", "n_long"))
    said = [] if events is None else [plural(int(events), "event")]
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
    said = f"{repeated} on shuffled outcomes" + ("" if count is None else f", {number(count)} times")
    return said + (f"; Monte-Carlo interval {limits}" if limits else "")


def _shown(name: str, value: float) -> str:
    if name.startswith("permutation_p") or name.endswith("_p") or "log_rank_p_" in name:
        return probability(value)
    if "hazard_ratio" in name:
        return ratio(value)
    return f"{value:.3f}" if CONCORDANCE.search(name) else number(value)
