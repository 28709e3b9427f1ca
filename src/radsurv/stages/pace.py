"""How long a loop takes: from the pace of the pieces that are done, how much time is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from radsurv.compute.progress import NOTHING_TO_SAY, Effort

MEASURED_S = 5.0  # before it, the pace says little; also the least time between two lines
LONG_S = 60.0  # a loop that takes longer is announced
LINES = 20  # of a loop without a terminal: one per 5 %


@dataclass
class Pace:
    """The pace of one loop.

    Attributes
    ----------
    label, total
        What is done, and how many pieces there are.
    done
        Pieces that are finished, by an earlier run at first.
    effort
        What is said of it where it is long.
    clock
        Seconds that never go back.
    """

    label: str
    total: int
    done: int = 0
    effort: Effort = NOTHING_TO_SAY
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _at_first: int = field(init=False)
    _shares: float = 0.0  # of pieces, finished here in parts
    _parts: str = ""
    _first: tuple[float, float] | None = None  # the end of the first part: before it things are loaded and compiled
    _said: float = field(init=False)
    _lines: int = field(init=False)
    _announced: bool = False

    def __post_init__(self) -> None:
        self._began = self._said = self.clock()
        self._at_first = self.done
        self._lines = self._place()

    def advance(self) -> None:
        """One more piece is finished."""
        self.done += 1
        self._mark()

    def part(self, share: float, parts: str) -> None:
        """So much of a piece is finished, see `radsurv.compute.progress.Heard`."""
        self._shares += share
        self._parts = parts or self._parts
        self._mark()

    def left_s(self) -> float | None:
        """Seconds until all is done; None while it cannot be told.

        Measured from the end of the first part on, for as long as that took if it was long: with several workers the next ones end soon
        after it, and are no pace.
        """
        if self._first is None:
            return None
        at, done = self._first
        measured, more = self.clock() - at, self._done_here() - done
        if more <= 0 or measured < max(MEASURED_S, min(at - self._began, LONG_S)):
            return None
        return (self.total - self._at_first - self._done_here()) * measured / more

    def announcement(self) -> str | None:
        """Once, and where the loop is found to be long: how long it will take, what would make it shorter, and whether it may be ended."""
        left = None if self._announced or self.done == self.total else self.left_s()
        if left is None:
            return None
        self._announced = True
        if self.clock() - self._began + left < LONG_S:
            return None
        work = " × ".join(filter(None, [self.effort.work or f"{self.total:,}", self._parts]))
        done = f" ({self.done:,} done)" if self.done else ""
        shorter = f"; shorter with {self.effort.shorter}" if self.effort.shorter else ""
        kept = "; goes on where it was if it is killed and started again" if self.effort.kept else ""
        return f"about {in_time(left)}: {work}{done}{shorter}{kept}"

    def line(self) -> str | None:
        """Where a further twentieth is done, and time has passed since the last one: ``250 of 1,000, 3 min, 9 min left``."""
        part, now = self._place(), self.clock()
        if part == self._lines or self.done == self.total or now - self._said < MEASURED_S:
            return None
        self._lines, self._said = part, now
        left = self.left_s()
        return f"{self.done:,} of {self.total:,}, {in_time(now - self._began)}" + (
            "" if left is None else f", {in_time(left)} left"
        )

    def _mark(self) -> None:
        if self._first is None:
            self._first = self.clock(), self._done_here()

    def _done_here(self) -> float:
        """Pieces: those that tell of no parts count when they are whole."""
        return max(self._shares, self.done - self._at_first)

    def _place(self) -> int:
        return LINES * self.done // max(self.total, 1)


def in_time(seconds: float) -> str:
    """A span of time in its two largest units, or one where that is enough.

    >>> [in_time(seconds) for seconds in (4.4, 59.6, 89, 240, 3599, 7500, 200_000)]
    ['4 s', '1 min', '1 min', '4 min', '1 h', '2 h 5 min', '55 h 33 min']
    """
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    return " ".join(parts)
