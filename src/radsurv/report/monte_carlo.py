"""How far a permutation P could move with other shuffles."""

from __future__ import annotations

from collections.abc import Mapping

from radsurv.formats import probability
from radsurv.report.cell_text import limits


def monte_carlo(metrics: Mapping[str, float | None], key: str) -> str:
    """What infinitely many repetitions would give, as far as these tell; nothing where that was not computed."""
    return limits(metrics.get(f"{key}_low"), metrics.get(f"{key}_high"), probability)
