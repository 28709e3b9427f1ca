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

    @classmethod
    def of(cls, z: Float[np.ndarray, "patient kept"], outcome: Outcome, strata: Strata) -> _RiskSets:
        order, rank, event, last = in_time_order(outcome, strata)
        starts = np.concatenate([[0], np.flatnonzero(last) + 1])
        return cls(z[order], event, np.searchsorted(rank, rank[event]), starts)

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
        own, penalty = self.event, RIDGE * len(eta)
        likelihood = float((eta - level)[own].sum() - np.log(at_risk).sum() - penalty / 2 * beta @ beta)
        gradient = (self.z[own] - mean).sum(axis=0) - penalty * beta
        curvature = self.z.T @ (self.z * (risk * hazard)[:, None]) - mean.T @ mean + penalty * np.eye(len(beta))
        return likelihood, gradient, curvature


def _stratified(
    values: Float[np.ndarray, "patient kept"], outcome: Outcome, strata: Strata
) -> Float[np.ndarray, "kept"]:
    """The same with a baseline hazard for each stratum, by Newton steps that are halved until the likelihood rises."""
    sets, beta = _RiskSets.of(z_scores(values)[0], outcome, strata), np.zeros(values.shape[1])
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        likelihood, gradient, curvature = sets.derivatives(beta)
        for _ in range(NEWTON_STEPS):
            step = np.linalg.solve(curvature, gradient)
            if not np.isfinite(step).all():
                break
            if gradient @ step <= SETTLED * max(abs(likelihood), 1.0):
                return np.asarray(beta + step)
            for _ in range(HALVINGS):
                found = sets.derivatives(beta + step)
                if found[0] >= likelihood:
                    break
                step = step / 2
            beta = beta + step
            likelihood, gradient, curvature = found
    raise _unsettled(values, outcome, f"no maximum after {NEWTON_STEPS} Newton steps")
