"""How far a permutation P could move with other shuffles."""

from __future__ import annotations

from collections.abc import Mapping

from radsurv.formats import probability


def monte_carlo(metrics: Mapping[str, float | None], key: str) -> str:
    """What infinitely many repetitions would give, as far as these tell; nothing where that was not computed."""
    low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
    return "" if low is None or high is None else f"{probability(low)} to {probability(high)}"
