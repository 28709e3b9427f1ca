"""Per-patient feature cache: computed once, shared by every run, resumed after a kill.

The key is the hash of everything the numbers depend on: the patient's pixels, the part of the configuration that is used, and a
version number of the code that computes. Nothing is ever invalidated, a change of any of them is another key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from radsurv.files import atomic


@dataclass(frozen=True)
class CachedFeatures:
    """Feature values of one patient, and what was remarked while they were computed."""

    values: Float[np.ndarray, feature]
    warnings: list[str]


class FeatureCache:
    """A folder of feature vectors, one file per patient and recipe.

    Parameters
    ----------
    root
        Folder, made when the first vector is stored.
    recipe
        All that the values depend on besides the pixels: configuration, code version, hash of weights. JSON-able.
    """

    def __init__(self, root: Path, recipe: dict[str, Any]) -> None:
        self._root = root
        self._recipe = json.dumps(recipe, sort_keys=True, ensure_ascii=True)

    def _path(self, content_hash: str) -> Path:
        key = hashlib.sha256(f"{content_hash}\n{self._recipe}".encode()).hexdigest()
        return self._root / key[:2] / f"{key}.npz"

    def get(self, content_hash: str) -> CachedFeatures | None:
        """The stored vector, or None; a file of damaged content counts as absent: it is computed and stored again.

        Raises
        ------
        OSError
            The file is there and cannot be read. That says nothing of its content, and it stays as it is.
        """
        try:
            content = self._path(content_hash).read_bytes()
        except FileNotFoundError:
            return None
        try:
            with np.load(BytesIO(content), allow_pickle=False) as stored:
                values, warnings = stored["values"], stored["warnings"]
        except MemoryError:
            raise
        except Exception:  # the archive, each way to compress one and the arrays in it have their own for every damage
            return None
        return CachedFeatures(values, [str(warning) for warning in warnings])

    def put(self, content_hash: str, values: Float[np.ndarray, feature], warnings: Sequence[str] = ()) -> None:
        """Store a vector; a reader never sees half a file."""
        with atomic(self._path(content_hash)) as temporary, temporary.open("wb") as file:
            np.savez(file, values=values, warnings=np.array(list(warnings), dtype=np.str_))
