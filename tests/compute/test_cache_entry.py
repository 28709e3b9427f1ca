"""An entry says what it holds, and by which key."""

import hashlib

import pytest

from radsurv.compute.cache_entry import DamagedEntry, glance, opened, sealed

KEY = "ab" * 32


def test_the_line_can_be_checked_by_hand():
    line, _, content = sealed(KEY, b"1 2 3").partition(b"\n")
    digest = hashlib.sha256(KEY.encode() + b"\n1 2 3").hexdigest()
    assert line == f"radsurv cache entry, format 2, sha256 {digest}, 5 bytes".encode()
    assert content == b"1 2 3"


@pytest.mark.parametrize("content", [b"", b"1", bytes(1000)])
def test_what_was_sealed_is_opened(content):
    assert opened(KEY, sealed(KEY, content)) == content


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "it is empty"),
        (bytes(400), "no entry of RadSurv's cache"),
        (b"PK\x03\x04", "no entry of RadSurv's cache"),
        (sealed(KEY, b"1 2 3").replace(b"format 2", b"format 7"), "format 7, expected 2"),
        (sealed(KEY, b"1 2 3")[:-1], "4 bytes of content, expected 5"),
        (sealed(KEY, b"1 2 3") + b"4", "6 bytes of content, expected 5"),
        (sealed(KEY, b"1 2 3")[:-1] + b"4", "its checksum is another"),
        (sealed("cd" * 32, b"1 2 3"), "its checksum is another"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, file, reason):
    with pytest.raises(DamagedEntry, match=f"^{reason}$"):
        opened(KEY, file)
    path = tmp_path / "entry"
    path.write_bytes(file)
    if "checksum" in reason:  # needs the content
        glance(path)
    else:
        with pytest.raises(DamagedEntry, match=f"^{reason}$"):
            glance(path)
