"""A folder of computed things that runs and people share: it may be read-only, lose entries, or hold damaged ones.

None of that ends a run or changes a number: what cannot be had is computed again, and said once. Behind the folder there may be a
second place that other machines see (`Beyond`): what the folder lacks is looked for there, and what is stored goes there too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from radsurv.compute.cache_entry import DamagedEntry, opened, sealed
from radsurv.compute.cache_use import CacheUse
from radsurv.errors import StorageError
from radsurv.files import atomic

SUFFIX = ".entry"
AT_ONCE = 64  # entries that are fetched or sent together

Value = TypeVar("Value")


class Beyond(Protocol):
    """Entries that other machines see, see `radsurv.objects.shared_cache.SharedCache`. Names are those of the files in a cache folder;
    whatever cannot be done is a StorageError."""

    def fetch(self, names: Sequence[str]) -> list[bytes | None]:
        """The files of these names; None where there is none."""

    def send(self, files: Mapping[str, bytes]) -> None:
        """Store files, in the place of those that are there."""

    def size(self, name: str) -> int:
        """Bytes of a file; 0 where there is none."""


class CacheFolder:
    """The entries of one kind in a cache folder, a file for each, named by its key.

    Parameters
    ----------
    root
        The cache folder; made when the first entry is stored.
    kind
        Name of the folder in it.
    beyond
        Where entries are looked for that the folder lacks, and sent by `share`.
    """

    def __init__(self, root: Path, kind: str, beyond: Beyond | None = None) -> None:
        self._root = root
        self._kind = kind
        self._beyond = beyond
        self._waiting: dict[str, bytes] = {}
        self._to_replace: set[str] = set()  # damaged beyond, however long
        self.use = CacheUse()

    def get(self, key: str, decode: Callable[[bytes], Value], *, grows: bool = False) -> Value | None:
        """What is stored under a key, marked as used now; None if there is nothing that can be used.

        Parameters
        ----------
        key
            At least two characters, fit for the name of a file.
        decode
            Makes the value of the stored bytes; whatever it raises says that they are damaged.
        grows
            The content is not settled by the key: of two entries, the longer one has what the other has, and more.
        """
        found = self._here(key, decode)
        if found is None or (grows and self._beyond is not None and self._is_longer(self._beyond, key)):
            fetched = self._there([key], decode)
            if key in fetched:
                return fetched[key]
        self.use.add(CacheUse(read=int(found is not None)))
        return found

    def get_all(self, keys: Iterable[str], decode: Callable[[bytes], Value]) -> dict[str, Value]:
        """The same of many keys, those without anything left out; what other machines have comes faster than one by one."""
        here = {key: self._here(key, decode) for key in keys}
        found = {key: value for key, value in here.items() if value is not None}
        self.use.add(CacheUse(read=len(found)))
        lacking = [key for key in here if key not in found]
        for start in range(0, len(lacking), AT_ONCE):
            found |= self._there(lacking[start : start + AT_ONCE], decode)
        return found

    def put(self, key: str, content: bytes, *, grows: bool = False) -> None:
        """Store bytes; a reader never sees half a file. An entry that could not be read stays as it is.

        With a place beyond, `share` has to be called in the end.
        """
        name, file = self._name(key), sealed(key, content)
        if name not in self.use.unreadable:
            self.use.add(CacheUse(written=int(self._store(key, file))))
        if self._beyond is None or (grows and not self._is_shorter(self._beyond, name, len(file))):
            return
        self._waiting[name] = file
        if len(self._waiting) >= AT_ONCE:
            self.share()

    def share(self) -> None:
        """Send what was put to the place beyond. What it does not take is counted, and not tried again."""
        files: dict[str, bytes] = {}
        while self._waiting:
            with suppress(KeyError):  # another thread was faster
                name, file = self._waiting.popitem()
                files[name] = file
        if self._beyond is None or not files:
            return
        try:
            self._beyond.send(files)
        except StorageError as error:
            self.use.add(CacheUse(unshared=dict.fromkeys(files, error.briefly)))
        else:
            self.use.add(CacheUse(shared=len(files)))
            self._to_replace.difference_update(files)
            for name in files:  # a shorter one may not have been taken
                self.use.unshared.pop(name, None)

    def _here(self, key: str, decode: Callable[[bytes], Value]) -> Value | None:
        """What the folder has."""
        path = self._path(key)
        try:
            file = path.read_bytes()
        except FileNotFoundError:  # or another process has just deleted it
            return None
        except OSError as error:
            self.use.unreadable[self._name(key)] = _said(error)
            return None
        value = self._value(key, file, decode, self._name(key))
        if value is not None:
            with suppress(
                OSError
            ):  # it has just been deleted, or is somebody else's: then it counts as used when it was written
                os.utime(path)
        return value

    def _there(self, keys: Sequence[str], decode: Callable[[bytes], Value]) -> dict[str, Value]:
        """What the place beyond has, which the folder gets too."""
        if self._beyond is None:
            return {}
        names = [self._name(key) for key in keys]
        try:
            files = self._beyond.fetch(names)
        except StorageError as error:
            self.use.add(CacheUse(unasked=dict.fromkeys(names, error.briefly)))
            return {}
        found: dict[str, Value] = {}
        for key, name, file in zip(keys, names, files, strict=True):
            if file is None:
                continue
            value = self._value(key, file, decode, f"{name} of the shared cache")
            if value is None:
                self._to_replace.add(name)
                continue
            found[key] = value
            if name not in self.use.unreadable:
                self._store(key, file)
        self.use.add(CacheUse(read=len(found), fetched=len(found)))
        return found

    def _is_longer(self, beyond: Beyond, key: str) -> bool:
        """Whether the place beyond is known to have more than the folder."""
        name = self._name(key)
        try:
            return beyond.size(name) > self._path(key).stat().st_size
        except StorageError as error:
            self.use.add(CacheUse(unasked={name: error.briefly}))
        except OSError:  # it has just been deleted here
            pass
        return False

    def _is_shorter(self, beyond: Beyond, name: str, size: int) -> bool:
        """Whether the place beyond is known to have no more than so many bytes, or damaged ones: what it has would be replaced."""
        if name in self._to_replace:
            return True
        try:
            shorter = beyond.size(name) <= size
        except StorageError as error:
            self.use.add(CacheUse(unshared={name: error.briefly}))
            return False
        if not shorter:  # so nothing of this one is lacking there
            self.use.unshared.pop(name, None)
        return shorter

    def _value(self, key: str, file: bytes, decode: Callable[[bytes], Value], name: str) -> Value | None:
        """What an entry holds; None where it is damaged."""
        try:
            return decode(opened(key, file))
        except MemoryError:
            raise
        except DamagedEntry as damage:
            self.use.damaged[name] = str(damage)
        except Exception as error:  # archives and the arrays in them have their own for every damage
            self.use.damaged[name] = f"its content is none ({type(error).__name__})"
        return None

    def _store(self, key: str, file: bytes) -> bool:
        """Whether it could be stored."""
        try:
            rights = self._make(self._path(key).parent)
            with atomic(self._path(key)) as temporary:
                temporary.write_bytes(file)
                _widen(temporary, rights & 0o666)
        except OSError as error:
            self.use.unwritable[self._name(key)] = _said(error)
            return False
        return True

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
