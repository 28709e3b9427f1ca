"""How work tells of its progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

SoFar = Callable[[], Mapping[str, float]]


def nothing_yet() -> Mapping[str, float]:
    """No value is known before the loop has ended."""
    return {}


class Advance(Protocol):
    """How a loop tells that one more piece of it is finished."""

    def __call__(self, so_far: SoFar = nothing_yet) -> None:
        """Parameters
        ----------
        so_far
            Gives values that are known by now, by name. It is called before this returns, or never: only where somebody follows.
        """


@dataclass(frozen=True)
class Effort:
    """What is said of a loop that is found to be long.

    Attributes
    ----------
    work
        What it does in all: ``1,000 permutations``; the number of its pieces if left out.
    shorter
        What would make it shorter.
    kept
        Whether it goes on where it was if it is killed and started again.
    """

    work: str = ""
    shorter: str = ""
    kept: bool = False


NOTHING_TO_SAY = Effort()


class Bar(Protocol):
    """How somebody is told how far a loop is."""

    def __call__(
        self, label: str, total: int, done: int = 0, effort: Effort = NOTHING_TO_SAY
    ) -> AbstractContextManager[Advance]:
        """A block in which the function that it gives is called once per finished piece of work.

        Parameters
        ----------
        label, total
            What is done, and how many pieces there are.
        done
            Pieces that are finished before the block begins.
        effort
            For where the loop is found to be long.
        """


def unheard(so_far: SoFar = nothing_yet) -> None:
    """Tell nobody."""


@contextmanager
def silent(label: str, total: int, done: int = 0, effort: Effort = NOTHING_TO_SAY) -> Iterator[Advance]:
    """No bar."""
    yield unheard


class Heard(Protocol):
    """Who is told of parts, at any time and from any thread."""

    def __call__(self, share: float, parts: str) -> None:
        """Parameters
        ----------
        share
            Of a piece, how much was finished.
        parts
            What a piece consists of: ``300 models × 30 trials``; empty where it is done as a whole.
        """


@dataclass(frozen=True)
class Parts:
    """The work at hand within the loop that somebody watches.

    Attributes
    ----------
    heard
        Who watches.
    share
        Of a piece, how much the work at hand is.
    parts
        What a piece has been divided into.
    """

    heard: Heard
    share: float = 1.0
    parts: str = ""

    def among(self, count: int, noun: str) -> Parts:
        """Of the work at hand, one of so many parts."""
        parts = f"{self.parts} × {count:,} {noun}".removeprefix(" × ")
        return Parts(self.heard, self.share / max(count, 1), parts)


# Of the thread that works: `radsurv.compute.parallel` hands it on to the threads of a loop; workers of a cluster tell nobody.
_AT_HAND: ContextVar[Parts | None] = ContextVar("_AT_HAND", default=None)


def parts_at_hand() -> Parts | None:
    """What is told of in this thread."""
    return _AT_HAND.get()


@contextmanager
def telling(parts: Parts | None) -> Iterator[None]:
    """A block in which this is told of, or nothing."""
    before = _AT_HAND.set(parts)
    try:
        yield
    finally:
        _AT_HAND.reset(before)


@contextmanager
def among(count: int, noun: str) -> Iterator[None]:
    """A block in which the work at hand is divided into so many parts, each of which calls :func:`part_done` when it is finished."""
    at_hand = _AT_HAND.get()
    with telling(None if at_hand is None else at_hand.among(count, noun)):
        yield


def part_done(count: int = 1) -> None:
    """So many more parts are finished: of a loop whose first piece takes hours, the pace is known by its parts."""
    at_hand = _AT_HAND.get()
    if at_hand is not None and count:
        at_hand.heard(count * at_hand.share, at_hand.parts)
