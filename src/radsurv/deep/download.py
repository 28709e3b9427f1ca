"""One file over HTTP: with a time-out, retries, resumption and a hash (torch's own download lacks the first three)."""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from filelock import FileLock

CONNECT_S, SILENCE_S = 8.0, 10.0
RETRIES = 4
BLOCK = 1 << 20
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE, SERVER_ERRORS = 206, 416, 500


def download(
    url: str,
    path: Path,
    hash_prefix: str,
    progress: Callable[[int, int], None] | None = None,
    *,
    algorithm: str = "sha256",
    connect_s: float = CONNECT_S,
    silence_s: float = SILENCE_S,
    pause_s: float = 1.0,
) -> None:
    """Fetch ``url`` into ``path``, which comes into being complete or not at all.

    A server that does not answer at first is not asked again: that machine is offline, and the user should hear so at
    once. A transfer that breaks off, or a server that is overloaded, is tried again after a pause, from where the
    partial file ends; so does the next call after a killed one.

    Parameters
    ----------
    hash_prefix : str
        Leading hexadecimal digits of the file's hash; none: any file will do.
    progress : callable, optional
        Called with the bytes so far and in all.
    algorithm : str
        Of the hash: sha256, or md5 where a server gives nothing better.
    connect_s : float
        For the server's answer, all its addresses together.
    silence_s : float
        For each block of the file.

    Raises
    ------
    OSError
        No answer, too many interruptions, or a file with another hash (the partial file is then deleted).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with FileLock(f"{path}.lock"):
        if path.is_file():  # another process fetched it while this one waited
            return
        start = _size(part)
        for attempt in range(RETRIES + 1):
            try:
                _append(url, part, progress, connect_s, silence_s)
                break
            except (OSError, http.client.HTTPException) as error:
                overloaded = isinstance(error, urllib.error.HTTPError) and error.code >= SERVER_ERRORS
                if attempt == RETRIES or not (overloaded or _size(part) > start):
                    raise OSError(_reason(error)) from None
                time.sleep(pause_s * 2**attempt)
        with part.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
        if not found.startswith(hash_prefix):
            part.unlink()
            what = {"sha256": "SHA-256", "md5": "MD5"}[algorithm]
            raise OSError(f"the download's {what} begins with {found[: len(hash_prefix)]}, expected {hash_prefix}")
        part.replace(path)


def _append(
    url: str, part: Path, progress: Callable[[int, int], None] | None, connect_s: float, silence_s: float
) -> None:
    """Fetch what the partial file still lacks."""
    have = _size(part)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = _answer(request, connect_s, silence_s)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == RANGE_NOT_SATISFIABLE:  # it was complete already: the hash decides
            return
        raise
    with response:
        if response.status != PARTIAL_CONTENT:
            have = 0
        total = have + int(response.headers.get("Content-Length", 0))
        with part.open("ab" if have else "wb") as file:
            while block := response.read1(BLOCK):
                file.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    if have < total:
        raise http.client.IncompleteRead(b"", total - have)


def _answer(request: urllib.request.Request, connect_s: float, silence_s: float) -> Any:
    """``urlopen`` within a time of its own: its time-out holds for each of a server's dozen addresses in turn."""
    outcome: SimpleQueue[Any] = SimpleQueue()

    def ask() -> None:
        try:
            outcome.put(urllib.request.urlopen(request, timeout=silence_s))
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = outcome.get(timeout=connect_s)
    except Empty:
        raise TimeoutError(f"no answer from {request.host} within {connect_s:g} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _reason(error: Exception) -> str:
    return str(error.reason) if isinstance(error, urllib.error.URLError) else str(error) or type(error).__name__
