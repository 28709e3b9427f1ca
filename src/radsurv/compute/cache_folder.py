"""A folder of computed things that runs and people share: it may be read-only, lose entries, or hold damaged ones.

None of that ends a run or changes a number: what cannot be had is computed again, and said once.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from radsurv.compute.cache_entry import DamagedEntry, opened, sealed
from radsurv.files import atomic

SUFFIX = ".entry"

Value = TypeVar("Value")


@dataclass
class CacheUse:
    """What came of using a cache; plain, so that a worker process can hand it back.

    Attributes
    ----------
    unreadable, damaged, unwritable
        Names of entries, relative to the cache folder, and why.
    read, written
        How many entries were used, and stored.
    """

    unreadable: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    unwritable: dict[str, str] = field(default_factory=dict)
    read: int = 0
    written: int = 0

    def add(self, other: CacheUse) -> None:
        """Take in what came of it elsewhere."""
        self.unreadable |= other.unreadable
        self.damaged |= other.damaged
        self.unwritable |= other.unwritable
        self.read += other.read
        self.written += other.written

    def notes(self) -> list[str]:
        """One line for each kind of trouble. Not being able to write reads the same in every stage: it is said once."""
        notes = []
        if self.unreadable:
            notes.append(
                f"{_counted(self.unreadable)} cannot be read: left as it is and computed for this run; have its owner give the"
                " right to read it"
            )
        if self.damaged:
            replaced = "" if self.unwritable else " and replaced"
            notes.append(f"{_counted(self.damaged)} is damaged: computed again{replaced}")
        notes += [
            f"the cache (compute.cache_dir) cannot be written, {reason}: what it lacks is computed and not kept; have its owner"
            " give the right to write, or choose another folder"
            for reason in dict.fromkeys(self.unwritable.values())
        ]
        return notes


def _counted(found: Mapping[str, str]) -> str:
    """How many entries, and the first, so that the sentence goes on about each of them."""
    name, reason = next(iter(found.items()))
    if len(found) == 1:
        return f"1 entry of the cache ({name}, {reason})"
    return f"each of {len(found):,} entries of the cache (the first: {name}, {reason})"


class CacheFolder:
    """The entries of one kind in a cache folder, a file for each, named by its key.

    Parameters
    ----------
    root
        The cache folder; made when the first entry is stored.
    kind
        Name of the folder in it.
    """

    def __init__(self, root: Path, kind: str) -> None:
        self._root = root
        self._kind = kind
        self.use = CacheUse()

    def get(self, key: str, decode: Callable[[bytes], Value]) -> Value | None:
        """What is stored under a key, marked as used now; None if there is nothing that can be used.

        Parameters
        ----------
        key
            At least two characters, fit for the name of a file.
        decode
            Makes the value of the stored bytes; whatever it raises says that they are damaged.
        """
        path = self._path(key)
        try:
            file = path.read_bytes()
        except FileNotFoundError:  # or another process has just deleted it
            return None
        except OSError as error:
            self.use.unreadable[self._name(key)] = _said(error)
            return None
        try:
            value = decode(opened(key, file))
        except MemoryError:
            raise
        except DamagedEntry as damage:
            self.use.damaged[self._name(key)] = str(damage)
            return None
        except Exception as error:  # archives and the arrays in them have their own for every damage
            self.use.damaged[self._name(key)] = f"its content is none ({type(error).__name__})"
            return None
        with suppress(
            OSError
        ):  # it has just been deleted, or is somebody else's: then it counts as used when it was written
            os.utime(path)
        self.use.read += 1
        return value

    def put(self, key: str, content: bytes) -> None:
        """Store bytes; a reader never sees half a file. An entry that could not be read stays as it is."""
        if self._name(key) in self.use.unreadable:
            return
        try:
            rights = self._make(self._path(key).parent)
            with atomic(self._path(key)) as temporary:
                temporary.write_bytes(sealed(key, content))
                _widen(temporary, rights & 0o666)
        except OSError as error:
            self.use.unwritable[self._name(key)] = _said(error)
        else:
            self.use.written += 1

    def _path(self, key: str) -> Path:
        return self._root / self._name(key)

    def _name(self, key: str) -> str:
        return f"{self._kind}/{key[:2]}/{key}{SUFFIX}"

    def _make(self, folder: Path) -> int:
        """Make the folder of an entry; returns the rights of the cache folder, which all in it have, whoever makes it."""
        self._root.mkdir(parents=True, exist_ok=True)
        rights = stat.S_IMODE(self._root.stat().st_mode)
        for made in (folder.parent, folder):
            with suppress(FileExistsError):
                made.mkdir()
                _widen(made, rights)
        return rights


def _widen(path: Path, rights: int) -> None:
    """Give rights that the umask withholds."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode | rights != mode:
        with suppress(OSError):  # file systems without such rights
            path.chmod(mode | rights)


def _said(error: OSError) -> str:
    return error.strerror or type(error).__name__
