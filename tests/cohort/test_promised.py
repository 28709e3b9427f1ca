"""Streams of any kind are read up to what is promised: the bytes are Python's gzip's, the ends are noticed."""

import gzip
import io
import tracemalloc
import zlib

import numpy as np
import pytest

from radsurv.cohort.promised import CHUNK, SLACK, Gunzipped, pixels, unpacked
from radsurv.errors import PatientError

BYTES = np.random.default_rng(0).integers(0, 9, 3_000_000).astype(np.uint8).tobytes()
PACKED = gzip.compress(BYTES, 1)


def read(content, promised, before=0):
    return b"".join(pixels(unpacked(io.BytesIO(content), "f"), before, promised, "f"))


@pytest.mark.parametrize(
    "packed",
    [BYTES, PACKED, gzip.compress(BYTES[:7]) + gzip.compress(b"") + gzip.compress(BYTES[7:])],
    ids=["plain", "gzip", "members"],
)
@pytest.mark.parametrize("behind", [b"", b"\n", b"\0" * 512, b"x" * SLACK], ids=["nothing", "line end", "zeros", "all"])
def test_what_was_promised_comes_whatever_little_follows(packed, behind):
    assert read(packed + behind, len(BYTES)) == BYTES


@pytest.mark.parametrize("size", [1, 1000, SLACK, 10**9])
def test_pieces_of_any_size_are_those_of_gzip(size):
    content = Gunzipped(io.BytesIO(PACKED[:40_000] if size == 1 else PACKED), "f")
    with gzip.open(io.BytesIO(PACKED)) as theirs:
        for _ in range(20):
            assert content.read(size) == theirs.read(size)


def test_pieces_are_no_longer_than_a_chunk():
    zeros = bytes(2 * CHUNK + 5)
    found = [len(piece) for piece in pixels(io.BytesIO(zeros), 0, len(zeros), "f")]
    assert found == [CHUNK, CHUNK, 5]


def test_too_few_and_too_many_are_told_with_their_numbers():
    with pytest.raises(PatientError, match=r"^f is cut short: 3,000,352 bytes, expected 3,000,353; copy it again"):
        read(PACKED, len(BYTES) + 1, before=352)
    with pytest.raises(
        PatientError, match=r"^f has more behind its pixels than the 65,536 bytes .* promises 1,352 bytes"
    ):
        read(PACKED, 1000, before=352)
    with pytest.raises(PatientError, match="more behind its pixels"):
        read(BYTES, len(BYTES) - SLACK - 1)


@pytest.mark.parametrize("share", [0.0001, 0.5, 0.999999])
def test_a_stream_that_is_cut_short(share):
    with pytest.raises(PatientError, match=r"^f is cut short: its compressed data end too early"):
        read(PACKED[: int(share * len(PACKED))], len(BYTES))


@pytest.mark.parametrize("place", [3, 1000, -6, -2], ids=["header", "data", "checksum", "length"])
def test_a_stream_that_is_damaged(place):
    damaged = bytearray(PACKED)
    damaged[place] ^= 0xFF
    with pytest.raises(PatientError, match=r"^f is (damaged \(Error -3|cut short)"):
        read(bytes(damaged), len(BYTES))


def test_a_second_member_that_is_damaged_is_none_that_may_follow():
    with pytest.raises(PatientError, match="damaged"):
        read(PACKED + b"\x1f\x8b" + bytes(20), len(BYTES))


def test_much_of_something_else_behind_the_stream():
    with pytest.raises(PatientError, match=r"^f has more than 65,536 bytes behind its compressed data"):
        read(PACKED + b"x" * (SLACK + 1), len(BYTES))


def test_of_28_gib_in_28_mib_only_what_is_promised_is_unpacked(monkeypatch):
    """448 members of 64 MiB of zeros each. The file of an issue, which ended the run."""
    member = gzip.compress(bytes(1 << 26), 9)
    bomb = io.BytesIO(member * 448)
    unpacked_bytes = []
    monkeypatch.setattr("radsurv.cohort.promised.zlib", _Counting(unpacked_bytes))
    tracemalloc.start()
    try:
        with pytest.raises(PatientError, match=r"^f has more behind its pixels"):
            list(pixels(Gunzipped(bomb, "f"), 352, 1000, "f"))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert sum(unpacked_bytes) == 1000 + SLACK + 1


class _Counting:
    """zlib, with a count of what it has unpacked."""

    error = zlib.error

    def __init__(self, counted):
        self.counted = counted

    def decompressobj(self, wbits):
        counted, member = self.counted, zlib.decompressobj(wbits)

        class Counted:
            def decompress(self, packed, most):
                found = member.decompress(packed, most)
                counted.append(len(found))
                return found

            def __getattr__(self, name):
                return getattr(member, name)

        return Counted()
