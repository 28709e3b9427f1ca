"""SIGINT and SIGTERM end a command in order: what is open is closed, locks are given back, and nothing is half moved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SAID = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


class Heard:
    """What has come in since a command began.

    Attributes
    ----------
    signal
        The last of `SAID`; None where none came. Libraries answer an interruption with endings of their own (Lightning: exit
        status 1), so that this, and not what arrives at the top, says why a command ended.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._held = False
        self._waiting = False

    def hear(self, number: int, _: FrameType | None) -> None:
        """A signal handler."""
        self.signal = signal.Signals(number)
        if self._held:
            self._waiting = True
        else:
            raise KeyboardInterrupt

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let signals wait until the block has ended."""
        self._held = True
        try:
            yield
        finally:
            self._held, waiting, self._waiting = False, self._waiting, False
        if waiting:
            raise KeyboardInterrupt


_heard = Heard()


@contextmanager
def listening() -> Iterator[Heard]:
    """Turn the signals of `SAID` into KeyboardInterrupt while the block lasts; those that are ignored (``nohup``) stay so."""
    global _heard
    _heard = Heard()
    earlier = {}
    if threading.current_thread() is threading.main_thread():  # no other may set handlers
        for number in SAID:
            if signal.getsignal(number) is not signal.SIG_IGN:
                earlier[number] = signal.signal(number, _heard.hear)
    try:
        yield _heard
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Let the signals of `SAID` wait until the block has ended: for what takes an instant and must not stop half-way."""
    with _heard.held_back():
        yield
