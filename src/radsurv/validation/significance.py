"""Whether the separation of the risk groups could be chance, by the whole pipeline repeated on shuffled outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.config import SignificanceConfig
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.survival.separation import STATISTICS, mean_separation
from radsurv.validation.permutation import Analysis, PermutationTest, Progress, permutation_test

# Of the metrics of each statistic.
PREFIXES = dict(zip(STATISTICS, ("permutation_p", "permutation_p_hr", "permutation_p_c"), strict=True))


@dataclass(frozen=True)
class Significance:
    """Metrics, and what they were counted from.

    Attributes
    ----------
    metrics
        ``permutation_p, permutation_p_low, permutation_p_high`` of the signed log-rank χ², ``permutation_count`` and
        ``permutation_exceeding`` (repetitions that it was counted from, and those that did at least as well);
        ``permutation_p_hr`` and ``permutation_p_c`` likewise with their limits.
    permutations
        One row per repetition: ``repetition`` and the statistics of `radsurv.survival.separation`. Repetition 0 is the
        experiment itself.
    notes
        One sentence on what was done.
    """

    metrics: dict[str, float]
    permutations: pd.DataFrame
    notes: list[str]


def untested() -> Significance:
    """Nothing repeated, nothing known."""
    return Significance({}, _table(np.empty((0, len(STATISTICS)))), [])


def significance(
    analysis: Analysis,
    predictions: pd.DataFrame,
    config: SignificanceConfig,
    *,
    seed: int,
    repeated_part: str = "the whole pipeline was repeated",
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Significance:
    """Repeat an analysis as configured.

    Parameters
    ----------
    analysis
        Gives the statistics of `radsurv.survival.separation` for any outcome of the patients of `predictions`.
    predictions : columns time, event, risk, group, repeat
        Of the experiment itself: one row per patient and repeat, patients in the same order in each repeat.
    repeated_part
        What the analysis repeats, for the note.
    """
    rows = predictions[predictions["repeat"] == 0]
    outcome, observed = check_outcome(rows["time"], rows["event"]), _separation(predictions)
    test = permutation_test(
        analysis, outcome, observed, permutations=config.permutations, stop_after=config.stop_after,
        seed=seed, n_jobs=n_jobs, progress=progress,
    )  # fmt: skip
    return Significance(_metrics(test), _table(np.vstack([observed, test.repetitions])), [_note(test, repeated_part)])


def repeated(cross_validated: Callable[[Outcome, int], pd.DataFrame]) -> Analysis:
    """An analysis from anything that turns an outcome and a seed into a table of predictions.

    `radsurv.validation.pipeline.Pipeline` is the same for the plain pipeline, and faster; this one takes whatever there
    is, a search of hyper-parameters included.
    """
    return lambda outcome, seed: _separation(cross_validated(outcome, seed))


def _separation(predictions: pd.DataFrame) -> Float[np.ndarray, "statistic"]:
    n_repeats = predictions["repeat"].nunique()
    rows = predictions.iloc[: len(predictions) // n_repeats]
    score = predictions["risk"].to_numpy(dtype=np.float64).reshape(n_repeats, -1)
    short = (predictions["group"] == SHORT).to_numpy().reshape(n_repeats, -1)
    return mean_separation(check_outcome(rows["time"], rows["event"]), score, short)


def _metrics(test: PermutationTest) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for name, result in zip(STATISTICS, test.results, strict=True):
        prefix = PREFIXES[name]
        metrics |= {prefix: result.p, f"{prefix}_low": result.low, f"{prefix}_high": result.high}
    first = test.results[0]
    return metrics | {"permutation_count": first.count, "permutation_exceeding": first.exceeding}


def _table(statistics: Float[np.ndarray, "repetition statistic"]) -> pd.DataFrame:
    columns = dict(zip(STATISTICS, statistics.T, strict=True))
    return pd.DataFrame({"repetition": np.arange(len(statistics)), **columns})


def _note(test: PermutationTest, repeated_part: str) -> str:
    first = test.results[0]
    # The other statistics may need more repetitions than this one.
    counted = "" if first.count == len(test.repetitions) else f" of the first {first.count}, which settled this P,"
    return (
        f"permutation P: log-rank χ², negative where the groups are the wrong way round; {repeated_part}"
        f" {len(test.repetitions)} times on shuffled (time, event) pairs;{counted} {first.exceeding} did at least as well"
    )
