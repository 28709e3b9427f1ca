"""How a metric reads in an experiment: its name, its value, what it says there, and why it has no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from radsurv.catalogue.metrics import METRICS, Kind
from radsurv.formats import concordance, number, probability, ratio
from radsurv.report.cell_text import cell, with_limits_of
from radsurv.report.experiment import Experiment

FORMATS: Mapping[Kind, Callable[[float], str]] = {
    Kind.COUNT: number,
    Kind.FLAG: number,
    Kind.CONCORDANCE: concordance,
    Kind.RATIO: ratio,
    Kind.P: probability,
    Kind.CHI2: number,
    Kind.NUMBER: number,
}
KNOWN = (
    "NOT EXTERNAL: the model was trained on {} of these patients, so this is too good, and no P and no interval holds."
)


def label(key: str, experiment: Experiment) -> str:
    """A metric's name in words."""
    metric = METRICS[key]
    return (experiment.external and metric.external_label) or metric.label


def shown(key: str, value: float) -> str:
    """A value of a metric."""
    return FORMATS[METRICS[key].kind](value)


def in_cell(metrics: Mapping[str, float | None], key: str) -> str:
    """A metric of a run, or a dash."""
    return cell(metrics.get(key), partial(shown, key))


def with_its_limits(metrics: Mapping[str, float | None], key: str) -> str:
    """The same with its 95 % limits, as far as they are there."""
    return with_limits_of(metrics, key, partial(shown, key))


def meaning(key: str, experiment: Experiment) -> str:
    """What a metric says, under the validation scheme of this experiment."""
    metric, scheme = METRICS[key], experiment.scheme
    if scheme is None:
        warning = KNOWN.format(experiment.n_known) if experiment.n_known and metric.void_if_known else ""
        return f"{warning} {metric.external_meaning or metric.meaning}".strip()
    said = [(not experiment.config.model.has_penalty and metric.unpenalised_meaning) or metric.meaning]
    if key == "harrell_c":
        said.append(scheme.caveat)
    if metric.per_repeat and experiment.n_repeats > 1:
        said.append(f"Over repeats: the {metric.pooling.value}.")
    return " ".join(filter(None, said))


def why_missing(key: str, experiment: Experiment) -> str:
    """The reason that a stage gave for a metric without a value, or what the predictions show."""
    reason = experiment.reason(key)
    if reason is not None:
        return reason
    if not experiment.n_repeats:
        return "the run made no predictions"
    if experiment.null:
        return "no model tells patients apart, so there is only one group"
    predictions = experiment.first_repeat()
    if not predictions["event"].any():
        return "no patient had an event"
    if predictions["group"].nunique() < 2:
        return f"every patient was predicted a {predictions['group'].iloc[0]} survivor: there is nothing to compare"
    if not predictions.groupby("group")["event"].any().all():
        return "one of the groups has no event"
    return "it could not be computed; see the notes of the stages"
