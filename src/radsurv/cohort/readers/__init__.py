"""The formats of images and outlines: every module here is one, and its ``READER`` reads it."""

from __future__ import annotations

import importlib
import pkgutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radsurv.cohort.choice import THE_ONLY_ONE, Choice
from radsurv.cohort.reader import Content, Reader
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError


def discover() -> tuple[Reader, ...]:
    """The readers of this folder, in the order of their modules' names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").READER for name in names)


READERS = discover()


def read_image(path: Path, choice: Choice = THE_ONLY_ONE) -> Volume:
    """Read one scalar 3-D volume.

    Parameters
    ----------
    path : Path
        A file or folder of a format that one of `READERS` recognises.
    choice : Choice
        Which of several series is meant.

    Raises
    ------
    PatientError
        It is missing, of no such format, or as its reader says.
    """
    with _file_faults(path):
        return _reader(path, "image").read_image(path, choice)


def read_outline(path: Path, grid: Volume, choice: Choice = THE_ONLY_ONE) -> Volume:
    """Read an outline as a Boolean volume.

    Parameters
    ----------
    path : Path
        A file or folder of a format that one of `READERS` recognises.
    grid : Volume
        The image that it was traced on.
    choice : Choice
        Which of several labels or structures is the tumour. By default the only one that there is.

    Returns
    -------
    Volume
        On the grid of the file where it has one: whether that is the image's is for `check_same_geometry` to say.

    Raises
    ------
    PatientError
        As `read_image`.
    """
    with _file_faults(path):
        return _reader(path, "outline").read_outline(path, grid, choice)


def _reader(path: Path, content: Content) -> Reader:
    """Of several that recognise the path, the one that knows most of its name (.seg.nrrd before .nrrd)."""
    found = [reader for reader in READERS if reader.recognises(path)]
    able = [reader.description for reader in READERS if content in reader.holds]
    if not found:
        path.stat()  # raises where there is no such file
        raise PatientError(f"{path.name} is neither {', '.join(able[:-1])} nor {able[-1]}; convert it")
    chosen = max(found, key=lambda reader: (len(reader.suffix_of(path)), content in reader.holds))
    if content not in chosen.holds:
        raise PatientError(
            f"{path.name} is {chosen.description}, which holds no {content}; expected {' or '.join(able)}"
        )
    return chosen


@contextmanager
def _file_faults(path: Path) -> Iterator[None]:
    """What the operating system says of a patient's file, as that patient's fault; and that it is a file, and stays as it is."""
    try:
        before = _state(path)
        yield
        after = _state(path)
    except FileNotFoundError:
        raise PatientError(
            f"{path.parent.name}/{path.name} does not exist; correct the table or add the file"
        ) from None
    except OSError as error:
        raise PatientError(f"{path.name} cannot be opened ({error.strerror}); check the file and its rights") from None
    if before != after:
        raise PatientError(f"{path.name} changed while it was read; run again when whatever writes it has ended")


def _state(path: Path) -> tuple[int, ...]:
    """What differs once a file has been written; nothing where there is none, which is for its reader to say.

    Raises
    ------
    PatientError
        It is no file and no folder. A pipe would be waited for, for ever.
    """
    if not path.exists():
        return ()
    found = path.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise PatientError(f"{path.name} is a pipe, a socket or a device; expected a file: correct the table")
    return found.st_ino, found.st_size, found.st_mtime_ns
