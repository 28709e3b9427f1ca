"""Inputs that used to mislead: one row each, what was seen before and what is said now, collected into docs/misleading.md.

A topic is a module ``tests/misleading_<topic>.py`` with a list ``ROWS``. ``test_misleading.py`` calls each row's `say` with an empty
folder, in which it makes the input, and looks for `now` in what it returns: what the program says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from doc_pages import page, rows_named

PAGE = "misleading.md"
COLUMNS = ("given", "seen before", "said now")

PREAMBLE = """\
# Nothing that misleads

Inputs that can make a number on the page mean something else than it seems to. Each row is a test: the input is made, and the
words in the last column are part of what is said of it, on the terminal, in `qc.csv` or on the page. The tests write this page
(CONTRIBUTING.md, "a row of docs/misleading.md").
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One input; all four texts are Markdown without bars and line breaks."""

    kind: str
    given: str
    before: str
    now: str
    say: Callable[[Path], str]


def all_rows() -> list[Row]:
    """Of all topics, in the order of their names."""
    return rows_named("ROWS", "misleading_*.py")


def written(rows: Iterable[Row]) -> str:
    """The page."""
    return page(PREAMBLE, COLUMNS, [(row.kind, (row.given, row.before, row.now)) for row in rows])
