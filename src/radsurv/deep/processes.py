"""Several devices: each has a process of its own, which sends its vectors here; and none of them chatters."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from jaxtyping import Float

Vector = Float[np.ndarray, "feature"]
OnPatient = Callable[[str, Vector], None]

POLL_S = 0.1
LOGGERS = ("pytorch_lightning", "lightning_fabric")


@contextmanager
def mailbox(deliver: OnPatient) -> Iterator[OnPatient]:
    """A substitute for ``deliver`` that other processes may call; a thread of this one passes the calls on.

    Vectors travel as files of a temporary folder, not through a queue: a process that is killed leaves no lock behind
    for which the others wait for ever. An exception of ``deliver`` is raised on leaving.
    """
    closed = threading.Event()
    with TemporaryDirectory(prefix="radsurv-") as folder, ThreadPoolExecutor(1) as pool:

        def read() -> None:
            last = False
            while not last:
                last = closed.wait(POLL_S)
                for letter in sorted(Path(folder).glob("*.npz")):
                    with np.load(letter, allow_pickle=False) as content:
                        deliver(str(content["patient_id"]), content["vector"])
                    letter.unlink()

        reader = pool.submit(read)
        try:
            yield _Outbox(Path(folder))
        finally:
            closed.set()
        reader.result()


class _Outbox:
    """Posts vectors from whichever process it has been sent to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.posted = folder, 0

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickled: this is a new process, in which Lightning has not been silenced yet."""
        self.__dict__.update(state)
        silence()

    def __call__(self, patient_id: str, vector: Vector) -> None:
        self.posted += 1
        draft = self.folder / f"{os.getpid()}-{self.posted:06d}.draft"
        with draft.open("wb") as file:
            np.savez(file, patient_id=np.array(patient_id), vector=vector)
        draft.replace(draft.with_suffix(".npz"))


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's banners, tips and advice, and as before afterwards."""
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    try:
        with warnings.catch_warnings():
            silence()
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def silence() -> None:
    """Switch off, in this process, what Lightning says about itself."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    # Asked for the CPU on a machine with a GPU: that is no mistake.
    warnings.filterwarnings("ignore", message="GPU available but not used")
    # Lightning's own use of torch's pytree.
    warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
