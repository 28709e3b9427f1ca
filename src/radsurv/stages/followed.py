"""The run that is at work on its dashboard: loops tell it how far they are, whatever stage they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from radsurv.compute.progress import SoFar
from radsurv.config import Config
from radsurv.options.run import NoTracking
from radsurv.stages.run_folder import RunFolder

if TYPE_CHECKING:
    from radsurv.report.tracking import Tracked

_at_work: ContextVar[Tracked | None] = ContextVar("run on its dashboard", default=None)


@contextmanager
def followed(config: Config, folder: RunFolder, say: Callable[[str], None]) -> Iterator[None]:
    """A block in which a run is logged while it goes: from the beginning on, so that one which dies is there.

    Its folder on the dashboard lies beside the results, which may never take their place. A run that is not to have a report is
    not logged.
    """
    tracked = tracked_run(config, folder, say) if config.until == "report" else None
    if tracked is None:
        yield
        return
    token = _at_work.set(tracked)
    try:
        tracked.start()
        yield
    except BaseException:
        for note in tracked.fail():
            say(note)
        raise
    finally:
        _at_work.reset(token)


def tracked_run(config: Config, folder: RunFolder, say: Callable[[str], None]) -> Tracked | None:
    """The run at work; where a stage runs alone, as under DVC, one that is begun when its report is written. None: no dashboard."""
    if isinstance(config.tracking, NoTracking):
        return None
    # Imported here because it loads what draws figures and counts pairs, which most stages do without.
    from radsurv.report.tracking import Tracked

    return _at_work.get() or Tracked.of(config, config.tracking, folder.home, say)


def tell(loop: str, done: int, total: int, so_far: SoFar) -> None:
    """How far a loop of the run at work is."""
    tracked = _at_work.get()
    if tracked is not None:
        tracked.advanced(loop, done, total, so_far)
