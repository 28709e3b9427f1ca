"""Pixels are counted against what their header promises: no fewer, and none read that it does not."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, ClassVar, Protocol

from radsurv.errors import PatientError

GZIP_MAGIC = b"\x1f\x8b"
GZIP_FORMAT = 31  # zlib's number for a gzip header and a checksum
EITHER_FORMAT = 47  # that for a header of its own or of gzip, whichever is there
CHUNK = 1 << 22  # a multiple of every type's size
SLACK = 1 << 16  # behind the pixels: a line end that a program adds, what tapes and disks fill up their blocks with


class Content(Protocol):
    """What pixels are read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or fewer where it ends."""


class Gunzipped:
    """The content of a gzip stream of one or several members; never more of it is unpacked than is asked for.

    Parameters
    ----------
    file : binary file
        At the start of the stream.
    name : str
        The file, for messages.
    """

    wbits: ClassVar[int] = GZIP_FORMAT

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._member = zlib.decompressobj(self.wbits)
        self._packed = b""
        self._over = False

    def read(self, size: int, /) -> bytes:
        """So many bytes, or fewer where the stream ends.

        Raises
        ------
        PatientError
            It ends in the middle of a member, is damaged, or has more than `SLACK` bytes of something else behind it.
        """
        found = bytearray()
        while len(found) < size and not self._over:
            if not self._member.eof:
                found += self._some(size - len(found))
            elif not self._next_member():
                self._over = True
        return bytes(found)

    def _some(self, most: int) -> bytes:
        packed = self._packed or self._file.read(SLACK)
        try:
            some = self._member.decompress(packed, most)
        except zlib.error as error:
            raise PatientError(f"{self._name} is damaged ({error}); copy it again") from None
        if not packed and not some:
            raise PatientError(f"{self._name} is cut short: its compressed data end too early; copy it again")
        self._packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return some

    def _next_member(self) -> bool:
        if len(self._packed) <= SLACK:
            self._packed += self._file.read(SLACK + 1)
        if self._packed.startswith(GZIP_MAGIC):
            self._member = zlib.decompressobj(GZIP_FORMAT)
            return True
        if len(self._packed) > SLACK:
            raise PatientError(
                f"{self._name} has more than {SLACK:,} bytes behind its compressed data that are no gzip stream; copy it again"
            )
        return False


class Inflated(Gunzipped):
    """The same of one stream of zlib or gzip, with which the file ends."""

    wbits = EITHER_FORMAT

    def _next_member(self) -> bool:
        if self._packed or self._file.read(1):
            raise PatientError(
                f"{self._name} has more bytes behind its compressed data; expected its end there: copy it again, or convert it without"
                " compression"
            )
        return False


def unpacked(file: BinaryIO, name: str) -> Content:
    """A file as it is, or what a gzip stream that begins here holds."""
    start = file.tell()
    is_packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    file.seek(start)
    return Gunzipped(file, name) if is_packed else file


def pixels(content: Content, before: int, promised: int, name: str) -> Iterator[bytes]:
    """The promised bytes in pieces of `CHUNK`, but for the last; then the end of the file is looked for.

    Parameters
    ----------
    content : Content
        At the first pixel.
    before : int
        Bytes before the first pixel, for messages.
    promised : int
        Bytes of all pixels.
    name : str
        The file, for messages.

    Raises
    ------
    PatientError
        There are fewer, or more than `SLACK` further ones; or as `Gunzipped` says.
    """
    found = 0
    while found < promised and (piece := content.read(min(CHUNK, promised - found))):
        found += len(piece)
        yield piece
    if found < promised:
        raise PatientError(
            f"{name} is cut short: {before + found:,} bytes, expected {before + promised:,}; copy it again"
        )
    if len(content.read(SLACK + 1)) > SLACK:
        raise PatientError(
            f"{name} has more behind its pixels than the {SLACK:,} bytes that may follow them; its header promises"
            f" {before + promised:,} bytes in all: correct the header, or convert the image again"
        )
