"""What nobody expected: one line for the user, and the whole story in a file for the developers."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from radsurv import __version__
from radsurv.environment import command_line, package_versions, without_secrets
from radsurv.errors import EveryPatientFails, RadsurvError, in_words, in_work
from radsurv.files import atomic
from radsurv.formats import one_line

FILE = "crash.txt"
ELSEWHERE = f"radsurv-{FILE}"
FAULT_OF_THE_USER = 1
FAULT_OF_THE_PROGRAM = 70  # EX_SOFTWARE of BSD's sysexits.h
LONGEST_MESSAGE = 300
WITHHELD = "(withheld: cohort.pseudonymise)"
# Of PyTorch on a graphics card, and of joblib where the system has killed a worker.
OUT_OF_MEMORY = ("OutOfMemoryError", "TerminatedWorkerError", "BrokenProcessPool")
MEMORY_REMEDY = (
    "fewer workers (compute.n_jobs=1), a smaller backbone.batch_size or patch.size, fewer patients or features, or a"
    " machine with more of it"
)


class Crash(Exception):
    """Raised from an error that nobody expected; `folder` is the run folder that is to have the traceback.

    With `discreet`, what is written has neither messages nor the command: they may name patients.
    """

    def __init__(self, folder: Path | None, *, discreet: bool) -> None:
        super().__init__(str(folder))
        self.folder = folder
        self.discreet = discreet


@dataclass(frozen=True)
class Failure:
    """The end of a command that failed.

    Attributes
    ----------
    words
        One line for the user.
    status
        To exit with.
    details
        Versions, command and traceback, of what nobody expected; empty for errors that a user can mend.
    """

    words: str
    status: int
    details: str


@contextmanager
def crashes_in(folder: Path | None, *, discreet: bool) -> Iterator[None]:
    """Have what nobody expected leave its traceback in this run folder; a block that ends well removes an earlier one's.

    Parameters
    ----------
    folder
        None where there is no run.
    discreet
        As of `Crash`.

    Raises
    ------
    Crash
        In place of every error that is not the user's.
    """
    try:
        yield
    except Exception as error:
        if _expected(error):
            raise
        raise Crash(folder, discreet=discreet) from error
    if folder is not None:
        (folder / FILE).unlink(missing_ok=True)


def failure(error: Exception, command: Sequence[str]) -> Failure:
    """What to say of an error; of one that nobody expected, the traceback is written to a file first.

    The file is ``crash.txt`` in the run folder, else ``radsurv-crash.txt`` in the working folder, else in that for temporary
    files.

    Parameters
    ----------
    error
    command
        As typed, without the name of the program.
    """
    folder, discreet = None, False
    if isinstance(error, Crash):
        folder, discreet, error = error.folder, error.discreet, _cause(error)
    if isinstance(error, RadsurvError) or (isinstance(error, OSError) and _expected(error)):
        return Failure(without_secrets(in_words(error)), FAULT_OF_THE_USER, "")
    details = _details(error, command, discreet=discreet)
    path = _written(details, folder)
    where = f"the traceback is in {path}" if path else "the traceback could not be written, --debug shows it"
    doing = in_work(error) or f"{next(iter(command), '')}: "
    kind = "" if isinstance(error, EveryPatientFails) else f"unexpected {type(error).__name__}: "
    said = without_secrets(one_line(f"{kind}{error}").removesuffix(":"))[:LONGEST_MESSAGE]
    if _out_of_memory(error):
        words = f"{doing}out of memory ({said.removeprefix('unexpected ')}); what helps: {MEMORY_REMEDY}; {where}"
    else:
        words = f"{doing}{said}; this is a fault of RadSurv's: please report it with that file; {where}"
    return Failure(words, FAULT_OF_THE_PROGRAM, details)


def told(error: Exception, command: Sequence[str], *, debug: bool, about: str = "") -> Failure:
    """`failure`, said on standard error; with `debug` after the traceback. `about` names what failed."""
    found = failure(error, command)
    if debug:
        traceback.print_exception(_cause(error) if isinstance(error, Crash) else error)
    print(f"radsurv: error: {about}{found.words}", file=sys.stderr)
    return found


def _expected(error: Exception) -> bool:
    """Errors of ours, and answers of the operating system; an OSError without a number is some library's."""
    return isinstance(error, RadsurvError) or (isinstance(error, OSError) and error.errno is not None)


def _cause(crash: Crash) -> Exception:
    assert isinstance(crash.__cause__, Exception)
    return crash.__cause__


def _out_of_memory(error: Exception) -> bool:
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ in OUT_OF_MEMORY
        or "can't allocate memory" in str(error)  # PyTorch on a processor, a RuntimeError
    )


def _details(error: Exception, command: Sequence[str], *, discreet: bool) -> str:
    versions = "\n".join(f"  {name} {version}" for name, version in package_versions().items())
    return without_secrets(
        f"""\
RadSurv met something that its developers did not expect. To report it, send them this file. It holds no image and no table, but
names of files and folders, and a message may quote a value: look through it first.

command   {WITHHELD if discreet else command_line(["radsurv", *command])}
date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC
radsurv   {__version__}
python    {platform.python_version()} on {platform.platform()}
packages
{versions}

{_places(error) if discreet else "".join(traceback.format_exception(error))}"""
    )


def _places(error: BaseException) -> str:
    """A traceback without messages and notes, the first error first, as Python shows them."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    story = "".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__name__}: {WITHHELD}\n"
    return story if before is None else f"{_places(before)}\n{story}"


def _written(details: str, folder: Path | None) -> Path | None:
    """Where the details lie now; None if nowhere."""
    places = [Path(ELSEWHERE), Path(tempfile.gettempdir()) / ELSEWHERE]
    if folder is not None and folder.is_dir():
        places.insert(0, folder / FILE)
    for path in places:
        try:
            with atomic(path) as temporary:
                temporary.write_text(details, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return path
    return None


def asked_for_debug(command: Sequence[str]) -> bool:
    """Whether tracebacks are to be shown: ``--debug``, or the environment variable ``RADSURV_DEBUG``."""
    return "--debug" in command or os.environ.get("RADSURV_DEBUG", "0") not in ("", "0")
