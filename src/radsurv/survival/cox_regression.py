"""Cox regression on a few covariates, without a penalty to speak of: what a model of age and sex is held against."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.errors import TrainingSetError
from radsurv.survival.model import z_scores
from radsurv.survival.outcome import Outcome
from radsurv.survival.strata import Strata, in_time_order

# Per patient, on coefficients of z-scores: keeps them finite under separation, and moves others by a thousandth or so.
RIDGE = 1e-3
SLIGHT = 1e-9  # the same of a likelihood ratio, which it moves by nothing that is shown: two scores may say the same
NEWTON_STEPS, HALVINGS = 100, 40
SETTLED = 1e-12  # Newton decrement, as a share of the likelihood: below it a gain drowns in rounding, and one full step is exact


def cox_coefficients(
    values: Float[np.ndarray, "patient kept"], outcome: Outcome, strata: Strata | None = None
) -> Float[np.ndarray, "kept"]:
    """Log hazard ratios per standard deviation, ties by Breslow (scikit-survival's Newton steps; own ones with strata).

    Raises
    ------
    TrainingSetError
        When the steps do not settle: too many features for the number of events.
    """
    if strata is not None:
        return _stratified(values, outcome, strata)
    from sksurv.linear_model import CoxPHSurvivalAnalysis  # a second that most experiments need not spend

    regression = CoxPHSurvivalAnalysis(alpha=RIDGE * len(outcome), ties="breslow")
    try:
        # What it makes of the baseline hazard is not used here, and can overflow where scores are far apart.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            regression.fit(z_scores(values)[0], outcome.structured())
    except (ValueError, FloatingPointError, np.linalg.LinAlgError) as error:
        raise _unsettled(values, outcome, error) from None
    return np.asarray(regression.coef_, dtype=np.float64)


def likelihood_ratio(
    further: Float[np.ndarray, "patient"],
    base: Float[np.ndarray, "patient"],
    outcome: Outcome,
    strata: Strata | None = None,
) -> float:
    """χ² (one degree of freedom) by which a score adds to another in a Cox regression, ties by Breslow; below 0 where it speaks against
    itself, its coefficient beside the other being negative.

    Twice the difference of the log partial likelihoods of both scores and of `base` alone, as ``anova`` of two ``coxph`` in R. Of
    scores of left-out patients it describes, and has no P: predictions of a cross-validation are not independent.

    Parameters
    ----------
    further, base : (patient,) float64
        Any finite scores; one that is the same for everybody says nothing.
    strata
        Of each patient, where every stratum has a baseline hazard of its own.

    Returns
    -------
    float
        NaN where a likelihood has no maximum.
    """
    scores = np.column_stack([base, further])
    both, varies = np.zeros(scores.shape), np.ptp(scores, axis=0) > 0
    both[:, varies] = z_scores(scores[:, varies])[0]
    found = [_maximum(_RiskSets.of(z, outcome, strata, SLIGHT)) for z in (both, both[:, :1])]
    if found[0] is None or found[1] is None:
        return np.nan
    (together, beta), (alone, _) = found[0], found[1]
    return float(np.copysign(2 * max(together - alone, 0.0), beta[1]))


def _unsettled(values: Float[np.ndarray, "patient kept"], outcome: Outcome, why: object) -> TrainingSetError:
    return TrainingSetError(
        f"model=cox does not settle on {values.shape[1]} features and {outcome.event.sum()} events ({why}): take"
        " model=ridge_cox or model=coxnet, or reduce the features further"
    )


@dataclass(frozen=True)
class _RiskSets:
    """Patients in order of stratum and time, and where the risk set of each event begins and ends."""

    z: Float[np.ndarray, "patient kept"]
    event: Bool[np.ndarray, "patient"]
    begin: Int[np.ndarray, "event"]
    starts: Int[np.ndarray, "stratum"]
    penalty: float

    @classmethod
    def of(
        cls, z: Float[np.ndarray, "patient kept"], outcome: Outcome, strata: Strata | None, ridge: float
    ) -> _RiskSets:
        order, rank, event, last = in_time_order(outcome, strata)
        ends = [len(z)] if strata is None else np.flatnonzero(last) + 1
        starts = np.concatenate([[0], ends])
        return cls(z[order], event, np.searchsorted(rank, rank[event]), starts, ridge * len(z))

    def derivatives(self, beta: Float[np.ndarray, "kept"]) -> tuple[float, np.ndarray, np.ndarray]:
        """Log partial likelihood less the penalty, its gradient, and minus its Hessian."""
        eta = self.z @ beta
        risk, level = np.empty_like(eta), np.empty_like(eta)
        total, weighted = np.empty_like(eta), np.empty_like(self.z)
        hazard = np.zeros_like(eta)
        blocks = [slice(*ends) for ends in pairwise(self.starts)]
        for block in blocks:  # a level of each stratum cancels out
            level[block] = eta[block].max()
            risk[block] = np.exp(eta[block] - level[block])
            total[block] = np.cumsum(risk[block][::-1])[::-1]
            weighted[block] = np.cumsum((risk[block, None] * self.z[block])[::-1], axis=0)[::-1]
        at_risk = total[self.begin]
        mean = weighted[self.begin] / at_risk[:, None]
        np.add.at(hazard, self.begin, 1 / at_risk)
        for block in blocks:
            hazard[block] = np.cumsum(hazard[block])
        own, penalty = self.event, self.penalty
        likelihood = float((eta - level)[own].sum() - np.log(at_risk).sum() - penalty / 2 * beta @ beta)
        gradient = (self.z[own] - mean).sum(axis=0) - penalty * beta
        curvature = self.z.T @ (self.z * (risk * hazard)[:, None]) - mean.T @ mean + penalty * np.eye(len(beta))
        return likelihood, gradient, curvature


def _stratified(
    values: Float[np.ndarray, "patient kept"], outcome: Outcome, strata: Strata
) -> Float[np.ndarray, "kept"]:
    """The same with a baseline hazard for each stratum, by Newton steps that are halved until the likelihood rises."""
    found = _maximum(_RiskSets.of(z_scores(values)[0], outcome, strata, RIDGE))
    if found is None:
        raise _unsettled(values, outcome, f"no maximum after {NEWTON_STEPS} Newton steps")
    return found[1]


def _maximum(sets: _RiskSets) -> tuple[float, Float[np.ndarray, "kept"]] | None:
    """The largest log partial likelihood less the penalty, and where it is; None where the steps do not settle."""
    beta = np.zeros(sets.z.shape[1])
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        likelihood, gradient, curvature = sets.derivatives(beta)
        for _ in range(NEWTON_STEPS):
            step = np.linalg.solve(curvature, gradient)
            if not np.isfinite(step).all():
                break
            if gradient @ step <= SETTLED * max(abs(likelihood), 1.0):
                return likelihood, np.asarray(beta + step)
            for _ in range(HALVINGS):
                found = sets.derivatives(beta + step)
                if found[0] >= likelihood:
                    break
                step = step / 2
            beta = beta + step
            likelihood, gradient, curvature = found
    return None
