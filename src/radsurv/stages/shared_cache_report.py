"""What ``radsurv cache`` says of the shared cache, and uploads to it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from radsurv.compute.cache_contents import contents
from radsurv.compute.cache_entry import DamagedEntry, opened
from radsurv.compute.cache_folder import AT_ONCE, SUFFIX
from radsurv.errors import ConfigError
from radsurv.objects.shared_cache import SharedCache
from radsurv.stages.cache_limit import shown
from radsurv.stages.terminal import progress_bar


def described_shared(shared: SharedCache) -> list[str]:
    """What it has, by kind.

    Raises
    ------
    StorageError
        It cannot be asked.
    """
    entries = {name: size for name, size in shared.sizes().items() if name.endswith(SUFFIX)}
    said = [
        f"{shared.url}: {len(entries):,} entries, {shown(sum(entries.values()))} (compute.shared_cache: nothing is deleted there, and each"
        " is checked whenever it is fetched)"
    ]
    kinds: dict[str, list[int]] = {}
    for name, size in sorted(entries.items()):
        kinds.setdefault(name.partition("/")[0], []).append(size)
    rows = [{"kind": kind, "entries": len(sizes), "size": shown(sum(sizes))} for kind, sizes in kinds.items()]
    return [*said, pd.DataFrame(rows).to_string(index=False)] if rows else said


def upload(folder: Path, shared: SharedCache | None) -> str:
    """Have it take every whole entry of a cache folder that it lacks, or has shorter; says what was uploaded.

    Raises
    ------
    ConfigError
        There is none.
    StorageError
        It cannot be used.
    """
    if shared is None:
        raise ConfigError("--share: there is no shared cache: name one, compute.shared_cache=s3://BUCKET/FOLDER")
    shared.require()
    there = shared.sizes()
    here = {entry.path.relative_to(folder).as_posix(): entry for entry in contents(folder).entries}
    lacking = [name for name, entry in here.items() if name.endswith(SUFFIX) and entry.size > there.get(name, 0)]
    n_uploaded = n_bytes = 0
    with progress_bar("uploaded", len(lacking)) as advance:
        for start in range(0, len(lacking), AT_ONCE):
            some = lacking[start : start + AT_ONCE]
            files = {name: file for name in some if (file := _whole(here[name].path)) is not None}
            shared.send(files)
            n_uploaded += len(files)
            n_bytes += sum(map(len, files.values()))
            for _ in some:
                advance()
    left = len(lacking) - n_uploaded
    broken = f"; broken, or not to be read, and left out: {_entries(left)}" if left else ""
    return f"to {shared.url}: {_entries(n_uploaded)} uploaded ({shown(n_bytes)}){broken}"


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _whole(path: Path) -> bytes | None:
    """The file of an entry; None where it is damaged, or cannot be read."""
    try:
        file = path.read_bytes()
        opened(path.stem, file)
    except (OSError, DamagedEntry):
        return None
    return file
