"""Faults of a cohort's inputs: one row each of docs/bad-input.md.

A topic is a module ``tests/bad_input_<topic>.py`` with a list ``ROWS``. A `Row` says what is wrong, and a part of what is said of it;
its `say` gets an empty folder, in which it makes the input, and returns all that the program says. A `Bad` is a patient whose files are
at fault: `make` gets an empty folder below the cohort's, and returns image and outline as they stand in the table; one
``radsurv check`` looks at all of them at once, and the words are looked for in the patient's rows of ``checks.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from doc_pages import page, rows_named

PAGE = "bad-input.md"
TAKEN = "taken as it is"  # instead of words: that nobody finds a fault
COLUMNS = ("given", "what is said")
PREAMBLE = """\
# Input with faults

Each row is a test: the input is made, and the words in the last column are a part of what is said of it. A fault of one patient's files
excludes that patient, in `qc.csv` and `checks.csv`, and nobody else; a fault of a table or an option ends the command with exit
status 1 and one line. Rows that are no fault say what becomes of the input. None ends in a traceback, and none passes without a word.
The tests write this page (CONTRIBUTING.md, "a row of docs/bad-input.md"); `make fuzz` tries thousands of other such inputs.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One input; the texts are Markdown without bars and line breaks."""

    kind: str
    given: str
    said: str
    say: Callable[[Path], str]


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A patient; `severity` is how ``checks.csv`` ranks what is said."""

    kind: str
    given: str
    said: str
    make: Callable[[Path], tuple[str, str]]
    severity: str = "excluded"
    shared: bool = False  # needs the development material


def all_rows() -> list[Row | Bad]:
    """Of all topics, in the order of their names."""
    return rows_named("ROWS", "bad_input_*.py")


def written(rows: Iterable[Row | Bad]) -> str:
    """The page."""
    return page(PREAMBLE, COLUMNS, [(row.kind, (row.given, row.said)) for row in rows])
