"""Object storage through fsspec: what there is at an address, and its bytes.

Credentials, endpoint and region are those of the environment, as the driver of each kind of storage reads them; nothing here takes any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from radsurv.errors import CohortError, PatientError, StorageError
from radsurv.formats import one_line
from radsurv.options.urls import Url

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# What brings the driver of a scheme.
EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "az": "azure", "abfs": "azure"}
# A server that does not answer, in seconds: s3fs asks five times, so that it is given up after a minute. Its own values mean half an hour.
_S3 = {"config_kwargs": {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 1}}}
PATIENCE: Mapping[str, Mapping[str, Any]] = {"s3": _S3, "s3a": _S3}
# By which drivers tell one content of an object from the next: a hash, or else a time.
TAGS = ("ETag", "etag", "e_tag", "md5Hash", "content_md5")
TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")
LONGEST_NAME = 200  # bytes: what file systems take, with room for a temporary name
LONGEST_FAULT = 200
RIGHTS = {"read": "list and read", "written": "list, read and write"}  # for what is to be done


@dataclass(frozen=True)
class StoredObject:
    """One object, as it is now.

    Attributes
    ----------
    url
    size
        In bytes.
    version
        Another one for another content; empty where the storage says nothing that would tell.
    """

    url: Url
    size: int
    version: str


def objects_at(url: Url) -> list[StoredObject]:
    """The object of a name; or, where it is that of a folder, the objects in it, not in folders below, by name. None: nothing is there.

    Raises
    ------
    StorageError
        The storage cannot be asked.
    PatientError
        An object in the folder has a name that no file can have.
    """
    with _asked(url) as storage:
        try:
            found = storage.info(url.path)
            if found["type"] == "file":
                return [_described(url, found)]
            listed = storage.ls(url.path, detail=True)
        except FileNotFoundError:
            return []
    inside = f"{url.path}/"
    names = {str(one["name"]).lstrip("/").removeprefix(inside): one for one in listed if one["type"] == "file"}
    return [_described(_in_folder(url, name), one) for name, one in sorted(names.items()) if name]


def object_at(url: Url) -> StoredObject | None:
    """The object of a name; None where there is none, also where the name is that of a folder, which is not listed.

    Raises
    ------
    StorageError
        The storage cannot be asked.
    """
    with _asked(url) as storage:
        try:
            found = storage.info(url.path)
        except FileNotFoundError:
            return None
    return _described(url, found) if found["type"] == "file" else None


def require_object(url: Url) -> None:
    """Raise :class:`CohortError` where there is no object, as `object_at` where the storage cannot be read."""
    if object_at(url) is None:
        raise CohortError(
            f"{url} does not exist or is no object; expected a table (CSV or Parquet): correct the address"
        )


def contents_of(objects: Sequence[StoredObject]) -> list[bytes]:
    """Their bytes, asked for at the same time where the driver can.

    Raises
    ------
    StorageError
        The storage cannot be asked, or an object is gone.
    """
    if not objects:
        return []
    with _asked(objects[0].url) as storage:
        found = _read(storage, [one.url for one in objects])
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return found


def contents_at(urls: Sequence[Url]) -> list[bytes | None]:
    """What is at several addresses of one bucket, asked for at the same time where the driver can; None where nothing is.

    Raises
    ------
    StorageError
        The storage cannot be asked.
    """
    if not urls:
        return []
    with _asked(urls[0]) as storage:
        found = _read(storage, urls)
        for one in found:
            if isinstance(one, BaseException) and not isinstance(one, FileNotFoundError):
                raise one
        return [None if isinstance(one, FileNotFoundError) else one for one in found]


def put_objects(contents: Mapping[Url, bytes]) -> None:
    """Store objects of one bucket, each whole or not at all, in the place of those that are there.

    Raises
    ------
    StorageError
        Not all of them could be stored.
    """
    if not contents:
        return
    with _asked(next(iter(contents)), "written") as storage:
        storage.pipe({url.path: content for url, content in contents.items()})


def sizes_below(url: Url) -> dict[Url, int]:
    """Bytes of every object in a folder, and in folders below.

    Raises
    ------
    StorageError
        The storage cannot be asked.
    """
    with _asked(url) as storage:
        found = storage.find(url.path, detail=True)
    paths = {str(name).lstrip("/"): int(one["size"]) for name, one in found.items()}
    return {Url(url.scheme, url.bucket, path.removeprefix(f"{url.bucket}/")): size for path, size in paths.items()}


def _read(storage: AbstractFileSystem, urls: Sequence[Url]) -> list[Any]:
    """Their bytes, or the driver's error for each."""
    paths = [url.path for url in urls]
    return list(storage.cat_ranges(paths, [None] * len(paths), [None] * len(paths)))


def _described(url: Url, found: Mapping[str, Any]) -> StoredObject:
    told = [str(found[name]).strip('"') for name in (*TAGS, *TIMES) if found.get(name)]
    return StoredObject(url, int(found["size"]), told[0] if told else "")


def _in_folder(folder: Url, name: str) -> Url:
    """Keys are any text: ``..``, or longer than the name of a file."""
    if PurePosixPath(name).parts != (name,) or name == ".." or len(name.encode()) > LONGEST_NAME or "\0" in name:
        raise PatientError(
            f"{folder.name} holds an object called {name[:LONGEST_NAME]!r}, as no file can be called: rename it"
        )
    return Url(folder.scheme, folder.bucket, f"{folder.key}/{name}".lstrip("/"))


@contextmanager
def _asked(url: Url, done: Literal["read", "written"] = "read") -> Iterator[AbstractFileSystem]:
    """The storage of an address; what its driver answers within the block is one error that says what to do."""
    # Imported here because it takes a while to load, and a cohort of files does without.
    import fsspec

    if url.scheme not in fsspec.available_protocols():
        raise StorageError(
            f"{url}: no storage is known by {url.scheme}://; expected s3://, gs:// or az://: correct the address",
            "unknown",
        )
    try:
        yield fsspec.filesystem(url.scheme, use_listings_cache=False, **PATIENCE.get(url.scheme, {}))
    except ImportError as error:
        extra = EXTRAS.get(url.scheme)
        remedy = f"pip install 'radsurv[{extra}]'" if extra else one_line(error)
        raise StorageError(
            f"{url}: what reads {url.scheme}:// is not installed (where the run is, and its workers are): {remedy}",
            "not installed",
        ) from None
    except (PatientError, StorageError, MemoryError):
        raise
    except PermissionError as error:
        raise StorageError(
            f"{url}: the storage denies it ({_said(error)}): give the account of the environment (AWS_PROFILE and the like,"
            f" docs/scale.md) the right to {RIGHTS[done]}, or renew its credentials",
            "denied",
        ) from None
    except Exception as error:  # each driver has errors of its own, few of them the operating system's
        raise StorageError(
            f"{url}: the storage cannot be {done} ({_said(error)}): check credentials, endpoint and region in the environment"
            " (docs/scale.md), and the network; then the same command goes on from what was fetched",
            type(error).__name__,
        ) from None


def _said(error: Exception) -> str:
    """Without what stands behind an address: it may be a signature."""
    said = re.sub(r"\?[^\s\"']*", "", one_line(error))[:LONGEST_FAULT]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
