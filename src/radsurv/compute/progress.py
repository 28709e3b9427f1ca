"""How work tells of its progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
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


class Bar(Protocol):
    """How somebody is told how far a loop is."""

    def __call__(self, label: str, total: int, done: int = 0, shorter: str = "") -> AbstractContextManager[Advance]:
        """A block in which the function that it gives is called once per finished piece of work.

        Parameters
        ----------
        label, total
            What is done, and how many pieces there are.
        done
            Pieces that are finished before the block begins.
        shorter
            What would make the loop shorter, for where it is found to be long.
        """


def unheard(so_far: SoFar = nothing_yet) -> None:
    """Tell nobody."""


@contextmanager
def silent(label: str, total: int, done: int = 0, shorter: str = "") -> Iterator[Advance]:
    """No bar."""
    yield unheard
