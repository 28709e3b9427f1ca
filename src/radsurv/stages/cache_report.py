"""What ``radsurv cache`` does: show what lies in the cache, check it, make it smaller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd
from pydantic import ByteSize, TypeAdapter, ValidationError

from radsurv.compute.cache_contents import Contents, StoredFile, contents, prune
from radsurv.compute.cache_entry import DamagedEntry, glance, opened
from radsurv.compute.cache_folder import SUFFIX
from radsurv.compute.compute_options import ComputeConfig
from radsurv.errors import CacheError, ConfigError, StorageError
from radsurv.formats import first_few
from radsurv.objects.mirror import Mirror
from radsurv.objects.shared_cache import SharedCache
from radsurv.stages.cache_limit import described, shown
from radsurv.stages.shared_cache_report import described_shared, upload
from radsurv.stages.terminal import progress_bar

MOST_NAMED = 3


def cache_report(
    compute: ComputeConfig, *, size: str | None, verify: bool, share: bool, tell: Callable[[str], None]
) -> None:
    """Tell what lies in the cache, by kind, after deleting from it if asked to; the same of what is kept of object storage; and what the
    shared cache has.

    Parameters
    ----------
    size
        To which the least recently used entries are deleted, as text; empty: ``compute.cache_limit``. None: nothing is deleted.
    verify
        Check the checksum of every entry; otherwise only its first line and its length.
    share
        Upload what the shared cache lacks, before anything is deleted.
    tell
        Takes line after line.

    Raises
    ------
    ConfigError
        A size that is none; or there is no shared cache to upload to.
    StorageError
        The shared cache cannot be used; what is wrong with the folder is said too.
    CacheError
        Entries that are broken, or could not be deleted.
    """
    folder, shared = compute.cache_folder, SharedCache.of(compute)
    if share:
        tell(upload(folder, shared))
    faults = _told(folder, compute, size, verify=verify, tell=tell)
    objects = Mirror(folder, compute.cache_limit).folder
    if objects.is_dir():
        faults += _told(objects, compute, size, verify=verify, tell=tell)
    try:
        lines = [] if shared is None else described_shared(shared)
    except StorageError as error:
        raise StorageError("; ".join([*faults, str(error)]), error.briefly) from None
    for line in lines:
        tell(line)
    if faults:
        raise CacheError("; ".join(faults))


def _told(
    folder: Path, compute: ComputeConfig, size: str | None, *, verify: bool, tell: Callable[[str], None]
) -> list[str]:
    """Tell of one folder of entries, each of which has the limit for itself; what is wrong is returned."""
    faults = []
    if size is not None:
        limit = _limit(size, compute.cache_limit)
        pruned = prune(folder, limit)
        tell(f"to {shown(limit)}: {described(pruned)}")
        if pruned.failed:
            faults.append(
                f"{len(pruned.failed):,} entries could not be deleted: their owner can, or may give the right to"
            )
    found = contents(folder)
    most = "no limit" if compute.cache_limit is None else f"at most {shown(compute.cache_limit)}"
    tell(f"{folder}: {len(found.entries):,} entries, {shown(found.size)} (compute.cache_limit: {most})")
    broken, unreadable = _checked(found, verify=verify)
    if found.entries:
        tell(_table(found, broken, unreadable).to_string(index=False))
    for closed in found.closed:
        tell(f"cannot be looked into: {closed}")
    if broken:
        named = first_few([f"{path}, {reason}" for path, reason in broken.items()], MOST_NAMED, "; ")
        faults.append(f"{len(broken):,} broken, computed again by the next run that needs them: {named}")
    return faults


def _limit(size: str, default: int | None) -> int:
    if size:
        try:
            return TypeAdapter(ByteSize).validate_python(size)
        except ValidationError:
            raise ConfigError(
                f"--prune {size}: expected a size, for instance 5GB (1 GB = 1,000,000,000 bytes); overrides come before --prune"
            ) from None
    if default is None:
        raise ConfigError("compute.cache_limit=null sets no limit: say to which size, for instance --prune 5GB")
    return default


def _checked(found: Contents, *, verify: bool) -> tuple[dict[Path, str], dict[Path, str]]:
    """Entries that are broken, and those that cannot be read, with the reasons; one that vanishes meanwhile is neither."""
    broken: dict[Path, str] = {}
    unreadable: dict[Path, str] = {}
    current = [entry.path for entry in found.entries if _is_current(entry)]
    with progress_bar("checked", len(current)) as advance:
        for path in current:
            try:
                if verify:
                    opened(path.stem, path.read_bytes())
                else:
                    glance(path)
            except DamagedEntry as damage:
                broken[path] = str(damage)
            except FileNotFoundError:
                pass
            except OSError as error:
                unreadable[path] = error.strerror or type(error).__name__
            advance()
    return broken, unreadable


def _table(found: Contents, broken: Mapping[Path, str], unreadable: Mapping[Path, str]) -> pd.DataFrame:
    """One row per kind; `earlier`: files of earlier versions, which nobody reads any more."""
    rows = []
    for kind in sorted({entry.kind for entry in found.entries}):
        its = [entry for entry in found.entries if entry.kind == kind]
        rows.append(
            {
                "kind": kind,
                "entries": len(its),
                "size": shown(sum(entry.size for entry in its)),
                "oldest use": _day(min(entry.used_ns for entry in its)),
                "latest use": _day(max(entry.used_ns for entry in its)),
                "broken": sum(entry.path in broken for entry in its),
                "unreadable": sum(entry.path in unreadable for entry in its),
                "earlier": sum(not _is_current(entry) for entry in its),
            }
        )
    return pd.DataFrame(rows)


def _is_current(entry: StoredFile) -> bool:
    return entry.path.suffix == SUFFIX


def _day(used_ns: int) -> str:
    return f"{datetime.fromtimestamp(used_ns / 1e9):%Y-%m-%d}"
