"""A cache that was damaged, lost or closed: rows of docs/reliability.md, each with a search whose trials are kept there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import object_storage
from fsspec.implementations.memory import MemoryFileSystem
from reliability import CACHE, GOES_ON, NOTHING, SAME, Made, World

from radsurv.compute.cache_entry import sealed
from radsurv.objects import shared_cache
from radsurv.options.urls import Url
from radsurv.stages import pipeline

COMPUTED = "1 entry of the cache (search/"


def spoilt(change: Callable[[bytes], bytes]) -> Callable[[World], object]:
    """The first entry, changed."""

    def make(world: World) -> None:
        entry = world.entries()[0]
        entry.write_bytes(change(entry.read_bytes()))

    return make


def one_bit(content: bytes) -> bytes:
    return content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]


def of_another(world: World) -> None:
    first, second, *_ = world.entries()
    shutil.copy(second, first)


def something_else(world: World) -> None:
    entry = world.entries()[0]
    entry.write_bytes(sealed(entry.stem, b'{"trials": []}'))


def a_folder(world: World) -> None:
    entry = world.entries()[0]
    entry.unlink()
    entry.mkdir()


def a_link(world: World) -> None:
    entry = world.entries()[0]
    entry.unlink()
    entry.symlink_to("/dev/null")


def answered(number: int, world: World, *, where: str, of: Callable[[str], bool]) -> None:
    """An answer of the operating system to a function of Path, for some files."""
    real = getattr(Path, where)

    def answer(path, *arguments, **options):
        if of(str(path)):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *arguments, **options)

    world.patch.setattr(Path, where, answer)


def of_others(world: World) -> None:
    first = str(world.entries()[0])
    answered(errno.EACCES, world, where="open", of=lambda path: path == first)


def gone(world: World) -> None:
    shutil.rmtree(world.folder / "cache")


def closed(number: int, world: World) -> None:
    gone(world)
    answered(number, world, where="touch", of=lambda path: "/cache/" in path)


def a_file(world: World) -> None:
    gone(world)
    (world.folder / "cache").write_text("mine")


def file_moved_away(world: World) -> None:
    assert (world.folder / "cache").read_text() == "mine"
    (world.folder / "cache").unlink()


def gone_meanwhile(world: World) -> None:
    run_stage = pipeline.run_stage

    def meanwhile(at, *rest):
        if at == "evaluate":
            gone(world)
        return run_stage(at, *rest)

    world.patch.setattr(pipeline, "run_stage", meanwhile)


def goes_on(
    fault: str, make: Callable[[World], object], said: str, *, lost: str = "that entry", put_in: bool = False
) -> Made:
    return Made(
        kind=CACHE, fault=fault, status=0, said=said, lost=lost, then=GOES_ON, put_in=put_in, setting="search", make=make
    )  # fmt: skip


def shared(world: World, *failing: str) -> None:
    """An empty cache of its own, and a shared one in storage, functions of whose driver fail."""
    gone(world)
    storage = world.ending.enter_context(object_storage.emptied())
    url = Url.parse("memory://lab7/cache")
    storage.pipe_file(f"{url.path}/{shared_cache.MARK}", shared_cache.SAYS)
    world.patch.setattr(shared_cache, "_silent", {})
    world.patch.setattr(shared_cache.SharedCache, "of", lambda _: shared_cache.SharedCache(url))

    def lost(*_arguments: object, **_options: object) -> None:
        raise ConnectionError("the network is down")

    for name in failing:
        world.patch.setattr(MemoryFileSystem, name, lost)


UNWRITABLE = "what it lacks is computed and not kept"
FAULTS = [
    goes_on("an entry is cut short", spoilt(lambda content: content[:-5]), "is damaged: computed again and replaced"),
    goes_on("an entry is empty", spoilt(lambda _: b""), "it is empty) is damaged: computed again and replaced"),
    goes_on("an entry is full of zeros", spoilt(lambda content: bytes(len(content))), "no entry of RadSurv's cache) is damaged"),
    goes_on("an entry is too long", spoilt(lambda content: content + b"]"), "is damaged: computed again and replaced"),
    goes_on("one bit of an entry is another", spoilt(one_bit), "its checksum is another) is damaged: computed again and replaced"),
    goes_on("an entry is a copy of another", of_another, "its checksum is another) is damaged: computed again and replaced"),
    goes_on("an entry is of another format", spoilt(lambda content: content.replace(b"format 2", b"format 7", 1)), "format 7, expected 2"),
    goes_on("an entry of something else, well sealed", something_else, "dict, expected a list) is damaged"),
    goes_on("an entry is a folder", a_folder, "Is a directory) cannot be read: left as it is and computed for this run"),
    goes_on("an entry is a link to `/dev/null`", a_link, "it is empty) is damaged: computed again and replaced"),
    goes_on(
        "an entry is somebody's who gives no right to read it", of_others, lost=NOTHING, put_in=True,
        said="Permission denied) cannot be read: left as it is and computed for this run; have its owner give the right to read it",
    ),
    goes_on("the whole cache is deleted", gone, "", lost="the cache"),
    goes_on("the whole cache is deleted while a run is at work", gone_meanwhile, "", lost="the cache"),
    goes_on(
        "the cache is on a full disk", partial(closed, errno.ENOSPC), lost="what would have been kept", put_in=True,
        said=f"the cache (compute.cache_dir) cannot be written, No space left on device: {UNWRITABLE}",
    ),
    goes_on(
        "the cache can be read only", partial(closed, errno.EROFS), lost="what would have been kept", put_in=True,
        said=f"the cache (compute.cache_dir) cannot be written, Read-only file system: {UNWRITABLE}",
    ),
    goes_on(
        "the cache is somebody's who gives no right to write", partial(closed, errno.EACCES), lost="what would have been kept",
        said=f"the cache (compute.cache_dir) cannot be written, Permission denied: {UNWRITABLE}", put_in=True,
    ),
    goes_on(
        "the network to the shared cache is lost in the middle of a run", lambda world: shared(world, "cat_file", "pipe_file"),
        "not taken by the shared cache (compute.shared_cache, ConnectionError): 4 results; `radsurv cache --share` uploads",
        lost="what others would have found", put_in=True,
    ),
    Made(
        kind=CACHE, fault="the shared cache cannot be reached when a run begins", status=1, setting="search", then=SAME, put_in=True,
        said="compute.shared_cache: memory://lab7/cache: the storage cannot be read (ConnectionError: the network is down): check",
        make=lambda world: shared(world, "info"),
    ),
    Made(
        kind=CACHE, fault="the folder of the cache is a file", status=1, setting="search", then=f"move it away; then {SAME}",
        said="compute.cache_dir=cache cannot be made (File exists): name a folder that can be written",
        make=a_file, mend=file_moved_away,
    ),
]  # fmt: skip
