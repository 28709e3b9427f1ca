"""What lies in a cache folder, and how it is kept from growing for ever."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

# Only what bears such a name is counted or deleted, whatever else a folder holds that was given as a cache.
# Files of earlier versions (.npz, .json) are no longer read, and go when they are the least recently used.
_ENTRY = re.compile(r"([0-9a-f]{64})\.(entry|npz|json)")
_DRAFT = re.compile(r"\.([0-9a-f]{64})\.(entry|npz|json)\..+\.tmp")
_PART = re.compile(r"[0-9a-f]{2}")
# After a day, whoever was writing a file has been killed.
_ABANDONED_S = 86_400


@dataclass(frozen=True)
class StoredFile:
    """A file of the cache.

    Attributes
    ----------
    kind, path
    size
        In bytes.
    used_ns
        When it was last used (its time of modification), in nanoseconds since 1970.
    """

    kind: str
    path: Path
    size: int
    used_ns: int


@dataclass
class Contents:
    """Everything in a cache folder.

    Attributes
    ----------
    entries
    drafts
        Of files that are being written, or that a killed process left.
    closed
        Folders that cannot be looked into.
    """

    entries: list[StoredFile] = field(default_factory=list)
    drafts: list[StoredFile] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Of all entries, in bytes."""
        return sum(entry.size for entry in self.entries)


@dataclass
class Pruned:
    """What was deleted.

    Attributes
    ----------
    n_entries, n_bytes
        Deleted.
    bytes_left
        Of the entries that remain.
    failed
        Entries that could not be deleted, and why.
    """

    n_entries: int = 0
    n_bytes: int = 0
    bytes_left: int = 0
    failed: dict[Path, str] = field(default_factory=dict)


def contents(root: Path) -> Contents:
    """Look through a cache folder; what other processes delete meanwhile is not there. A folder that is not there is empty."""
    found = Contents()
    for kind in _listed(root, found):
        if not kind.is_dir():
            continue
        for part in _listed(Path(kind), found):
            if _PART.fullmatch(part.name) and part.is_dir():
                for file in _listed(Path(part), found):
                    _sort(file, kind.name, part.name, found)
    return found


def prune(root: Path, limit: int) -> Pruned:
    """Delete the least recently used entries until the rest is no larger than `limit` bytes, and abandoned drafts.

    Safe beside processes that read, write and prune: a reader of a deleted entry computes it again, and of two that prune at once
    each counts what the other deleted.
    """
    found = contents(root)
    before = time.time_ns() - _ABANDONED_S * 10**9
    for draft in found.drafts:
        if draft.used_ns < before:
            with suppress(OSError):  # somebody else's, who will delete it
                _delete(draft)
    pruned = Pruned(bytes_left=found.size)
    for entry in sorted(found.entries, key=lambda entry: (entry.used_ns, entry.path)):
        if pruned.bytes_left <= limit:
            break
        try:
            deleted = _delete(entry)
        except OSError as error:
            pruned.failed[entry.path] = error.strerror or type(error).__name__
            continue
        if deleted:
            pruned.n_entries += 1
            pruned.n_bytes += entry.size
            pruned.bytes_left -= entry.size
    return pruned


def _delete(file: StoredFile) -> bool:
    """Whether it is gone now; one that was used since it was listed stays."""
    try:
        if file.path.stat().st_mtime_ns != file.used_ns:
            return False
        file.path.unlink()
    except FileNotFoundError:
        pass
    return True


def _listed(folder: Path, found: Contents) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError:
        found.closed.append(folder)


def _sort(file: os.DirEntry[str], kind: str, part: str, found: Contents) -> None:
    entry, draft = _ENTRY.fullmatch(file.name), _DRAFT.fullmatch(file.name)
    named = entry or draft
    if named is None or not named[1].startswith(part) or not file.is_file(follow_symlinks=False):
        return
    try:
        seen = file.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    stored = StoredFile(kind, Path(file), seen.st_size, seen.st_mtime_ns)
    (found.entries if entry else found.drafts).append(stored)
