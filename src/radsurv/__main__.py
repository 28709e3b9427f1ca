"""The command ``radsurv`` as a process of its own, also as ``python -m radsurv`` where it is not on the path."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress

# When Python looks for garbage that refers to itself. The libraries make a million objects that stay, and were looked through so often
# while they load that it took a sixth of the time of starting with PyTorch.
COLLECTED = (50_000, 5, 20)
_ended_with: int | None = None


def enter() -> int:
    """Run the command line; the exit status."""
    global _ended_with
    gc.set_threshold(*COLLECTED)
    # First of all, so that it is called last: after threads have ended, and what libraries have to put in order.
    atexit.register(_leave)
    from radsurv.cli import main

    _ended_with = main()
    return _ended_with


def _leave() -> None:
    """End here: to take a million objects apart before the memory goes back as a whole takes up to a second."""
    if _ended_with is None:
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads it any more
            stream.flush()
    os._exit(_ended_with)


if __name__ == "__main__":
    raise SystemExit(enter())
