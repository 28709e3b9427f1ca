"""Finished pieces of an analysis on disk, so that a killed run goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radsurv.compute.cache_entry import DamagedEntry
from radsurv.compute.cache_folder import CacheFolder, CacheUse


class ResultStore:
    """Entries of JSON in the cache folder, named by the hash of all that they depend on, in a folder for each kind.

    Parameters
    ----------
    root
        The cache folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kinds: dict[str, CacheFolder] = {}

    @property
    def use(self) -> CacheUse:
        """What came of using it so far."""
        use = CacheUse()
        for entries in self._kinds.values():
            use.add(entries.use)
        return use

    def get(self, kind: str, key: str) -> list[Any] | None:
        """What was put there, or None: it is to be computed, and `put`, whatever the reason, which `use` has."""
        return self._entries(kind).get(key, _listed)

    def put(self, kind: str, key: str, value: list[Any]) -> None:
        """Keep a value, unless the folder cannot be written, or what is there cannot be read."""
        self._entries(kind).put(key, json.dumps(value).encode())

    def _entries(self, kind: str) -> CacheFolder:
        return self._kinds.setdefault(kind, CacheFolder(self._root, kind))


def _listed(content: bytes) -> list[Any]:
    found = json.loads(content)
    if not isinstance(found, list):
        raise DamagedEntry(f"{type(found).__name__}, expected a list")
    return found
