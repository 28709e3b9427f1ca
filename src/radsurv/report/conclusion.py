"""What the predicted groups show, in two sentences, which claim no more than the honest test among those that were made.

What the experiment as a whole may claim is weighed in `radsurv.report.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from radsurv.catalogue.tables import FOLDS
from radsurv.formats import number, p_value, ratio
from radsurv.report.evidence import Evidence
from radsurv.report.experiment import Experiment
from radsurv.report.metric_text import why_missing
from radsurv.report.rules import ALPHA, flags
from radsurv.survival.steps.cindex import Concordance
from radsurv.validation.search_space import searched

NO_DIFFERENCE = "these data do not show that the groups differ"
LACKING = "no feature reached"
UNDECIDED = " With more repetitions this P could come to lie on the other side of .05."


def conclusion(experiment: Experiment) -> str:
    """The hazard ratio in words, then whether chance does as well; or why there are no groups to compare.

    The permutation P decides where there is one. Without it, the confidence interval can only speak against a difference
    under cross-validation, where it is too narrow; of a finished model on other patients it holds what it promises.
    """
    if experiment.null:
        return _without_model(experiment)
    times = experiment.metrics.get("hazard_ratio")
    if times is None:
        return f"The predicted groups could not be compared: {why_missing('hazard_ratio', experiment)}."
    how = "by the model" if experiment.external else "while left out of training"
    said = (
        f"In patients who were predicted to be short survivors {how}, events came at {ratio(times)} times the rate of"
    )
    return f"{said} the others. {_chance(experiment)}".rstrip()


def _chance(experiment: Experiment) -> str:
    metrics = experiment.metrics
    p = metrics.get("permutation_p")
    if experiment.n_known:
        return f"This shows nothing: the model was trained on {experiment.n_known} of these patients, so no test of them holds."
    if p is not None:
        return _permuted(metrics, p, doubted=bool(flags(Evidence.of(experiment))))
    low, high = metrics.get("hazard_ratio_low"), metrics.get("hazard_ratio_high")
    holds_1 = low is not None and high is not None and low <= 1 <= high
    if experiment.external:
        return f"The confidence interval includes 1: {NO_DIFFERENCE}." if holds_1 else ""
    untested = "No honest test was made: significance=permutation says how often chance does as well."
    return f"Even the naive confidence interval includes 1: {NO_DIFFERENCE}. {untested}" if holds_1 else untested


def _permuted(metrics: Mapping[str, float | None], p: float, *, doubted: bool) -> str:
    exceeding, count = metrics.get("permutation_exceeding"), metrics.get("permutation_count")
    counted = "" if exceeding is None or count is None else f" in {number(exceeding)} of {number(count)} repetitions"
    shuffled = "Outcomes shuffled within sites" if metrics.get("permutation_strata") else "Shuffled outcomes"
    said = f"{shuffled} did at least as well{counted} (permutation P {p_value(p)})"
    low, high = metrics.get("permutation_p_low"), metrics.get("permutation_p_high")
    undecided = UNDECIDED if low is not None and high is not None and low < ALPHA <= high else ""
    if p < ALPHA and doubted:
        return f"{said}: rarely. But what is listed above speaks against it.{undecided}"
    if p < ALPHA:
        return f"{said}: chance alone rarely separates the groups so well.{undecided}"
    return f"{said}: {NO_DIFFERENCE}.{undecided}"


def _without_model(experiment: Experiment) -> str:
    """Why every model is null, and what to do."""
    if experiment.external:
        return "There are no groups to compare: the finished model uses no feature, so everybody got the risk 0."
    causes, limit = _causes(experiment), _least_concordance(experiment)
    why = f" ({'; '.join(causes)})" if causes else ""
    instead = "it is too weak to be found in so few patients and events"
    if limit is not None and limit.threshold > 0.5 and any(LACKING in cause for cause in causes):
        instead = "reduction.cindex is too high for it: a lower one can be tried, as another look at the same data"
    return (
        f"There are no groups to compare: no fold has a model, so everybody got the risk 0{why}. Either these features carry"
        f" no signal, or {instead}."
    )


def _causes(experiment: Experiment) -> list[str]:
    """What kept the folds from a model, each with the number of folds."""
    folds = experiment.table(FOLDS)
    if folds is None:
        return []
    n_kept, limit = folds["n_kept"].to_numpy(), _least_concordance(experiment)
    below = np.zeros(len(folds), dtype=bool)
    if limit is not None:
        below = ((folds["n_concordant"] == 0) & (folds["n_varying"] > 0)).to_numpy()
    asked = "" if limit is None else limit.describe()
    causes = {
        f"{LACKING} {asked}": below,
        "no feature survived reduction": (n_kept == 0) & ~below,
        "the penalty λ set every coefficient to 0": n_kept > 0,
    }
    return [f"{cause} in {which.sum():,} of {len(folds):,} folds" for cause, which in causes.items() if which.any()]


def _least_concordance(experiment: Experiment) -> Concordance | None:
    """The least univariate concordance, where it is the same in all folds."""
    config = experiment.config
    threshold = config.reduction.threshold(Concordance.name)
    varies = Concordance.name in searched(config.search, config.reduction, config.model)
    return None if threshold is None or varies else Concordance(threshold)
