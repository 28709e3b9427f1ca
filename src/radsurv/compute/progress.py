"""How work tells of its progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[], None]


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


@contextmanager
def silent(label: str, total: int, done: int = 0, shorter: str = "") -> Iterator[Advance]:
    """No bar."""
    yield lambda: None
