"""The line that sums an evaluation up on the terminal."""

from __future__ import annotations

from collections.abc import Mapping


def summary(metrics: Mapping[str, float]) -> str:
    """Counts, C, hazard ratio, and the log-rank P, which never stands there without what it is worth."""
    # Where the model is of other patients, its predictions depend neither on these outcomes nor on each other.
    worth = "predictions of a finished model" if metrics.get("external_known") == 0 else "no error guarantee"
    return (
        f"{metrics['n_patients']} patients, {metrics['n_events']} events: C {shown(metrics, 'harrell_c', '.3f')}, "
        f"HR {shown(metrics, 'hazard_ratio', '.2f')}, log-rank P {shown(metrics, 'log_rank_p', '.2g')} ({worth})"
    )


def shown(metrics: Mapping[str, float], name: str, digits: str) -> str:
    """A metric, or a dash where it has no value."""
    value = metrics.get(name)
    return format(value, digits) if isinstance(value, float) and value == value else "–"
