"""The splits of many trees as arrays: taken from scikit-learn, stored as plain numbers, and walked down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from jaxtyping import Float, Int
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

LEAF = -1  # in place of the feature of a split, and of its children
# More than any forest of a cohort has; a bound for the sizes of arrays and of what is computed from them.
MOST = 100_000_000
Count = Annotated[int, Field(ge=1, le=MOST)]
Place = Annotated[int, Field(ge=LEAF, le=MOST)]


class Stored(BaseModel):
    """Plain numbers of a file, none of them NaN or infinite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StoredNodes(Stored):
    """What `TreeNodes.to_dict` writes, one tree after the other; children are counted from the first node of their tree."""

    n_nodes: Annotated[list[Count], Field(min_length=1)]
    feature: list[Place]
    threshold: list[FiniteFloat]
    left: list[Place]
    right: list[Place]


@dataclass(frozen=True)
class TreeNodes:
    """Nodes of all trees in one row.

    Attributes
    ----------
    roots : (tree,) int64
        The first node of each tree.
    feature : (node,) int64
        Which of the kept features a node splits by; `LEAF` for a leaf.
    threshold : (node,) float64
        A patient with at most this goes left.
    left, right : (node,) int64
        Later in the row than the node, so that no way goes round in circles; `LEAF` of a leaf.
    """

    roots: Int[np.ndarray, "tree"]
    feature: Int[np.ndarray, "node"]
    threshold: Float[np.ndarray, "node"]
    left: Int[np.ndarray, "node"]
    right: Int[np.ndarray, "node"]

    def __len__(self) -> int:
        return len(self.feature)

    def leaves(self, values: Float[np.ndarray, "patient kept"]) -> Int[np.ndarray, "patient tree"]:
        """The leaf of every patient in every tree. Values are compared in single precision, as scikit-learn does."""
        single = values.astype(np.float32)
        node = np.tile(self.roots, (len(values), 1))
        rows = np.arange(len(values))[:, None]
        while True:
            feature = self.feature[node]
            splits = feature != LEAF
            if not splits.any():
                return node
            goes_left = single[rows, np.maximum(feature, 0)] <= self.threshold[node]
            node = np.where(splits, np.where(goes_left, self.left[node], self.right[node]), node)

    def to_dict(self) -> dict[str, Any]:
        """As `StoredNodes` says."""
        n_nodes = np.diff([*self.roots, len(self)])
        first = np.repeat(self.roots, n_nodes)
        inner = self.feature != LEAF
        return {
            "n_nodes": n_nodes.tolist(),
            "feature": self.feature.tolist(),
            "threshold": self.threshold.tolist(),
            "left": np.where(inner, self.left - first, LEAF).tolist(),
            "right": np.where(inner, self.right - first, LEAF).tolist(),
        }

    @classmethod
    def of_estimators(cls, trees: Sequence[Any]) -> TreeNodes:
        """Of fitted trees of scikit-learn (their ``tree_``)."""
        n_nodes = np.array([tree.node_count for tree in trees])
        roots = np.cumsum(n_nodes) - n_nodes
        first = np.repeat(roots, n_nodes)
        children = [
            np.concatenate([getattr(tree, side) for tree in trees]) for side in ("children_left", "children_right")
        ]
        inner = children[0] != LEAF
        feature, threshold = (
            np.concatenate([getattr(tree, name) for tree in trees]) for name in ("feature", "threshold")
        )
        left, right = (np.where(inner, child + first, LEAF) for child in children)
        return cls(roots, np.where(inner, feature, LEAF), np.where(inner, threshold, 0.0), left, right)

    @classmethod
    def read(cls, stored: StoredNodes, n_features: int) -> TreeNodes:
        """Read `to_dict` back, for this many kept features.

        Raises
        ------
        ValueError
            When these are no trees: lengths differ, a feature is not there, or a child is none of the later nodes of its tree.
        """
        n_nodes = np.array(stored.n_nodes, dtype=np.int64)
        feature, left, right = (np.array(part, dtype=np.int64) for part in (stored.feature, stored.left, stored.right))
        threshold = np.array(stored.threshold, dtype=np.float64)
        if {len(feature), len(threshold), len(left), len(right)} != {int(n_nodes.sum())}:
            raise ValueError("feature, threshold, left and right are not one number for each node of n_nodes")
        if np.any(feature >= n_features):
            raise ValueError(f"feature: {feature.max()} is none of the {n_features} features of the model")
        roots = np.cumsum(n_nodes) - n_nodes
        first = np.repeat(roots, n_nodes)
        place, size = np.arange(len(feature)) - first, np.repeat(n_nodes, n_nodes)
        inner = feature != LEAF
        for name, child in (("left", left), ("right", right)):
            if np.any(inner & ((child <= place) | (child >= size))):
                raise ValueError(f"{name}: a child is none of the later nodes of its tree")
        return cls(roots, feature, threshold, np.where(inner, left + first, LEAF), np.where(inner, right + first, LEAF))
