"""Objects on this machine's disk: fetched once, then taken from the cache for as long as they are the same in the storage."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from radsurv.compute.cache_contents import prune
from radsurv.compute.cache_folder import CacheFolder
from radsurv.compute.cache_use import CacheUse
from radsurv.errors import StorageError
from radsurv.objects.storage import StoredObject, contents_of, objects_at
from radsurv.options.urls import Url

FOLDER = "objects"  # within the cache folder: a cache of its own, so that images that can be fetched again drive nothing else out
KIND = "object"
AT_ONCE = 64  # objects whose bytes are in memory together: sections of a series
# How much of the limit a process may store before the oldest go: with 20 of them, the limit is passed by as much again at worst.
SHARE = 20

_stored: Counter[Path] = Counter()  # bytes, since this process pruned a folder


@dataclass(frozen=True)
class Mirror:
    """What is kept of object storage.

    Attributes
    ----------
    cache
        The cache folder.
    limit
        To how much the objects in it may grow, in bytes; None: without limit.
    keeps
        Whether anything is put there, or looked for: images and tables may tell who somebody is.
    """

    cache: Path
    limit: int | None
    keeps: bool = True

    @property
    def folder(self) -> Path:
        """Where the objects are kept, by address and version: no entry is ever wrong, however many runs share the folder."""
        return self.cache / FOLDER

    def bring(self, url: Url, to: Path, use: CacheUse, *, numbered: bool = False) -> dict[str, Path]:
        """Put an object where a path says, or the objects of a folder into a folder of that name; nothing where nothing is.

        Parameters
        ----------
        url, to
        use
            Is told what came of the cache.
        numbered
            Call the objects of a folder by their place in its order, and keep their endings: names may tell of a person.

        Returns
        -------
        dict of str to Path
            Where each object is, by its name in the storage.

        Raises
        ------
        StorageError
            The storage cannot be read, or the object has changed meanwhile.
        PatientError
            As `objects_at`.
        """
        objects = objects_at(url)
        entries = CacheFolder(self.folder, KIND)
        places: dict[str, Path] = {}
        for start in range(0, len(objects), AT_ONCE):
            some = objects[start : start + AT_ONCE]
            kept = [entries.get(_key(one), bytes) if one.version and self.keeps else None for one in some]
            missing = [one for one, content in zip(some, kept, strict=True) if content is None]
            fetched = contents_of(missing)
            # Before anything is kept: the bytes may be of another version than the one that was listed.
            if missing and objects_at(url) != objects:
                raise StorageError(f"{url} changed while it was fetched: run again when whatever writes it has ended")
            for one, whole in zip(missing, fetched, strict=True):
                self._keep(entries, one, whole)
            fresh = iter(fetched)
            for number, (one, content) in enumerate(zip(some, kept, strict=True), start=start):
                name = f"{number:06d}{Path(one.url.name).suffix}" if numbered else one.url.name
                place = places[one.url.name] = to if one.url == url else to / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(next(fresh) if content is None else content)
        use.add(entries.use)
        return places

    def prune(self) -> None:
        """Delete the objects that were used least recently, until the rest is within the limit."""
        if self.limit is not None and self.keeps:
            _stored[self.folder] = 0
            prune(self.folder, self.limit)

    def _keep(self, entries: CacheFolder, one: StoredObject, content: bytes) -> None:
        if not self.keeps or not one.version or (self.limit is not None and len(content) > self.limit):
            return
        entries.put(_key(one), content)
        _stored[self.folder] += len(content)
        if self.limit is not None and _stored[self.folder] * SHARE > self.limit:
            self.prune()


def _key(one: StoredObject) -> str:
    return hashlib.sha256(f"{one.url}\n{one.size}\n{one.version}".encode()).hexdigest()
