"""Whether a cell says that the event happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from radsurv.cohort.causes import CENSORED, cause_of
from radsurv.cohort.faults import FAULTS_SHOWN, quoted
from radsurv.cohort.mapping import canonical
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import MOSTLY
from radsurv.errors import CohortError, ConfigError
from radsurv.formats import first_few
from radsurv.ingest.column_names import words

# Of what happened, whatever the column is called.
HAPPENED = frozenset(
    {
        "dead", "deceased", "died", "death", "expired", "event", "progressed", "progression", "recurred", "recurrence",
        "relapsed", "relapse", "recurred/progressed", "verstorben", "tot", "dead with tumor", "dead of disease",
    }
)  # fmt: skip
DID_NOT = frozenset(
    {
        "alive", "living", "censored", "no event", "disease free", "diseasefree", "not progressed", "no progression",
        "progression free", "event free", "lebt", "lebend",
        "alive or dead tumor free",
    }
)  # fmt: skip
# Of these only the column's name says which is which: "dead: yes", "alive: yes".
YES, NO = frozenset({"yes", "y", "true", "1.0"}), frozenset({"no", "n", "false", "0.0"})
# A name with one of these words makes "yes" and 1 say that the event did not happen, or may do so.
TURNED = frozenset({"alive", "living", "censored", "censor", "censoring", "cens", "free"})
FEWEST_CODES = 3  # censored and two causes
CODED = re.compile(r"([01])\s*:\s*\S.*")  # cBioPortal: 1:DECEASED


def events(cells: pd.Series, event_is: Sequence[str], path: Path) -> tuple[pd.Series, pd.Series]:
    """Read a column of events.

    Parameters
    ----------
    cells : Series of str
        Named as in the table.
    event_is : sequence of str
        Words that mean the event, as the user says; every other one then means that there was none.
    path : Path
        The table, for messages.

    Returns
    -------
    event : Series of float
        1, 0, or NaN where a cell does not say.
    reasons : Series of str
        Why it is NaN, else "".

    Raises
    ------
    CohortError
        More than a fifth of the cells do not say, the name of the column leaves open what "yes" or 1 means, or the cells are codes
        of several causes.
    ConfigError
        A word of the user's is in no cell.
    """
    missing = MissingWords()
    name = str(cells.name)
    asked = {canonical(word).casefold() for word in event_is}
    nowhere = sorted(asked - {canonical(cell).casefold() for cell in cells})
    if nowhere:
        words_there = [quoted(word) for word in cells[~missing.mask(cells)].value_counts().index]
        raise ConfigError(
            f"--event-is {nowhere[0]}: {name} of {path} has no such cell; it has {first_few(words_there, FAULTS_SHOWN)}"
        )
    if not asked:
        _require_one_cause(cells[~missing.mask(cells)], path)
    event = cells.map(lambda cell: _event(cell, asked, turned=bool(words(name) & TURNED), missing=missing))
    event = event.astype("float64")
    absent = missing.mask(cells)
    unknown = cells[event.isna() & ~absent]
    if len(unknown) > (1 - MOSTLY) * (~absent).sum():
        count = unknown.value_counts()
        shown = first_few([f"{quoted(word)} ({n} times)" for word, n in count.items()], FAULTS_SHOWN)
        raise CohortError(
            f"{path}: {name} has {shown}; expected words such as dead and alive, 1:DECEASED and 0:LIVING, or 1 and 0 in a column"
            f" whose name says what happened: name those that mean the event with --event-is WORD, or another column with"
            " --column event=NAME"
        )
    if bool(event.isna().all()):
        raise CohortError(f"{path}: {name} has no value; name another column with --column event=NAME")
    reasons = pd.Series("", index=cells.index, dtype=object)
    reasons[absent] = cells[absent].map(
        lambda cell: f"{name} is {quoted(cell)}: whether the event happened is not known"
    )
    reasons[unknown.index] = unknown.map(
        lambda cell: f"{name} has {quoted(cell)}; expected a word that says whether the event happened (--event-is)"
    )
    return event, reasons


def _require_one_cause(cells: pd.Series, path: Path) -> None:
    """Codes 0, 1, 2, … without a gap tell causes apart, and which of them is the event nobody else knows; 9 is some "not known"."""
    causes = cells.map(cause_of)
    codes = sorted({int(cause) for cause in causes.dropna()})
    if causes.isna().any() or len(codes) < FEWEST_CODES or codes != [*range(CENSORED, len(codes))]:
        return
    counts = first_few([f"{code} ({int((causes == code).sum())} times)" for code in codes], FAULTS_SHOWN)
    raise CohortError(
        f"{path}: {cells.name} has the codes {counts}: several causes of an event, of which one has to be named. --event-is 1 takes 1 for"
        f" the event and every other code for no event; to keep the causes apart, map {cells.name} as event in a cohort file of your"
        " own and run it with cohort.event_of_interest=1 (docs/cohort.md)"
    )


def _event(cell: str, asked: set[str], *, turned: bool, missing: MissingWords) -> float:
    if cell in missing:
        return float("nan")
    word = canonical(cell).casefold()
    if asked:
        return float(word in asked)
    coded = CODED.fullmatch(cell)
    if coded:
        return float(coded[1])
    spelled = re.sub(r"[\s_-]+", " ", word)
    if spelled in HAPPENED or spelled in DID_NOT:
        return float(spelled in HAPPENED)
    if turned or word not in YES | NO:
        return float("nan")
    return float(word in YES)
