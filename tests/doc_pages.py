"""Pages of docs/ that tests write: rows that stand beside the tests that check them, as tables.

A page has its rows in lists, in modules of tests/. Rewriting needs the environment variable `REWRITE`;
without it, the page is compared.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
REWRITE = "RADSURV_REWRITE_DOCS"


def rows_named(name: str, modules: str) -> list[Any]:
    """The rows of all modules whose files fit a pattern and that have a list of this name, in the order of their paths."""
    declares = re.compile(rf"^{name} = \[$", re.MULTILINE)
    found = [path for path in sorted(TESTS.rglob(modules)) if declares.search(path.read_text(encoding="utf-8"))]
    return [row for path in found for row in getattr(_loaded(path), name)]


def _loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"rows_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def page(preamble: str, columns: Sequence[str], rows: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """A table for each kind, in the order in which kinds first come.

    Parameters
    ----------
    columns
        Their titles.
    rows
        Kind, and a cell for each column: Markdown without bars and line breaks.
    """
    listed = list(rows)
    kinds = dict.fromkeys(kind for kind, _ in listed)
    tables = ["\n".join(_table(kind, columns, [cells for own, cells in listed if own == kind])) for kind in kinds]
    return "\n".join([preamble, *tables])


def _table(kind: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    yield from (f"## {kind[:1].upper()}{kind[1:]}", "", _line(columns), "|" + "---|" * len(columns))
    for cells in rows:
        for text in (kind, *cells):
            assert "\n" not in text, f"a cell of a table is one line: {text!r}"
            assert "|" not in text, f"a cell of a table has no bar: {text!r}"
        yield _line(cells)
    yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def holds(name: str, written: str) -> bool:
    """Whether docs/`name` is what the tests say; rewritten first where that is asked for."""
    path = DOCS / name
    if os.environ.get(REWRITE):
        path.write_text(written, encoding="utf-8")
    return path.read_text(encoding="utf-8") == written
