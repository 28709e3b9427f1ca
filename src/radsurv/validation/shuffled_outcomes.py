"""Whether the separation of the risk groups could be chance, by the whole pipeline repeated on shuffled outcomes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.catalogue.tables import PERMUTATIONS
from radsurv.compute.parallel import all_cores
from radsurv.compute.progress import Effort
from radsurv.errors import ConfigError
from radsurv.formats import plural
from radsurv.options.run import Permutations, Shuffles
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.survival.separation import STATISTICS, mean_separation
from radsurv.validation.cross_validate import left_out
from radsurv.validation.finding import Finding
from radsurv.validation.finished_repetitions import FinishedRepetitions, repetitions_key
from radsurv.validation.patients import Patients
from radsurv.validation.permutation import (
    KIND,
    Analysis,
    PermutationP,
    PermutationTest,
    Rearranged,
    of_outcomes,
    rearrangement_test,
)
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.site_strata import FEWEST_EVENTS, FEWEST_PATIENTS, Stratum, every_site, site_strata
from radsurv.validation.training import Training

# Of the metrics of each statistic.
PREFIXES = dict(zip(STATISTICS, ("permutation_p", "permutation_p_hr", "permutation_p_c"), strict=True))


def untested() -> Finding:
    """Nothing repeated, nothing known."""
    return Finding({PERMUTATIONS: _table(np.empty((0, len(STATISTICS))))})


def significance(
    analysis: Analysis,
    predictions: pd.DataFrame,
    options: Permutations,
    *,
    seed: int,
    resources: Resources,
    repeated_part: str,
    sites: Sequence[object] | None = None,
    stratified: bool = False,
    key: str | None = None,
) -> Finding:
    """Repeat an analysis as configured.

    Parameters
    ----------
    analysis
        Gives the statistics of `radsurv.survival.separation` for any outcome of the patients of `predictions`.
    predictions : columns time, event, risk, group, repeat
        Of the experiment itself: one row per patient and repeat, patients in the same order in each repeat.
    repeated_part
        What the analysis repeats, for the note.
    sites
        Of the patients, where the cohort table has them; ``options.within`` says whether outcomes are shuffled inside of each.
    stratified
        Whether the model has a baseline hazard for each site.
    key
        Hash of all that the analysis depends on: repetitions are kept under it, and those of an earlier run are taken.

    Returns
    -------
    Finding
        ``permutation_p, permutation_p_low, permutation_p_high`` of the signed log-rank χ², ``permutation_count`` and
        ``permutation_exceeding`` (repetitions that it was counted from, and those that did at least as well);
        ``permutation_p_hr`` and ``permutation_p_c`` likewise with their limits. Table `PERMUTATIONS`, in which repetition 0 is
        the experiment itself. Where outcomes were shuffled inside of strata, ``permutation_strata`` is their number, and with
        ``within=both`` ``permutation_p_overall`` and its limits are those of shuffles over everybody.

    Raises
    ------
    ConfigError
        When shuffles inside of sites are asked for, and there are no two sites.
    """
    rows = predictions[predictions["repeat"] == 0]
    outcome, observed = check_outcome(rows["time"], rows["event"]), _separation(predictions)
    strata = strata_of(options, sites, outcome, stratified=stratified)
    shuffled = of_outcomes(analysis, outcome)
    test = tested(shuffled, outcome, observed, options, seed, resources, key, strata, "significance")
    table = _table(np.vstack([observed, test.repetitions]))
    metrics, notes, kept = _metrics(test), [_note(test, repeated_part, strata)], kept_note(test)
    if strata:
        metrics["permutation_strata"] = len(strata)
    if options.within == "both":
        # Of the first statistic alone: its P is that of ``within=none``.
        overall = tested(
            lambda order, drawn: shuffled(order, drawn)[:1], outcome, observed[:1], options, seed, resources, key,
            (), "over everybody",
        )  # fmt: skip
        metrics |= monte_carlo_limits("permutation_p_overall", overall.results[0])
        notes.append(_note(overall, repeated_part, ()))
        kept += kept_note(overall)
    return Finding({PERMUTATIONS: table}, metrics, notes=notes, run_notes=kept)


def strata_of(
    options: Shuffles, sites: Sequence[object] | None, outcome: Outcome, *, stratified: bool = False
) -> tuple[Stratum, ...]:
    """The sites inside of which outcomes are shuffled; none where it is over everybody.

    Where the model is `stratified`, every site is a stratum, however small: an outcome is comparable with those of its own site
    alone, before shuffles and after.

    Raises
    ------
    ConfigError
        When shuffles inside of sites are asked for, and there are no two sites.
    """
    if stratified:
        assert sites is not None
        return every_site(sites, outcome)
    if options.within == "none":
        return ()
    found = site_strata(sites, outcome)
    if not found and options.within != "auto":
        has = "has no column site" if sites is None else "has no two such sites"
        raise ConfigError(
            f"{options.group}.within={options.within} shuffles inside of sites and needs at least two of {FEWEST_PATIENTS} patients"
            f" and {FEWEST_EVENTS} events, and this cohort {has}: name yours with 'cohort.columns={{site: YOURS}}', or choose"
            f" {options.group}.within=auto"
        )
    return found


def tested(
    analysis: Rearranged,
    outcome: Outcome,
    observed: Float[np.ndarray, "statistic"],
    options: Shuffles,
    seed: int,
    resources: Resources,
    key: str | None,
    strata: tuple[Stratum, ...],
    label: str,
) -> PermutationTest:
    """The test as configured, from where an earlier run has left it; `label` is that of its progress bar."""
    among = [one.members for one in strata] or None
    own = "" if key is None else repetitions_key(key, outcome, among, seed, len(observed))
    finished = FinishedRepetitions(None if key is None else resources.store, own, len(observed), KIND)
    at_first = min(len(finished), options.permutations)
    kept = key is not None and resources.store is not None
    effort = Effort(plural(options.permutations, "permutation"), _shorter(options, resources), kept)
    with resources.bar(label, options.permutations, at_first, effort) as advance:
        return rearrangement_test(
            analysis, len(outcome), observed, permutations=options.permutations, stop_after=options.stop_after,
            seed=seed, strata=among, n_jobs=resources.n_jobs, advance=advance, finished=finished,
        )  # fmt: skip


def _shorter(options: Shuffles, resources: Resources) -> str:
    ways = [f"fewer of them ({options.group}.permutations=199 for a first look)"]
    ways.append(f"a lower {options.group}.stop_after (now {options.stop_after:,}) where chance does as well")
    return ", ".join([*ways, *all_cores(resources.n_jobs)])


def of_pipeline(patients: Patients, protocol: Protocol) -> Analysis:
    """The whole pipeline, for any outcome of the patients: what a permutation test repeats."""
    training = Training(patients, protocol)

    def analysis(outcome: Outcome, seed: int) -> Float[np.ndarray, "statistic"]:
        scores = left_out(training.given(outcome, seed))
        return mean_separation(outcome, scores.risk, scores.short)

    return analysis


def of_fixed_predictions(predictions: pd.DataFrame) -> Analysis:
    """Predictions of a finished model, which hang on no outcome: there is nothing to repeat but the comparison."""
    score, short = predictions["risk"].to_numpy(), (predictions["group"] == SHORT).to_numpy()
    return lambda outcome, seed: mean_separation(outcome, score[None], short[None])


def _separation(predictions: pd.DataFrame) -> Float[np.ndarray, "statistic"]:
    n_repeats = predictions["repeat"].nunique()
    rows = predictions.iloc[: len(predictions) // n_repeats]
    score = predictions["risk"].to_numpy(dtype=np.float64).reshape(n_repeats, -1)
    short = (predictions["group"] == SHORT).to_numpy().reshape(n_repeats, -1)
    return mean_separation(check_outcome(rows["time"], rows["event"]), score, short)


def _metrics(test: PermutationTest) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for name, result in zip(STATISTICS, test.results, strict=True):
        metrics |= monte_carlo_limits(PREFIXES[name], result)
    first = test.results[0]
    return metrics | {"permutation_count": first.count, "permutation_exceeding": first.exceeding}


def monte_carlo_limits(key: str, result: PermutationP) -> dict[str, float]:
    """A P with its limits, as metrics."""
    return {key: result.p, f"{key}_low": result.low, f"{key}_high": result.high}


def _table(statistics: Float[np.ndarray, "repetition statistic"]) -> pd.DataFrame:
    columns = dict(zip(STATISTICS, statistics.T, strict=True))
    return pd.DataFrame({"repetition": np.arange(len(statistics)), **columns})


def _note(test: PermutationTest, repeated_part: str, strata: tuple[Stratum, ...]) -> str:
    first = test.results[0]
    # The other statistics may need more repetitions than this one.
    counted = "" if first.count == len(test.repetitions) else f" of the first {first.count}, which settled this P,"
    again = (
        f"; {plural(test.n_refused, 'shuffled outcome')} on which nothing can be learned drawn again"
        if test.n_refused
        else ""
    )
    inside = f", shuffled inside of {len(strata)} strata ({listed(strata)})" if strata else ""
    return (
        f"permutation P: log-rank χ², negative where the groups are the wrong way round; {repeated_part}"
        f" {len(test.repetitions)} times on shuffled (time, event) pairs{inside};{counted} {first.exceeding} did at least as well{again}"
    )


def kept_note(test: PermutationTest) -> list[str]:
    """How many repetitions were not done again."""
    n_kept = test.n_kept
    return [f"{n_kept:,} of {plural(len(test.repetitions), 'shuffle')} from an earlier run"] if n_kept else []


def listed(strata: tuple[Stratum, ...]) -> str:
    """The strata with patients and events."""
    return "; ".join(f"{one.name}: {len(one)} patients, {one.n_events} events" for one in strata)
