"""A P value that holds its error rate: the whole analysis repeated on shuffled outcomes.

If features and outcomes have nothing to do with each other, every assignment of the observed (time, event) pairs to the
patients was equally likely, whatever the analysis does with them. So the rank of the observed statistic among those of
shuffled outcomes is uniform, and its share from the top is a P value (Phipson and Smyth 2010, Stat Appl Genet Mol Biol
9:39). Nothing about the independence of the predictions is assumed, which is where the log-rank P of cross-validated
groups fails.

Where patients come from several sites that differ in features and in hazard, site alone relates the two. What can be tested
then is that they have nothing to do with each other *within* sites: every assignment inside of each was equally likely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import betaincinv

from radsurv.compute.parallel import in_threads
from radsurv.compute.progress import Advance, unheard
from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome
from radsurv.validation.finished_repetitions import FinishedRepetitions

# From an outcome and the seed of everything random, statistics that are large where the prediction is right. Bound to
# the feature table, called from several threads at a time.
Analysis = Callable[[Outcome, int], Float[np.ndarray, "statistic"]]

# The same from whose part of the data each patient gets, and that seed.
Rearranged = Callable[[Int[np.ndarray, "patient"], int], Float[np.ndarray, "statistic"]]

KIND = "permutation"  # of entries in the store
# First number of every spawn key, so that other uses of the same seed draw other numbers.
PERMUTATION = 7
SAME = 1e-9  # statistics that differ by less, relatively, differ by rounding
CONFIDENCE = 0.95
SHUFFLES = 100  # of one repetition, until one of them can be analysed


@dataclass(frozen=True)
class PermutationP:
    """How often chance does as well.

    Attributes
    ----------
    p : float
        The P value.
    low, high : float
        95 % interval for what infinitely many repetitions would give.
    exceeding, count : int
        Repetitions at least as large as the observed statistic, and all that were counted.
    """

    p: float
    low: float
    high: float
    exceeding: int
    count: int


@dataclass(frozen=True)
class PermutationTest:
    """Observed and shuffled statistics.

    Attributes
    ----------
    observed : (statistic,) float64
    repetitions : (repetition, statistic) float64
        In the order of their numbers.
    results
        One per statistic.
    n_refused
        Shuffled outcomes that the analysis refused, behind these repetitions.
    n_kept
        How many of these repetitions were done by an earlier run.
    """

    observed: Float[np.ndarray, "statistic"]
    repetitions: Float[np.ndarray, "repetition statistic"]
    results: list[PermutationP]
    n_refused: int
    n_kept: int = 0


def permutation_test(
    analysis: Analysis,
    outcome: Outcome,
    observed: Float[np.ndarray, "statistic"],
    *,
    permutations: int,
    stop_after: int,
    seed: int,
    strata: Sequence[Int[np.ndarray, "member"]] | None = None,
    n_jobs: int = 1,
    advance: Advance = unheard,
    finished: FinishedRepetitions | None = None,
) -> PermutationTest:
    """Repeat an analysis on shuffled (time, event) pairs, as :func:`rearrangement_test` does on any other part of the data.

    Parameters
    ----------
    analysis
        Everything that looks at the outcome has to be inside.
    outcome
        In the order of the patients of the analysis; time and event of a patient stay together.
    observed
        What the analysis makes of the outcome as it is.
    """
    return rearrangement_test(
        of_outcomes(analysis, outcome), len(outcome), observed,
        permutations=permutations, stop_after=stop_after, seed=seed, strata=strata, n_jobs=n_jobs, advance=advance,
        finished=finished,
    )  # fmt: skip


def of_outcomes(analysis: Analysis, outcome: Outcome) -> Rearranged:
    """An analysis of outcomes as one of whose outcome each patient gets."""
    return lambda order, drawn: analysis(outcome.take(order), drawn)


def rearrangement_test(
    analysis: Rearranged,
    n_patients: int,
    observed: Float[np.ndarray, "statistic"],
    *,
    permutations: int,
    stop_after: int,
    seed: int,
    strata: Sequence[Int[np.ndarray, "member"]] | None = None,
    n_jobs: int = 1,
    advance: Advance = unheard,
    finished: FinishedRepetitions | None = None,
) -> PermutationTest:
    """Repeat an analysis with a part of the data shuffled among patients until the answer is clear for all of its statistics.

    Repetition r shuffles, and draws whatever the analysis draws, by seeds that depend on `seed` and r alone: neither
    the number of workers nor the order in which they finish changes a number.

    Parameters
    ----------
    analysis
        Everything that looks at what is shuffled has to be inside.
    observed
        What the analysis makes of the data as they are.
    permutations
        The most repetitions, B.
    stop_after
        A statistic is settled once so many repetitions have reached the observed value, see :func:`permutation_p`.
    seed
        Of the experiment.
    strata
        Positions of patients among whom to shuffle, every patient in one of them; over everybody if not given.
    n_jobs
        Threads; −1 for one per core.
    advance
        Called in this thread once per repetition that is done here, with the share of those so far that did at least as well by the
        first statistic.
    finished
        Repetitions that need not be done again; keeps those that are done here.
    """
    among = [np.arange(n_patients)] if strata is None else list(strata)
    if finished is None:
        finished = FinishedRepetitions(None, "", len(observed), KIND)
    kept = finished.statistics[:permutations]
    n_kept = n_done = len(kept)
    n_reached = at_least(observed, kept).sum(axis=0)
    done, refused = np.empty((permutations, kept.shape[1])), np.empty(permutations, dtype=finished.refused.dtype)
    done[:n_kept], refused[:n_kept] = kept, finished.refused[:permutations]

    def numbers() -> Iterator[int]:
        """Until the answer is clear; asked in step with the workers, some of whom are ahead of what is looked at here."""
        for number in range(n_kept, permutations):
            if np.all(n_reached >= stop_after):
                return
            yield number

    try:
        repeated = in_threads(lambda number: _repeat(analysis, among, seed, number), numbers(), n_jobs)
        for statistics, n_refused in repeated:
            done[n_done], refused[n_done] = statistics, n_refused
            n_done += 1
            n_reached += at_least(observed, statistics)
            finished.keep(done[:n_done], refused[:n_done])
            advance(partial(_so_far, observed[0], done[:n_done, 0]))
    finally:  # also when it is interrupted
        finished.keep(done[:n_done], refused[:n_done], at_last=True)
    done = done[:n_done]
    results = [permutation_p(observed[which], done[:, which], stop_after) for which in range(len(observed))]
    # Workers may have gone on beyond the last repetition that counts, by how much depends on their number.
    used = max((result.count for result in results), default=0)
    return PermutationTest(observed, done[:used], results, int(refused[:used].sum()), min(n_kept, used))


def permutation_p(observed: float, repetitions: Float[np.ndarray, "repetition"], stop_after: int) -> PermutationP:
    """P value of one statistic by sequential sampling (Besag and Clifford 1991, Biometrika 78:301).

    Sampling stops at repetition l, the first at which h = `stop_after` of them have reached the observed value: then
    P = h / l. Otherwise P = (1 + #) / (1 + B). Under the null hypothesis P ≤ α has a probability of at most α, as with
    a fixed number of repetitions.

    The interval is Clopper and Pearson's, with the ordering of outcomes along the stopping boundary: for a stopped
    sequence its upper limit is that of the waiting time.
    """
    reached = at_least(observed, repetitions)
    stops = np.flatnonzero(np.cumsum(reached) >= stop_after)
    count = int(stops[0]) + 1 if len(stops) else len(repetitions)
    exceeding = int(reached[:count].sum())
    tail = (1 - CONFIDENCE) / 2
    low = betaincinv(exceeding, count - exceeding + 1, tail) if exceeding else 0.0
    # The last draw of a stopped sequence is always one that reaches.
    more = exceeding if len(stops) else exceeding + 1
    high = betaincinv(more, count - exceeding, 1 - tail) if exceeding < count else 1.0
    p = exceeding / count if len(stops) else (1 + exceeding) / (1 + count)
    return PermutationP(float(p), float(low), float(high), exceeding, count)


def at_least(
    observed: float | Float[np.ndarray, "statistic"], repetitions: Float[np.ndarray, "..."]
) -> Bool[np.ndarray, "..."]:
    """Which repetitions have reached the observed value, or values, of which they have one each."""
    return repetitions >= observed - SAME * (1 + np.abs(observed))


def shuffled(strata: Sequence[Int[np.ndarray, "member"]], generator: np.random.Generator) -> Int[np.ndarray, "patient"]:
    """Whose part of the data each patient gets: that of somebody of the same stratum.

    With everybody in one stratum this is the generator's own permutation of the patients.
    """
    order = np.empty(sum(map(len, strata)), dtype=np.int64)
    for members in strata:
        order[members] = members[generator.permutation(len(members))]
    return order


def _repeat(
    analysis: Rearranged, strata: Sequence[Int[np.ndarray, "member"]], seed: int, number: int
) -> tuple[Float[np.ndarray, "statistic"], int]:
    """What the analysis refuses, such as shuffled outcomes without an event outside of a site, is shuffled again: the data as they
    are would have been refused as well, so among those that are not, they still are as likely as any other.

    Returns the statistics, and how many shuffles were refused before.
    """
    shuffling, drawing = np.random.SeedSequence(seed, spawn_key=(PERMUTATION, number)).spawn(2)
    generator, drawn = np.random.default_rng(shuffling), int(drawing.generate_state(1, np.uint64)[0])
    for refused in range(SHUFFLES - 1):
        try:
            return analysis(shuffled(strata, generator), drawn), refused
        except TrainingSetError:
            continue
    return analysis(shuffled(strata, generator), drawn), SHUFFLES - 1


def _so_far(observed: float, done: Float[np.ndarray, "repetition"]) -> dict[str, float]:
    return {"share_at_least": float(at_least(observed, done).mean())}
