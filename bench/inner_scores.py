"""What the inner folds of a training set say of hyper-parameters, fold by fold: the engine keeps only their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from jaxtyping import Bool, Float
from numba import njit

from radsurv.survival.cox_path import FINISHED, LENGTH, advance, centred, start_path
from radsurv.survival.elastic_net_path import penalty_factors
from radsurv.survival.model import z_scores
from radsurv.survival.nested_path import NestedPath, nested_path
from radsurv.survival.reduction import Reduction
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.strata import in_time_order
from radsurv.validation.inner_folds import draw_member_folds, fold_generator
from radsurv.validation.inner_sets import SharedRanks
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.search_space import HyperParameters, configured, loosest
from radsurv.validation.splits import Place

if TYPE_CHECKING:
    from radsurv.survival.penalized_cox import PenalizedCox


# The engine's own are called by compiled functions alone.
begun, gone_on = njit(lambda *given: start_path(*given)), njit(lambda path: advance(path))


class InnerScores:
    """Patients who are one training set, with one draw of inner folds.

    Parameters
    ----------
    patients, protocol
    seed
        Draws the folds.
    """

    def __init__(self, patients: Patients, protocol: Protocol, seed: int) -> None:
        self.outcome, self._protocol = patients.outcome, protocol
        rows, generator = np.arange(len(patients)), fold_generator(seed, Place(0, len(patients)))
        self.folds = draw_member_folds(patients.outcome.event, rows, protocol.scheme.inner_splits, 1, generator)
        self.n_folds = int(self.folds.max())
        self.sets = SharedRanks(patients, rows, self.folds, loosest(protocol.search, protocol.reduction), None)

    def configured(self, chosen: HyperParameters) -> tuple[ReductionOptions, PenalizedCox]:
        """The protocol's options with chosen values."""
        reduction, model = configured(self._protocol.reduction, self._protocol.model, chosen)
        return reduction, cast("PenalizedCox", model)

    def kept(self, options: ReductionOptions) -> list[Reduction]:
        """In the whole training set, then without inner fold 1, 2, …"""
        return [self.sets.reduce(which, options, None) for which in range(self.sets.n_sets)]

    def path(self, kept: list[Reduction], model: PenalizedCox) -> NestedPath:
        """As a search judges a trial."""
        values = [self.sets.kept(which, one) for which, one in enumerate(kept)]
        return nested_path(values, self.outcome, self.folds, model.settings, [0] * len(kept))

    def left_out(self, fold: int) -> Bool[np.ndarray, "member"]:
        """Who is in an inner fold, from 1."""
        return np.asarray(self.folds[0] == fold)

    def scores(
        self, fold: int, kept: Reduction, model: PenalizedCox, wanted: Float[np.ndarray, "lambda"]
    ) -> Float[np.ndarray, "lambda member"]:
        """Of all members by the models without a fold, at falling λs: between those of the path's own λs around them."""
        n_members = len(self.outcome)
        scores = np.zeros((len(wanted), n_members))
        if not len(kept.kept):
            return scores
        by_time, time, event, last = in_time_order(self.outcome, None)
        inside = ~self.left_out(fold)[by_time]
        own = self.sets.kept(fold, kept)[by_time]
        _, mean, sd = z_scores(own[inside])
        x, settings = centred(np.ascontiguousarray(((own - mean) / sd).T)), model.settings
        path = begun(
            x, penalty_factors(len(x), 0), time, event, np.flatnonzero(inside), settings.l1_ratio, settings.n_lambda, last
        )  # fmt: skip
        for row, penalty in enumerate(wanted):
            while not path.counters[FINISHED] and path.lambdas[path.counters[LENGTH] - 1] > penalty:
                gone_on(path)
            last, share = path.counters[LENGTH] - 1, 0.0
            if last and penalty > path.lambdas[last]:
                share = (penalty - path.lambdas[last]) / (path.lambdas[last - 1] - path.lambdas[last])
            scores[row, by_time] = (share * path.above + (1 - share) * path.eta)[:n_members]
        return scores

    def added_deviance(self, fold: int, score: Float[np.ndarray, "member"]) -> float:
        """Deviance of all members less that of those outside of a fold (Verweij and van Houwelingen 1993)."""
        everybody = np.ones(len(self.outcome), dtype=np.bool_)
        return self._deviance(score, everybody) - self._deviance(score, ~self.left_out(fold))

    def _deviance(self, score: Float[np.ndarray, "member"], among: Bool[np.ndarray, "member"]) -> float:
        """Twice the log partial likelihood (Breslow's ties) below that of the saturated model."""
        time, event, eta = self.outcome.time[among], self.outcome.event[among], score[among]
        moments, deaths = np.unique(time[event], return_counts=True)
        at_risk = np.array([np.exp(eta[time >= moment]).sum() for moment in moments])
        return float(2 * ((deaths * np.log(at_risk / deaths)).sum() - eta[event].sum()))
