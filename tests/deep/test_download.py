"""Downloads from a server on this machine that misbehaves as told."""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from reliability import WEIGHTS, Fault, by_case

from radsurv.deep.download import download

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PATIENCE_S = 600.0

FAULTS = [
    Fault(
        kind=WEIGHTS, fault="a download of weights breaks off, again and again", status=None, case="breaks off",
        then="it goes on where it was, up to five times; so does the next run",
    ),
    Fault(
        kind=WEIGHTS, fault="a part of weights is there, as a run leaves it that is killed while it downloads them", status=None,
        case="killed", then="the next run downloads what is lacking",
    ),
    Fault(
        kind=WEIGHTS, fault="a server gives other bytes than those published", status=None, case="other",
        said="SHA-256 begins with", lost="nothing: no file is left", then="the same command, once the server is right",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)


class Server(ThreadingHTTPServer):
    """Serves ``CONTENT``; ``faults`` holds what goes wrong with the first requests, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults: list[str] = []
        self.released = threading.Event()  # of those who wait in silence
        self.ranges: list[str | None] = []

    def handle_error(self, *_: object) -> None:
        """A client that hung up is what some tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights.pth"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        wanted, fault = self.headers.get("Range"), self.server.faults.pop(0) if self.server.faults else "none"
        self.server.ranges.append(wanted)
        start = 0 if wanted is None or fault == "ignores ranges" else int(wanted.removeprefix("bytes=").rstrip("-"))
        if fault == "overloaded" or start >= len(CONTENT):
            self.send_error(503 if fault == "overloaded" else 416)
            return
        if fault == "silent":
            self.server.released.wait()
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        stop = start + 300_000 if fault in ("breaks off", "falls silent") else len(CONTENT)
        self.wfile.write(CONTENT[start:stop])
        if fault == "falls silent":
            self.server.released.wait()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def fetch(server, tmp_path):
    """Download to ``path``, with more patience than a loaded machine asks for, where a test does not say otherwise."""

    def fetch(hash_prefix=SHA256[:8], **patience):
        chosen = {"connect_s": PATIENCE_S, "silence_s": PATIENCE_S, "pause_s": 0.01, **patience}
        download(server.url, fetch.path, hash_prefix, **chosen)
        return fetch.path.read_bytes()

    fetch.path = tmp_path / "checkpoints" / "weights.pth"
    return fetch


def test_complete_with_progress(fetch, server):
    seen = []
    assert fetch(progress=lambda done, total: seen.append((done, total))) == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert not fetch.path.with_name("weights.pth.part").exists()


def test_resumes_where_a_transfer_broke_off(fetch, server):
    server.faults = [ROW["breaks off"].case] * 2
    assert fetch() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=600000-"]


def test_resumes_what_a_killed_run_left(fetch, server):
    fetch.path.parent.mkdir()
    fetch.path.with_name("weights.pth.part").write_bytes(CONTENT[:1000])
    assert fetch() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_killed_after_the_last_byte(fetch, server):
    fetch.path.parent.mkdir()
    fetch.path.with_name("weights.pth.part").write_bytes(CONTENT)
    assert fetch() == CONTENT


@pytest.mark.parametrize("fault", ["overloaded", "breaks off"])
def test_tries_again(fetch, server, fault):
    server.faults = [fault]
    assert fetch() == CONTENT


def test_tries_again_where_a_server_falls_silent(fetch, server):
    """Of five tries the first meets silence; the second has a second for each block."""
    server.faults = ["falls silent"]
    assert fetch(silence_s=1.0) == CONTENT


def test_server_without_ranges(fetch, server):
    server.faults = ["breaks off", "ignores ranges"]
    assert fetch() == CONTENT


def test_gives_up_in_the_end(fetch, server):
    server.faults = ["overloaded"] * 10
    with pytest.raises(OSError, match="Service Unavailable"):
        fetch()
    assert len(server.ranges) == 5


def test_wrong_hash_leaves_nothing_behind(fetch):
    with pytest.raises(OSError, match=rf"{ROW['other'].said} .* expected 00000000"):
        fetch("00000000")
    assert not fetch.path.exists()
    assert not fetch.path.with_name("weights.pth.part").exists()


def test_server_that_never_answers_does_not_hold_the_run(fetch, server):
    """Neither each of its addresses in turn, nor repetition, may add to the time-out."""
    server.faults = ["silent"] * 10
    started = time.monotonic()
    with pytest.raises(OSError, match=r"no answer from 127.0.0.1:\d+ within 2 s"):
        fetch(connect_s=2.0, pause_s=PATIENCE_S)
    assert time.monotonic() - started < PATIENCE_S
    assert server.ranges in ([None], [])  # a loaded machine may not have come to ask by then


def test_no_connection_is_said_at_once(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(OSError, match="refused"):
        download(f"http://127.0.0.1:{port}/weights.pth", tmp_path / "weights.pth", SHA256[:8], pause_s=PATIENCE_S)
    assert time.monotonic() - started < PATIENCE_S
