"""Per-patient feature cache: computed once, shared by every run, resumed after a kill.

The key is the hash of everything the numbers depend on: the patient's pixels, the part of the configuration that is used, and a
version number of the code that computes. Nothing is ever invalidated, a change of any of them is another key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from radsurv.compute.cache_entry import DamagedEntry
from radsurv.compute.cache_folder import Beyond, CacheFolder
from radsurv.compute.cache_use import CacheUse


@dataclass(frozen=True)
class CachedFeatures:
    """Feature values of one patient, and what was remarked while they were computed."""

    values: Float[np.ndarray, "..."]
    warnings: list[str]


class FeatureCache:
    """Feature vectors in a cache folder, one entry per patient and recipe.

    Parameters
    ----------
    root
        The cache folder, made when the first vector is stored.
    kind
        Name of the folder in it.
    recipe
        All that the values depend on besides the pixels: configuration, code version, hash of weights. JSON-able.
    shape
        Of the values.
    beyond
        What other machines have.
    """

    def __init__(
        self, root: Path, kind: str, recipe: dict[str, Any], shape: tuple[int, ...], beyond: Beyond | None = None
    ) -> None:
        self._entries = CacheFolder(root, kind, beyond)
        self._recipe = json.dumps(recipe, sort_keys=True, ensure_ascii=True)
        self._shape = shape

    @property
    def use(self) -> CacheUse:
        """What came of using it so far."""
        return self._entries.use

    def _key(self, content_hash: str) -> str:
        return hashlib.sha256(f"{content_hash}\n{self._recipe}".encode()).hexdigest()

    def get(self, content_hash: str) -> CachedFeatures | None:
        """The stored values, or None: they are to be computed, and `put`, whatever the reason, which `use` has."""
        return self._entries.get(self._key(content_hash), self._decoded)

    def get_all(self, content_hashes: Iterable[str]) -> dict[str, CachedFeatures]:
        """The same of many, those without any left out."""
        keys = {self._key(content_hash): content_hash for content_hash in content_hashes}
        return {keys[key]: found for key, found in self._entries.get_all(keys, self._decoded).items()}

    def put(self, content_hash: str, values: Float[np.ndarray, "..."], warnings: Sequence[str] = ()) -> None:
        """Store values, unless the folder cannot be written, or what is there cannot be read; `share` in the end."""
        archive = BytesIO()
        np.savez(archive, values=values, warnings=np.array(list(warnings), dtype=np.str_))
        self._entries.put(self._key(content_hash), archive.getvalue())

    def share(self) -> None:
        """Have other machines find what was put."""
        self._entries.share()

    def _decoded(self, content: bytes) -> CachedFeatures:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            values, warnings = stored["values"], stored["warnings"]
        if values.shape != self._shape or values.dtype.kind != "f":
            raise DamagedEntry(f"values {values.shape} of {values.dtype}, expected {self._shape} of float")
        return CachedFeatures(values, [str(warning) for warning in warnings])
