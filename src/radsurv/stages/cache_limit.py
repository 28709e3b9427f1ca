"""What is done about the cache when a stage has used it."""

from __future__ import annotations

from pydantic import ByteSize

from radsurv.compute.cache_contents import Pruned, prune
from radsurv.compute.cache_use import CacheUse
from radsurv.compute.compute_options import ComputeConfig


def settle(compute: ComputeConfig, use: CacheUse) -> list[str]:
    """Keep the cache within its limit, where the stage has stored something in it; and say what was wrong with it."""
    notes = use.notes()
    if (use.written or use.fetched) and compute.cache_limit is not None:
        pruned = prune(compute.cache_folder, compute.cache_limit)
        if pruned.n_entries or pruned.failed:
            notes.append(
                f"the cache has reached compute.cache_limit, {shown(compute.cache_limit)}: {described(pruned)}"
            )
    return notes


def described(pruned: Pruned) -> str:
    """What was deleted, and what could not be."""
    entries = "entry" if pruned.n_entries == 1 else "entries"
    done = f"{pruned.n_entries:,} least recently used {entries} deleted ({shown(pruned.n_bytes)})"
    if not pruned.failed:
        return done
    path, reason = next(iter(pruned.failed.items()))
    return f"{done}, {len(pruned.failed):,} could not be (the first: {'/'.join(path.parts[-3:])}, {reason})"


def shown(n_bytes: int) -> str:
    """A size in units of 1000, as the option is written.

    >>> shown(20_000_000_000), shown(123)
    ('20.0 GB', '123 B')
    """
    return ByteSize(n_bytes).human_readable(decimal=True, separator=" ")
