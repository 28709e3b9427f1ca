"""One process at a time in a folder: a second one is told who is at work."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import Timeout
from pydantic import BaseModel, ValidationError

from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.locks import SOFT, alone

# Says that the folder is a run's, and who is at work in it; empty when nobody is.
RUN = ".radsurv-run"
SWEEP = ".radsurv-sweep"
CHECK = ".radsurv-check"  # says only who is at work: a check makes no folder a run's
# One that is about to end, or to write who it is, is waited for.
PATIENCE_S = 0.5


class Owner(BaseModel):
    """Who is at work in a folder."""

    pid: int
    host: str
    since: str


@contextmanager
def locked(place: Path, shown: Path, name: str = RUN) -> Iterator[None]:
    """Have a folder, which is made if it is not there, for oneself.

    However the process ends, nobody else is kept out after it, as `alone` says.

    Parameters
    ----------
    shown
        The folder as messages name it.
    name
        Of the file that tells what the folder is, and who is at work in it. It is written before anything else.

    Raises
    ------
    ConfigError
        When another process has it, with its number, its machine, and since when.
    OSError
        When the folder cannot be written.
    """
    place.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(alone(place / name, PATIENCE_S))
        except Timeout as busy:
            soft = Path(busy.lock_file).name
            hint = f"; if that process is no more, delete {shown / soft}" if soft.endswith(SOFT) else ""
            raise ConfigError(
                f"run_dir={shown} is in use by another radsurv ({_owner(place / name)}): wait for its end, or name another run_dir{hint}"
            ) from None
        try:
            own = Owner(
                pid=os.getpid(), host=platform.node(), since=f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}"
            )
            with atomic(place / name) as temporary:
                temporary.write_text(own.model_dump_json() + "\n", encoding="utf-8")
            yield
        finally:
            with suppress(OSError):  # the folder may be gone
                if name == CHECK:
                    (place / name).unlink()
                else:
                    (place / name).write_bytes(b"")


def _owner(file: Path) -> str:
    try:
        found = Owner.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return "which has not said yet who it is"
    return f"process {found.pid} on {found.host}, since {found.since}"
