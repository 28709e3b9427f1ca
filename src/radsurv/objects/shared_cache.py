"""Entries of the cache in object storage, where every machine of a group finds what another has computed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from radsurv.compute.compute_options import ComputeConfig
from radsurv.errors import StorageError
from radsurv.objects.storage import contents_at, object_at, put_objects, sizes_below
from radsurv.options.urls import Url

# The first object: whoever may write it may store entries, and it says to people what the others are.
MARK = "README.txt"
SAYS = (
    b"Results of RadSurv runs (compute.shared_cache, docs/scale.md), named by the hash of all that they depend on, each with a checksum.\n"
    b"Any of them may be deleted at any time: whoever needs it computes it again. Do not delete this file.\n"
)
# For how long a storage that did not answer is not asked again: it took a minute to find out.
PAUSE_S = 600.0

# Of this process, by address and what was asked: until when, and why. Who may only read goes on reading.
_silent: dict[tuple[str, str], tuple[float, str, str]] = {}


@dataclass(frozen=True)
class SharedCache:
    """The entries below an address, under the names of their files in a cache folder (`radsurv.compute.cache_folder.Beyond`).

    Once it does not answer, it is not asked for a while, and every call fails at once.
    """

    url: Url

    @classmethod
    def of(cls, compute: ComputeConfig) -> SharedCache | None:
        """That of ``compute.shared_cache``, None where there is none."""
        return None if compute.shared_cache is None else cls(Url.parse(compute.shared_cache))

    def require(self) -> None:
        """See that it can be asked, and has its first object, or takes it.

        Raises
        ------
        StorageError
            It cannot; or the address is that of an object.
        """
        with _named():
            self._require_folder()
            mark = self.url.joined(MARK)
            if object_at(mark) is None:
                put_objects({mark: SAYS})

    def fetch(self, names: Sequence[str]) -> list[bytes | None]:
        """The files of these names; None where there is none.

        Raises
        ------
        StorageError
            It cannot be read.
        """
        with _asked(self.url, "read"):
            return contents_at([self.url.joined(name) for name in names])

    def send(self, files: Mapping[str, bytes]) -> None:
        """Store files, in the place of those that are there.

        Raises
        ------
        StorageError
            Not all of them could be stored.
        """
        with _asked(self.url, "write"):
            put_objects({self.url.joined(name): file for name, file in files.items()})

    def size(self, name: str) -> int:
        """Bytes of a file; 0 where there is none.

        Raises
        ------
        StorageError
            It cannot be asked.
        """
        with _asked(self.url, "read"):
            found = object_at(self.url.joined(name))
        return 0 if found is None else found.size

    def sizes(self) -> dict[str, int]:
        """Bytes of everything that is there, by name.

        Raises
        ------
        StorageError
            It cannot be asked; or the address is that of an object.
        """
        with _named():
            self._require_folder()
            return {url.relative_to(self.url): size for url, size in sizes_below(self.url).items()}

    def _require_folder(self) -> None:
        if self.url.key and object_at(self.url) is not None:  # a bucket is none
            raise StorageError(f"{self.url} is an object; expected a folder, or the name of one that is not there yet")


@contextmanager
def _named() -> Iterator[None]:
    """Say whose address it is that there is trouble with."""
    try:
        yield
    except StorageError as error:
        raise StorageError(f"compute.shared_cache: {error}", error.briefly) from None


@contextmanager
def _asked(url: Url, what: str) -> Iterator[None]:
    """Fail at once where the same has failed a while ago."""
    until, said, briefly = _silent.get((str(url), what), (0.0, "", ""))
    if time.monotonic() < until:
        raise StorageError(said, briefly)
    try:
        with _named():
            yield
    except StorageError as error:
        _silent[str(url), what] = (time.monotonic() + PAUSE_S, str(error), error.briefly)
        raise
