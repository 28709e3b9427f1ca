"""Storage for tests: fsspec's own in memory, moto, which answers as S3 does, and cohorts in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import fsspec
import pytest

BUCKET = "plantedbucket"


@contextmanager
def emptied() -> Iterator[fsspec.AbstractFileSystem]:
    """That of ``memory://``, which is one for all of a process, without anything in it, before and after."""
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    try:
        yield found
    finally:
        found.store.clear()
        found.pseudo_dirs[:] = [""]


@contextmanager
def s3(patch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    """A server of this process with an empty bucket; the environment leads every driver to it, also in other processes."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        given = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}
        for name, value in (given | {"ENDPOINT_URL": f"http://{host}:{port}"}).items():
            patch.setenv(f"AWS_{name}", value)
        # What an earlier server of this process had, and drivers that would ask it for ever.
        urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        S3FileSystem.clear_instance_cache()
        found = S3FileSystem(use_listings_cache=False)
        found.mkdir(BUCKET)
        yield found
    finally:
        server.stop()


def put(to: fsspec.AbstractFileSystem, folder: Path, key: str) -> None:
    """Every file of a folder as an object."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            to.pipe_file(f"{key}/{path.relative_to(folder).as_posix()}", path.read_bytes())
