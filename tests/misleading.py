"""Inputs that used to mislead: one row each, what was seen before and what is said now, collected into docs/misleading.md.

A topic is a module ``tests/misleading_<topic>.py`` with a list ``ROWS``. ``test_misleading.py`` calls each row's `say` with an empty
folder, in which it makes the input, and looks for `now` in what it returns: what the program says.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "misleading.md"
REWRITE = "RADSURV_REWRITE_DOCS"

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
    topics = sorted(path.stem for path in TESTS.glob("misleading_*.py"))
    return [row for topic in topics for row in importlib.import_module(topic).ROWS]


def page(rows: Sequence[Row]) -> str:
    """The page: a table for each kind, in the order in which kinds first come."""
    kinds = dict.fromkeys(row.kind for row in rows)
    tables = ["\n".join(_table(kind, [row for row in rows if row.kind == kind])) for kind in kinds]
    return "\n".join([PREAMBLE, *tables])


def _table(kind: str, rows: Iterable[Row]) -> Iterable[str]:
    yield from (f"## {kind[:1].upper()}{kind[1:]}", "", "| given | seen before | said now |", "|---|---|---|")
    for row in rows:
        for text in (row.kind, row.given, row.before, row.now):
            assert "\n" not in text, f"a cell of a table is one line: {text!r}"
            assert "|" not in text, f"a cell of a table has no bar: {text!r}"
        yield f"| {row.given} | {row.before} | {row.now} |"
    yield ""
