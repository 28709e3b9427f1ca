"""What came of using a cache, in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from radsurv.formats import plural

_adding = Lock()  # one for all, held for microseconds: a lock in each could not be handed back by a worker process


@dataclass
class CacheUse:
    """What came of using a cache; plain, so that a worker process can hand it back.

    Attributes
    ----------
    unreadable, damaged, unwritable
        Names of entries, relative to the cache folder, and why.
    unasked, unshared
        Of those that the shared cache could not be asked for, and that it did not take.
    read, written
        How many entries were used, and stored in the folder.
    fetched, shared
        How many of those used came from the shared cache, and how many it took.
    """

    unreadable: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    unwritable: dict[str, str] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)
    unshared: dict[str, str] = field(default_factory=dict)
    read: int = 0
    written: int = 0
    fetched: int = 0
    shared: int = 0

    def add(self, other: CacheUse) -> None:
        """Take in what came of it elsewhere, or just now; several threads may do so at a time."""
        with _adding:
            self.unreadable |= other.unreadable
            self.damaged |= other.damaged
            self.unwritable |= other.unwritable
            self.unasked |= other.unasked
            self.unshared |= other.unshared
            self.read += other.read
            self.written += other.written
            self.fetched += other.fetched
            self.shared += other.shared

    def notes(self) -> list[str]:
        """One line for each kind of trouble. Not being able to write reads the same in every stage: it is said once."""
        notes = []
        if self.unreadable:
            notes.append(
                f"{_counted(self.unreadable)} cannot be read: left as it is and computed for this run; have its owner give the"
                " right to read it"
            )
        if self.damaged:
            how = "fetched or computed again" if self.fetched else "computed again"
            replaced = "" if self.unwritable or self.unshared else " and replaced"
            notes.append(f"{_counted(self.damaged)} is damaged: {how}{replaced}")
        notes += [
            f"the cache (compute.cache_dir) cannot be written, {reason}: what it lacks is computed and not kept; have its owner"
            " give the right to write, or choose another folder"
            for reason in dict.fromkeys(self.unwritable.values())
        ]
        if self.unasked:
            notes.append(
                f"not looked for in the shared cache ({_why(self.unasked)}): {plural(len(self.unasked), 'result')}, computed here"
            )
        if self.unshared:
            notes.append(
                f"not taken by the shared cache ({_why(self.unshared)}): {plural(len(self.unshared), 'result')};"
                " `radsurv cache --share` uploads what compute.cache_dir has of them"
            )
        return notes


def _counted(found: Mapping[str, str]) -> str:
    """How many entries, and the first, so that the sentence goes on about each of them."""
    name, reason = next(iter(found.items()))
    if len(found) == 1:
        return f"1 entry of the cache ({name}, {reason})"
    return f"each of {len(found):,} entries of the cache (the first: {name}, {reason})"


def _why(found: Mapping[str, str]) -> str:
    """The option, and every reason once: they are the storage's, not those of an entry."""
    return ", ".join(["compute.shared_cache", *dict.fromkeys(found.values())])
