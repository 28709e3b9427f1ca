"""Trees that scikit-survival has grown, as plain numbers; they predict what it predicts (to 1e-12, which tests hold)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from radsurv.survival.tree_nodes import MOST, Stored, StoredNodes, TreeNodes

# Far more than there can be events, or a boosted leaf can say; a bound so that sums stay numbers.
Hazard = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Baseline = Annotated[float, Field(ge=0, allow_inf_nan=False)]
LeafValue = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Time = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Times = list[Time]


class GrownTrees(ABC):
    """What is needed of trees that have been grown. Values are those of the kept features, scaled."""

    @abstractmethod
    def predict(self, values: Float[np.ndarray, "patient kept"]) -> Float[np.ndarray, "patient"]:
        """Of a forest the expected number of events, of boosted trees the log relative hazard."""

    @abstractmethod
    def survival(
        self, values: Float[np.ndarray, "patient kept"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "patient time"]:
        """Probability of being event-free at some times; 1 before the first event of the training set."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """All of it in plain numbers, ready for JSON."""


class StoredForest(Stored):
    """What `Forest.to_dict` writes."""

    nodes: StoredNodes
    event_times: Times
    n_steps: list[Annotated[int, Field(ge=0, le=MOST)]]
    step_time: list[Annotated[int, Field(ge=0, le=MOST)]]
    step_hazard: list[Hazard]
    step_survival: list[Share]


@dataclass(frozen=True)
class Forest(GrownTrees):
    """A random survival forest: in each leaf a cumulative hazard (Nelson-Aalen) and a survival curve (Kaplan-Meier), averaged.

    Attributes
    ----------
    nodes
    event_times : (event time,) float64
        Of the training set.
    first : (node + 1,) int64
        Where the steps of each node begin in the row of all steps; those of a split are none.
    step_time : (step,) int64
        At which of the event times a curve changes, rising within a leaf.
    step_hazard, step_survival : (step,) float64
        Its value from there on.
    """

    nodes: TreeNodes
    event_times: Float[np.ndarray, "event_time"]
    first: Int[np.ndarray, "node_and_one"]
    step_time: Int[np.ndarray, "step"]
    step_hazard: Float[np.ndarray, "step"]
    step_survival: Float[np.ndarray, "step"]

    def predict(self, values: Float[np.ndarray, "patient kept"]) -> Float[np.ndarray, "patient"]:
        leaves = self.nodes.leaves(values)
        total = np.zeros(len(values))
        for tree in range(leaves.shape[1]):
            total += self._curves(leaves[:, tree], self.step_hazard, 0.0).sum(axis=1)
        return total / leaves.shape[1]

    def survival(
        self, values: Float[np.ndarray, "patient kept"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "patient time"]:
        leaves = self.nodes.leaves(values)
        total = np.zeros((len(values), len(self.event_times)))
        for tree in range(leaves.shape[1]):
            total += self._curves(leaves[:, tree], self.step_survival, 1.0)
        steps = np.concatenate([np.ones((len(values), 1)), total / leaves.shape[1]], axis=1)
        return steps[:, np.searchsorted(self.event_times, times, side="right")]

    def _curves(
        self, leaves: Int[np.ndarray, "patient"], steps: Float[np.ndarray, "step"], before: float
    ) -> Float[np.ndarray, "patient event_time"]:
        """The curves of these leaves of one tree at all event times."""
        own, which = np.unique(leaves, return_inverse=True)
        passed = np.zeros((len(own), len(self.event_times)), dtype=np.int64)
        for row, leaf in enumerate(own):
            passed[row, self.step_time[self.first[leaf] : self.first[leaf + 1]]] = 1
        passed = np.cumsum(passed, axis=1)  # how many steps lie behind
        curves = np.full(passed.shape, before)
        on_a_step = passed > 0
        curves[on_a_step] = steps[(self.first[own][:, None] + passed - 1)[on_a_step]]
        # One event time after the other, as scikit-survival has them: the rounding of their sum follows the layout.
        return np.asfortranarray(curves[which])

    def to_dict(self) -> dict[str, Any]:
        return {
            "nodes": self.nodes.to_dict(),
            "event_times": self.event_times.tolist(),
            "n_steps": np.diff(self.first).tolist(),
            "step_time": self.step_time.tolist(),
            "step_hazard": self.step_hazard.tolist(),
            "step_survival": self.step_survival.tolist(),
        }

    @classmethod
    def of_estimator(cls, forest: Any) -> Forest:
        """A fitted ``RandomSurvivalForest``: of the curves in its leaves, only what changes."""
        trees = [one.tree_ for one in forest.estimators_]
        nodes = TreeNodes.of_estimators(trees)
        is_event = np.asarray(forest.is_event_time_)
        n_steps, times, hazards, survivals = [], [], [], []
        for tree in trees:
            values = tree.value[:, is_event]  # (node, event time, hazard and survival)
            changes = np.diff(values[..., 0], axis=1, prepend=0.0) != 0
            changes[tree.children_left != tree.children_right] = False  # splits have curves too, which nobody reads
            node, time = np.nonzero(changes)
            n_steps.append(np.bincount(node, minlength=len(values)))
            times.append(time)
            hazards.append(values[node, time, 0])
            survivals.append(values[node, time, 1])
        first = np.concatenate([[0], np.cumsum(np.concatenate(n_steps))])
        event_times = np.asarray(forest.unique_times_, dtype=np.float64)[is_event]
        return cls(nodes, event_times, first, *map(np.concatenate, (times, hazards, survivals)))

    @classmethod
    def read(cls, stored: dict[str, Any], n_features: int) -> Forest:
        """Read `to_dict` back.

        Raises
        ------
        ValueError
            When it is not that.
        """
        found = StoredForest.model_validate(stored)
        nodes, event_times = TreeNodes.read(found.nodes, n_features), _rising(found.event_times)
        n_steps, time = np.array(found.n_steps, dtype=np.int64), np.array(found.step_time, dtype=np.int64)
        lengths = {len(time), len(found.step_hazard), len(found.step_survival)}
        if len(n_steps) != len(nodes) or lengths != {int(n_steps.sum())}:
            raise ValueError(
                "step_time, step_hazard and step_survival are not one number for each step of n_steps, one per node"
            )
        first = np.concatenate([[0], np.cumsum(n_steps)])
        within = np.ones(max(len(time) - 1, 0), dtype=np.bool_)
        starts = first[1:-1]
        within[starts[(starts > 0) & (starts < len(time))] - 1] = False
        if np.any(time >= len(event_times)) or np.any(np.diff(time)[within] <= 0):
            raise ValueError("step_time: the steps of a leaf do not rise, or are at none of event_times")
        hazard, survival = (np.array(part, dtype=np.float64) for part in (found.step_hazard, found.step_survival))
        return cls(nodes, event_times, first, time, hazard, survival)


class StoredBoosted(Stored):
    """What `Boosted.to_dict` writes."""

    nodes: StoredNodes
    value: list[LeafValue]
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    event_times: Times
    cumulative_hazard: list[Baseline]


@dataclass(frozen=True)
class Boosted(GrownTrees):
    """Gradient-boosted trees: a sum of leaves, and Breslow's baseline hazard.

    Attributes
    ----------
    nodes
    value : (node,) float64
        Of each leaf; 0 of a split.
    learning_rate
        By which leaves are multiplied.
    event_times, cumulative_hazard : (event time,) float64
        Of the training set, at score 0.
    """

    nodes: TreeNodes
    value: Float[np.ndarray, "node"]
    learning_rate: float
    event_times: Float[np.ndarray, "event_time"]
    cumulative_hazard: Float[np.ndarray, "event_time"]

    def predict(self, values: Float[np.ndarray, "patient kept"]) -> Float[np.ndarray, "patient"]:
        steps = self.learning_rate * self.value[self.nodes.leaves(values)]
        return np.cumsum(steps, axis=1)[:, -1]  # tree after tree, as scikit-survival does: rounded alike

    def survival(
        self, values: Float[np.ndarray, "patient kept"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "patient time"]:
        steps = np.concatenate([[0.0], self.cumulative_hazard])
        baseline = steps[np.searchsorted(self.event_times, times, side="right")]
        # As scikit-survival does, also where a baseline of hundreds leaves nothing of exp(−H).
        return np.asarray(np.power(np.exp(-baseline)[None, :], np.exp(self.predict(values))[:, None]))

    def to_dict(self) -> dict[str, Any]:
        return {
            "nodes": self.nodes.to_dict(),
            "value": self.value.tolist(),
            "learning_rate": self.learning_rate,
            "event_times": self.event_times.tolist(),
            "cumulative_hazard": self.cumulative_hazard.tolist(),
        }

    @classmethod
    def of_estimator(cls, boosted: Any) -> Boosted:
        """A fitted ``GradientBoostingSurvivalAnalysis``, which begins at 0."""
        trees = [one.tree_ for one in boosted.estimators_[:, 0]]
        nodes = TreeNodes.of_estimators(trees)
        value = np.concatenate([tree.value[:, 0, 0] for tree in trees])
        baseline = boosted.predict_cumulative_hazard_function(np.zeros((1, boosted.n_features_in_)))[0]
        at_zero = np.asarray(baseline.y, dtype=np.float64)  # multiplied by somebody's risk, `a`, where it is evaluated
        changes = np.diff(at_zero, prepend=0.0) != 0
        times = np.asarray(baseline.x, dtype=np.float64)
        value[nodes.feature >= 0] = 0.0
        return cls(nodes, value, float(boosted.learning_rate), times[changes], at_zero[changes])

    @classmethod
    def read(cls, stored: dict[str, Any], n_features: int) -> Boosted:
        """Read `to_dict` back.

        Raises
        ------
        ValueError
            When it is not that.
        """
        found = StoredBoosted.model_validate(stored)
        nodes, event_times = TreeNodes.read(found.nodes, n_features), _rising(found.event_times)
        if len(found.value) != len(nodes) or len(found.cumulative_hazard) != len(event_times):
            raise ValueError(
                "value and cumulative_hazard are not one number for each node, and for each of event_times"
            )
        value, hazard = (np.array(part, dtype=np.float64) for part in (found.value, found.cumulative_hazard))
        return cls(nodes, value, found.learning_rate, event_times, hazard)


def _rising(times: Times) -> Float[np.ndarray, "event_time"]:
    found = np.array(times, dtype=np.float64)
    if np.any(np.diff(found) <= 0):
        raise ValueError("event_times do not rise")
    return found
