"""The form of one entry of the cache: a line that says what follows it, and the content.

The line holds the format, the SHA-256 of the entry's key and its content, and the length of the content in bytes. So a file that was
cut short, filled with zeros by a power cut, changed, or copied to the name of another entry is told from a whole one.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

# Raised when the form changes, or what is kept under a key: earlier entries then count as damaged.
FORMAT = 2
_LINE = re.compile(rb"radsurv cache entry, format ([0-9]{1,9}), sha256 ([0-9a-f]{64}), ([0-9]{1,18}) bytes\n")
# No line is longer.
_MOST = 160


class DamagedEntry(ValueError):
    """The content is not what was stored; says in which way."""


def sealed(key: str, content: bytes) -> bytes:
    """The bytes of the file that keeps `content` under `key`."""
    digest = _digest(key, content)
    return f"radsurv cache entry, format {FORMAT}, sha256 {digest}, {len(content)} bytes\n".encode() + content


def opened(key: str, file: bytes) -> bytes:
    """The content of an entry's file.

    Raises
    ------
    DamagedEntry
        Another format, length or checksum.
    """
    start, digest = _read_line(file[:_MOST], len(file))
    content = file[start:]
    if _digest(key, content) != digest:
        raise DamagedEntry("its checksum is another")
    return content


def glance(path: Path) -> None:
    """Look at the line and the length alone, without reading the content.

    Raises
    ------
    DamagedEntry
        Another format or length.
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        _read_line(file.read(_MOST), path.stat().st_size)


def _read_line(head: bytes, size: int) -> tuple[int, str]:
    """Where the content begins, and its checksum."""
    line = _LINE.match(head)
    if line is None:
        raise DamagedEntry("no entry of RadSurv's cache" if head else "it is empty")
    version, digest, length = line.groups()
    if int(version) != FORMAT:
        raise DamagedEntry(f"format {int(version)}, expected {FORMAT}")
    found = size - line.end()
    if found != int(length):
        raise DamagedEntry(f"{found} bytes of content, expected {int(length)}")
    return line.end(), digest.decode()


def _digest(key: str, content: bytes) -> str:
    digest = hashlib.sha256(f"{key}\n".encode())
    digest.update(content)
    return digest.hexdigest()
