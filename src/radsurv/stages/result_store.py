"""Finished pieces of an analysis on disk, so that a killed run goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radsurv.compute.cache_entry import DamagedEntry
from radsurv.compute.cache_folder import Beyond, CacheFolder
from radsurv.compute.cache_use import CacheUse


class ResultStore:
    """Entries of JSON in the cache folder, named by the hash of all that they depend on, in a folder for each kind.

    Parameters
    ----------
    root
        The cache folder.
    beyond
        What other machines have.
    """

    def __init__(self, root: Path, beyond: Beyond | None = None) -> None:
        self._root, self._beyond = root, beyond
        self._kinds: dict[str, CacheFolder] = {}

    @property
    def use(self) -> CacheUse:
        """What came of using it so far."""
        use = CacheUse()
        for entries in self._kinds.values():
            use.add(entries.use)
        return use

    def get(self, kind: str, key: str, *, grows: bool = False) -> list[Any] | None:
        """What was put there, or None: it is to be computed, and `put`, whatever the reason, which `use` has."""
        return self._entries(kind).get(key, _listed, grows=grows)

    def put(self, kind: str, key: str, value: list[Any], *, grows: bool = False) -> None:
        """Keep a value, unless the folder cannot be written, or what is there cannot be read."""
        entries = self._entries(kind)
        entries.put(key, json.dumps(value).encode(), grows=grows)
        entries.share()

    def _entries(self, kind: str) -> CacheFolder:
        return self._kinds.setdefault(kind, CacheFolder(self._root, kind, self._beyond))


def _listed(content: bytes) -> list[Any]:
    found = json.loads(content)
    if not isinstance(found, list):
        raise DamagedEntry(f"{type(found).__name__}, expected a list")
    return found
