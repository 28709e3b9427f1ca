"""ComBat's estimates: how far each batch of patients (site, scanner, sequence) shifts and stretches each feature.

The model of a feature g of patient j in batch i (Johnson et al. 2007, Biostatistics 8:118; with covariates Fortin et al. 2018,
NeuroImage 167:104) is ``y = α_g + x'β_g + σ_g (γ_ig + δ_ig ε)``. α and β are least-squares estimates, σ² is the mean square of
their residuals. The batch's own shift and variance are those of its standardised values, shrunk towards what is usual *among
the features of this batch*: a normal prior for γ, an inverse gamma prior for δ², both by the method of moments.

Own code, because of what packages do: combatlearn (2.3.0) takes the priors over the batches of one feature, not over the
features of one batch, which is another estimator (harmonised values up to 0.31 SD apart on `tests/data/combat`);
neuroCombat (0.2.12), Fortin's own, agrees with this module, but cannot be applied to other patients with a
protected covariate, has no limit on its iterations, and stops them when the last step changed less than 1e-4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from radsurv.errors import TrainingSetError

# Shifts (in SDs) and variances (relatively) that change by less in a step are settled. Each step raises the posterior density.
SETTLED, MOST_STEPS = 1e-13, 100_000
# Residuals this small against the values themselves are rounding: the design explains the feature.
ROUNDING = 1e-10


@dataclass(frozen=True)
class BatchEffects:
    """What there is to remove: ``y ↦ ((y − α − x'β) / σ − γ) / δ · σ + α + x'β``.

    A feature that cannot be harmonised has α = β = γ = 0 and σ = δ = 1, which leaves it as it is, to the last bit.

    Attributes
    ----------
    mean, sd : (feature,) float64
        α and σ.
    coefficients : (covariate, feature) float64
        β.
    shift, scale : (batch, feature) float64
        γ and δ, the square root of the variance.
    """

    mean: Float[np.ndarray, "feature"]
    sd: Float[np.ndarray, "feature"]
    coefficients: Float[np.ndarray, "covariate feature"]
    shift: Float[np.ndarray, "batch feature"]
    scale: Float[np.ndarray, "batch feature"]

    def of(self, features: Sequence[int]) -> BatchEffects:
        """On some of the features."""
        return BatchEffects(*(part[..., features] for part in vars(self).values()))

    def remove(
        self,
        values: Float[np.ndarray, "patient feature"],
        batch: Int[np.ndarray, "patient"],
        covariates: Float[np.ndarray, "patient covariate"],
    ) -> Float[np.ndarray, "patient feature"]:
        """Harmonised values; those of a patient are the same to the last bit whoever else is harmonised with them."""
        expected = np.broadcast_to(self.mean, values.shape)
        for column, coefficients in zip(covariates.T, self.coefficients, strict=True):
            expected = expected + column[:, None] * coefficients
        standardised = ((values - expected) / self.sd - self.shift[batch]) / self.scale[batch]
        return np.asarray(standardised * self.sd + expected)


def no_batch_effects(n_batches: int, n_covariates: int, n_features: int) -> BatchEffects:
    """Everything stays as it is."""
    return BatchEffects(
        np.zeros(n_features), np.ones(n_features), np.zeros((n_covariates, n_features)),
        np.zeros((n_batches, n_features)), np.ones((n_batches, n_features)),
    )  # fmt: skip


def estimate_batch_effects(
    values: Float[np.ndarray, "member feature"],
    batch: Int[np.ndarray, "member"],
    covariates: Float[np.ndarray, "member covariate"],
) -> BatchEffects:
    """Estimate them, by parametric empirical Bayes, from the members of a training set.

    A feature stays as it is where there is nothing to estimate: it is constant in one of the batches (as in R's sva), or
    explained by batch and covariates without a remainder. A covariate that is constant among the members has coefficient 0.
    With one feature to harmonise there is nothing to shrink towards: the batch's own mean and variance are taken.

    Parameters
    ----------
    values
        Finite.
    batch
        Of each member, from 0, without a gap; at least two members in each.
    covariates
        Their effect is estimated together with the batches', and kept.

    Raises
    ------
    TrainingSetError
        When covariates and batches cannot be told apart, or members are fewer than these.
    """
    n_batches = int(batch.max()) + 1
    effects = no_batch_effects(n_batches, covariates.shape[1], values.shape[1])
    if n_batches < 2:
        return effects
    sizes = np.bincount(batch)
    inside = [batch == which for which in range(n_batches)]
    varies = np.all([np.ptp(values[one], axis=0) > 0 for one in inside], axis=0)
    design, telling = _design(batch, covariates)
    fitted, residual = _least_squares(design, values)
    spread = np.sqrt(np.mean(residual**2, axis=0))
    chosen = np.flatnonzero(varies & (spread > ROUNDING * np.sqrt(np.mean(values**2, axis=0))))
    if len(chosen) == 0:
        return effects
    fitted, sd = fitted[:, chosen], spread[chosen]
    mean = sizes @ fitted[:n_batches] / len(batch)
    standardised = (values[:, chosen] - mean - design[:, n_batches:] @ fitted[n_batches:]) / sd
    effects.mean[chosen], effects.sd[chosen] = mean, sd
    effects.coefficients[np.ix_(telling, chosen)] = fitted[n_batches:]
    for which, one in enumerate(inside):
        shift, variance = _shrunk(standardised[one])
        effects.shift[which, chosen] = shift
        effects.scale[which, chosen] = np.sqrt(variance)
    return effects


def _design(
    batch: Int[np.ndarray, "member"], covariates: Float[np.ndarray, "member covariate"]
) -> tuple[Float[np.ndarray, "member column"], Int[np.ndarray, "telling"]]:
    """One column per batch, then one per covariate that varies; and which covariates these are."""
    telling = np.flatnonzero(np.ptp(covariates, axis=0) > 0)
    design = np.hstack([np.eye(int(batch.max()) + 1)[batch], covariates[:, telling]])
    columns = design.shape[1]
    if len(batch) <= columns:
        raise TrainingSetError(f"{len(batch)} members are too few to tell {columns} batches and covariates apart")
    unit = design / np.linalg.norm(design, axis=0)
    if np.linalg.matrix_rank(unit) < columns:
        raise TrainingSetError("protected covariates follow from the batch, or from each other")
    return design, telling


def _least_squares(
    design: Float[np.ndarray, "member column"], values: Float[np.ndarray, "member feature"]
) -> tuple[Float[np.ndarray, "column feature"], Float[np.ndarray, "member feature"]]:
    fitted = np.linalg.lstsq(design, values, rcond=None)[0]
    return fitted, values - design @ fitted


def _shrunk(
    standardised: Float[np.ndarray, "member feature"],
) -> tuple[Float[np.ndarray, "feature"], Float[np.ndarray, "feature"]]:
    """Posterior shift and variance of the features of one batch (Johnson et al. 2007, section 3.2 and their supplement)."""
    n, n_features = standardised.shape
    own_shift, own_variance = standardised.mean(axis=0), standardised.var(axis=0, ddof=1)
    if n_features < 2:
        return own_shift, own_variance
    usual_shift, shift_variance = own_shift.mean(), own_shift.var(ddof=1)
    usual_variance, variance_variance = own_variance.mean(), own_variance.var(ddof=1)
    # Inverse gamma with a − 1 = m²/s² + 1 and b = m (a − 1); numerator and denominator times s², so that s² may be 0.
    prior = usual_variance * (usual_variance**2 + variance_variance)
    weight = variance_variance * (n / 2 + 1) + usual_variance**2
    shift, variance = own_shift, own_variance
    for _ in range(MOST_STEPS):
        before = shift, variance
        shift = (n * shift_variance * own_shift + variance * usual_shift) / (n * shift_variance + variance)
        squares = (n - 1) * own_variance + n * (own_shift - shift) ** 2
        variance = (squares / 2 * variance_variance + prior) / weight
        if _settled(*before, shift, variance):
            return shift, variance
    raise TrainingSetError(f"the shifts of a batch of {n} members do not settle within {MOST_STEPS} steps")


def _settled(
    shift_before: Float[np.ndarray, "feature"], variance_before: Float[np.ndarray, "feature"],
    shift: Float[np.ndarray, "feature"], variance: Float[np.ndarray, "feature"],
) -> bool:  # fmt: skip
    by_shift = np.abs(shift - shift_before) <= SETTLED * np.maximum(1, np.abs(shift))
    by_variance = np.abs(variance - variance_before) <= SETTLED * variance
    return bool(np.all(by_shift & by_variance))
