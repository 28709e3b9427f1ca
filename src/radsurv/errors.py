"""Errors a user can mend. Each message names the patient or file, what was found, what was expected, what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

# What to do about the operating system's commonest answers.
REMEDIES = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EACCES: "change its rights, or name another place",
    errno.EPERM: "change its rights, or name another place",
    errno.EROFS: "name a place that can be written",
    errno.ENOENT: "correct the path, or make the folder",
    errno.EEXIST: "name another place",
    errno.ENOTDIR: "name a folder",
    errno.EISDIR: "name a file",
}


class RadsurvError(Exception):
    """Base of every error that the command line prints as one line, without a traceback."""


class ConfigError(RadsurvError):
    """An override, an option or a combination of options that cannot be used."""


class CohortError(RadsurvError):
    """A fault of the whole cohort: the run cannot go on."""


@dataclass(frozen=True)
class Fault:
    """One of several things that are wrong.

    Attributes
    ----------
    what
        What was found, and where.
    remedy
        What was expected, or what to do; empty where `what` says it.
    patient_id, column
        Whose it is, and of which column; empty where it is nobody's, or that of no column.
    """

    what: str
    remedy: str = ""
    patient_id: str = ""
    column: str = ""


class TableFaults(CohortError):
    """A table that cannot be used; the message has the first few of its `faults`."""

    def __init__(self, message: str, faults: Sequence[Fault]) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class TooFewPatients(CohortError):
    """So many patients were left out that nothing can be learned; `excluded` has each of them with the reason."""

    def __init__(self, message: str, excluded: list[tuple[str, str]]) -> None:
        super().__init__(message)
        self.excluded = excluded


class PatientError(RadsurvError):
    """A fault of one patient: becomes a row of the QC table, and the run goes on without the patient."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CacheError(RadsurvError):
    """Entries of the cache that are broken, or that cannot be deleted."""


class StorageError(RadsurvError):
    """Object storage that cannot be reached, denies what is asked, or changes meanwhile: no patient's fault, the run cannot go on.

    `briefly` is the reason in a word or two, without address and host, for what is given to others.
    """

    def __init__(self, message: str, briefly: str = "") -> None:
        super().__init__(message)
        self.briefly = briefly


class WorkerLost(RadsurvError):
    """The operating system has ended a worker process."""


class WeightsError(RadsurvError):
    """Network weights that are missing, damaged or of another network."""


class TrainingSetError(RadsurvError):
    """A training set on which nothing can be fitted (NaN values, no event, too few patients)."""


class EveryPatientFails(Exception):
    """A fault that no check knows, and that every patient meets: hardly theirs. None that a user can mend; a note has the traceback."""


def in_words(error: RadsurvError | OSError) -> str:
    """The message; of the operating system's errors with the file that they are about, and what to do."""
    if isinstance(error, RadsurvError) or error.strerror is None:
        return str(error)
    about = f"{error.filename}: " if error.filename else ""
    remedy = REMEDIES.get(error.errno or 0)
    return f"{about}{error.strerror}" + (f": {remedy}" if remedy else "")


_WHILE = "while "


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Note on every error that passes what was being done, for whoever reads it without its traceback; see `in_work`."""
    try:
        yield
    except Exception as error:
        error.add_note(_WHILE + what)
        raise


def in_work(error: Exception) -> str:
    """What was being done, from the whole to the part, as the beginning of a message; empty where nobody noted it."""
    notes = [note.removeprefix(_WHILE) for note in getattr(error, "__notes__", ()) if note.startswith(_WHILE)]
    return ", ".join(reversed(notes)) + ": " if notes else ""
