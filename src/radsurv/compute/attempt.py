"""One piece of work on one patient: its value, or the reason why there is none. The one place that says whose fault a fault is."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from radsurv.errors import EveryPatientFails, PatientError, RadsurvError
from radsurv.formats import plural

Item = TypeVar("Item")
Result = TypeVar("Result")

TEXT_SHOWN = 200  # characters of somebody else's message


@dataclass(frozen=True)
class Unexpected:
    """A fault that no check has found, but one that a library or the operating system answered with.

    Attributes
    ----------
    what
        Kind, place and first line.
    where
        The same without the line, which may quote a file.
    story
        The traceback, for the developers; empty where there is none.
    """

    what: str
    where: str
    story: str


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """What came of one piece of work.

    Attributes
    ----------
    value : Result, optional
        None where there is a reason.
    reason : str, optional
        Why there is no value.
    unexpected : Unexpected, optional
        None where a check has found the fault.
    """

    value: Result | None
    reason: str | None
    unexpected: Unexpected | None = None


def attempt(function: Callable[[Item], Result], item: Item) -> Outcome[Result]:
    """`function` of an item that is one patient's, and whatever fails as this patient's fault.

    Raises
    ------
    RadsurvError
        One that is not a `PatientError`: a fault of the whole run.
    OSError
        One that the operating system answers with: no room on the disk, a folder that may not be written. Readers have made those
        about a patient's own files a `PatientError`.
    BaseException
        Whatever asks the program to end.
    """
    try:
        return Outcome(function(item), None)
    except Exception as error:
        if not is_of_one_patient(error):
            raise
        story = "".join(traceback.format_exception(error))
        found = None if isinstance(error, PatientError) else Unexpected(_what(error), _where(error), story)
        return Outcome(None, reason_of(error), found)


def is_of_one_patient(error: Exception) -> bool:
    """Whether an error that came up while a patient was worked on says nothing of the other patients, as `attempt` says."""
    if isinstance(error, RadsurvError):
        return isinstance(error, PatientError)
    return not (isinstance(error, OSError) and error.errno is not None)


def reason_of(error: Exception) -> str:
    """Why a patient has no value: of a `PatientError` its reason, of others their kind, first line and place, and that they are
    unexpected."""
    if isinstance(error, PatientError):
        return error.reason
    remedy = (
        "free memory, take fewer workers (compute.n_jobs), or crop the image"
        if isinstance(error, MemoryError)
        else "look at the patient's files; if they are sound, report it"
    )
    return f"unexpected {_what(error)}; {remedy}"


def _what(error: Exception) -> str:
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    said = said if len(said) <= TEXT_SHOWN else said[: TEXT_SHOWN - 1] + "…"
    return f"{_where(error)}{': ' if said else ''}{said}"


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def without_words(outcome: Outcome[Result]) -> Outcome[Result]:
    """The same without anything that somebody else said of an unexpected fault: it may quote the patient's files."""
    found = outcome.unexpected
    if found is None:
        return outcome
    reason = str(outcome.reason).replace(found.what, found.where)
    return replace(outcome, reason=reason, unexpected=Unexpected(found.where, found.where, ""))


def require_one(outcomes: Sequence[Outcome[Result]], work: str) -> None:
    """A fault that hits everybody is not the patients'.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of all patients.
    work : str
        What was done, for the message.

    Raises
    ------
    EveryPatientFails
        None has a value, and all faults were unexpected.
    """
    found = [outcome.unexpected for outcome in outcomes if outcome.unexpected is not None]
    if outcomes and len(found) == len(outcomes):
        attempts = plural(len(outcomes), "attempt")
        error = EveryPatientFails(
            f"{work}: {len(found)} of {attempts} failed, the first with an unexpected {found[0].what}"
        )
        error.add_note(found[0].story)
        raise error
