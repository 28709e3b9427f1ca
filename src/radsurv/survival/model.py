"""The survival model: all that is learned from one training set, and how it judges a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from jaxtyping import Float, Int

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome
from radsurv.survival.risk_groups import risk_threshold
from radsurv.survival.strata import Strata

if TYPE_CHECKING:
    from radsurv.survival.reduction import Reduction

# Features whose largest value is 2 to the power of up to this in size, either way, can be squared and summed. Of one that is larger
# on the whole, the members of a training set may have the small values only.
SQUARABLE = 400


class Baseline(NamedTuple):
    """Breslow's cumulative baseline hazard, at score 0: a step at every event time."""

    event_times: Float[np.ndarray, "event_time"]
    cumulative_hazard: Float[np.ndarray, "event_time"]

    def at(self, times: Float[np.ndarray, "time"]) -> Float[np.ndarray, "time"]:
        """Its values: 0 before the first event, and as it is beyond the last one."""
        steps = np.concatenate([[0.0], self.cumulative_hazard])
        return np.asarray(steps[np.searchsorted(self.event_times, times, side="right")])


class RiskModel(Protocol):
    """What the validation needs of a model, be it linear or made of trees; see :class:`SurvivalModel`."""

    @property
    def features(self) -> Int[np.ndarray, "kept"]: ...
    @property
    def strength(self) -> Float[np.ndarray, "kept"]: ...
    @property
    def coefficients(self) -> Float[np.ndarray, "kept"]: ...
    @property
    def mean(self) -> Float[np.ndarray, "kept"]: ...
    @property
    def sd(self) -> Float[np.ndarray, "kept"]: ...
    @property
    def penalty(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def strata(self) -> Mapping[str, Baseline]: ...
    @property
    def is_null(self) -> bool: ...

    def score(self, table: Float[np.ndarray, "patient feature"], /) -> Float[np.ndarray, "patient"]: ...

    def survival(
        self,
        table: Float[np.ndarray, "patient feature"],
        times: Float[np.ndarray, "time"],
        strata: Sequence[object] | None = None,
        /,
    ) -> Float[np.ndarray, "patient time"]: ...

    def to_dict(self, names: list[str], /) -> dict[str, Any]: ...


@dataclass(frozen=True)
class SurvivalModel:
    """A linear risk score on a few z-scored features.

    Attributes
    ----------
    features : (kept,) int64
        Positions in the feature table, in order of keeping.
    strength : (kept,) float64
        Univariate concordance in the training set.
    mean, sd : (kept,) float64
        Of the training set; SD with n − 1.
    coefficients : (kept,) float64
        Log hazard ratio per standard deviation.
    penalty : float
        The chosen λ; NaN for a model without any feature.
    threshold : float
        Median score of the training set: above it a patient counts as a short survivor.
    event_times, cumulative_hazard : (event time,) float64
        Breslow's baseline hazard, at score 0, of all training patients together.
    strata
        That of each stratum in which an event was seen; empty unless the model is stratified.
    """

    features: Int[np.ndarray, "kept"]
    strength: Float[np.ndarray, "kept"]
    mean: Float[np.ndarray, "kept"]
    sd: Float[np.ndarray, "kept"]
    coefficients: Float[np.ndarray, "kept"]
    penalty: float
    threshold: float
    event_times: Float[np.ndarray, "event_time"]
    cumulative_hazard: Float[np.ndarray, "event_time"]
    strata: Mapping[str, Baseline] = field(default_factory=dict)

    @property
    def is_null(self) -> bool:
        """Whether it gives every patient the same score, 0."""
        return not np.any(self.coefficients)

    def score(self, table: Float[np.ndarray, "patient feature"]) -> Float[np.ndarray, "patient"]:
        """Log relative hazard of patients, from the full feature table; not centred."""
        return weighted_sum((table[:, self.features] - self.mean) / self.sd, self.coefficients)

    def survival(
        self,
        table: Float[np.ndarray, "patient feature"],
        times: Float[np.ndarray, "time"],
        strata: Sequence[object] | None = None,
    ) -> Float[np.ndarray, "patient time"]:
        """Probability of being event-free at some times: ``exp(−H₀(t) exp(score))``.

        H₀ is that of the patient's stratum, where `strata` names one that is known; of all training patients elsewhere.
        """
        everybody = Baseline(self.event_times, self.cumulative_hazard)
        if strata is None or not self.strata:
            return np.exp(-np.exp(self.score(table))[:, None] * everybody.at(times)[None, :])
        known: dict[object, np.ndarray] = {stratum: baseline.at(times) for stratum, baseline in self.strata.items()}
        others = everybody.at(times)
        hazard = np.array([known.get(stratum, others) for stratum in strata]).reshape(len(table), len(times))
        return np.exp(-np.exp(self.score(table))[:, None] * hazard)

    def to_dict(self, names: list[str]) -> dict[str, Any]:
        """The model in plain numbers and words, ready for JSON. `names` are those of all columns of the table."""
        return {
            "features": [names[position] for position in self.features],
            "strength": self.strength.tolist(),
            "mean": self.mean.tolist(),
            "sd": self.sd.tolist(),
            "coefficients": self.coefficients.tolist(),
            "penalty": None if np.isnan(self.penalty) else self.penalty,
            "threshold": self.threshold,
            "event_times": self.event_times.tolist(),
            "cumulative_hazard": self.cumulative_hazard.tolist(),
            "strata": {
                stratum: {"event_times": times.tolist(), "cumulative_hazard": hazard.tolist()}
                for stratum, (times, hazard) in self.strata.items()
            },
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any], names: list[str]) -> SurvivalModel:
        """Read :meth:`to_dict` back, for a feature table with these columns.

        Raises
        ------
        TrainingSetError
            When the table lacks a feature of the model.
        """
        where = {name: position for position, name in enumerate(names)}
        missing = [name for name in stored["features"] if name not in where]
        if missing:
            raise TrainingSetError(f"the feature table lacks {len(missing)} features of the model, first {missing[0]}")
        columns = ("strength", "mean", "sd", "coefficients", "event_times", "cumulative_hazard")
        return cls(
            features=np.array([where[name] for name in stored["features"]], dtype=np.int64),
            penalty=np.nan if stored["penalty"] is None else float(stored["penalty"]),
            threshold=float(stored["threshold"]),
            strata={
                stratum: Baseline(*(np.array(own[part], dtype=np.float64) for part in Baseline._fields))
                for stratum, own in stored["strata"].items()
            },
            **{column: np.array(stored[column], dtype=np.float64) for column in columns},
        )


def weighted_sum(
    z: Float[np.ndarray, "patient kept"], coefficients: Float[np.ndarray, "kept"]
) -> Float[np.ndarray, "patient"]:
    """``z @ coefficients``, of which BLAS takes the sum in another order on another processor, and for another number of rows."""
    return np.asarray(np.ascontiguousarray(z * coefficients).sum(axis=1))


def z_scores(
    values: Float[np.ndarray, "patient kept"],
) -> tuple[Float[np.ndarray, "patient kept"], Float[np.ndarray, "kept"], Float[np.ndarray, "kept"]]:
    """Features of a training set in standard deviations (n − 1) from their means; means; standard deviations."""
    values = np.ascontiguousarray(values)  # the order of a sum, and so its rounding, follows the layout
    scale = power_of_two(values, beyond=SQUARABLE)
    values = values / scale
    mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1)
    return (values - mean) / sd, mean * scale, sd * scale


def power_of_two(values: Float[np.ndarray, "patient kept"], *, beyond: int) -> Float[np.ndarray, "kept"]:
    """By what to divide features for their largest values to be about 1: a power of two, so that no digit is rounded.

    1 for features whose largest value is 2 to the power of `-beyond` to `beyond` in size.
    """
    exponent = np.frexp(np.abs(values).max(axis=0, initial=0.0))[1] - 1
    return np.where(np.abs(exponent) > beyond, np.ldexp(1.0, exponent), 1.0)


def model_of(
    values: Float[np.ndarray, "patient kept"],
    reduction: Reduction,
    outcome: Outcome,
    coefficients: Float[np.ndarray, "kept"],
    penalty: float,
    strata: Strata | None = None,
) -> SurvivalModel:
    """The model with these coefficients: threshold and baseline hazard follow from the training patients."""
    z, mean, sd = z_scores(values)
    score = weighted_sum(z, coefficients)
    return _with_baseline(reduction, outcome, score, mean, sd, coefficients, penalty, risk_threshold(score), strata)


def null_model(reduction: Reduction, outcome: Outcome, strata: Strata | None = None) -> SurvivalModel:
    """The model without any feature, of which `reduction` has left none: everybody's score is 0, and so is the median."""
    nothing, score = np.zeros(0), np.zeros(len(outcome))
    return _with_baseline(reduction, outcome, score, nothing, nothing, nothing, np.nan, 0.0, strata)


def _with_baseline(
    reduction: Reduction,
    outcome: Outcome,
    score: Float[np.ndarray, "patient"],
    mean: Float[np.ndarray, "kept"],
    sd: Float[np.ndarray, "kept"],
    coefficients: Float[np.ndarray, "kept"],
    penalty: float,
    threshold: float,
    strata: Strata | None,
) -> SurvivalModel:
    event_times, hazard = breslow_baseline(outcome, score)
    return SurvivalModel(
        features=reduction.kept,
        strength=reduction.strength,
        mean=mean,
        sd=sd,
        coefficients=coefficients,
        penalty=penalty,
        threshold=threshold,
        event_times=event_times,
        cumulative_hazard=hazard,
        strata={} if strata is None else _of_strata(outcome, score, strata),
    )


def _of_strata(outcome: Outcome, score: Float[np.ndarray, "patient"], strata: Strata) -> dict[str, Baseline]:
    """Where nobody had the event there is nothing to estimate a hazard from."""
    found, names = {}, np.asarray(strata, dtype=str)
    for stratum in sorted(set(strata)):
        members = np.flatnonzero(names == stratum)
        if outcome.event[members].any():
            found[stratum] = breslow_baseline(outcome.take(members), score[members])
    return found


def breslow_baseline(outcome: Outcome, score: Float[np.ndarray, "patient"]) -> Baseline:
    """Event times, and Breslow's cumulative baseline hazard: events over relative risks of those at risk, summed."""
    by_time = np.argsort(outcome.time, kind="stable")
    time = outcome.time[by_time]
    died = time[outcome.event[by_time]]
    first = np.flatnonzero(np.append(True, died[1:] != died[:-1])[: len(died)])
    times, deaths = died[first], np.diff(np.append(first, len(died)))
    at_risk = np.cumsum(np.exp(score[by_time])[::-1])[::-1]
    return Baseline(times, np.cumsum(deaths / at_risk[np.searchsorted(time, times)]))
