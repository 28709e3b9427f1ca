"""How runs differ from those of the same names in another directory: ``python bench/reference_runs.py compare``.

Tables are compared byte for byte, Parquet and CSV; metrics value for value, where NaN equals itself; and all of ``model.json`` but
`NOT_COMPARED`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

# Versions of the code and of the file, options (among them where the cohort lies), and the digest of it all.
NOT_COMPARED = ("radsurv", "format", "config", "sha256")
IDENTICAL, DIFFERENT = "identical", "DIFFERENT"


def differences(before: Path, after: Path) -> list[str]:
    """How two runs differ, one line per file; nothing where they do not."""
    found = []
    for name in sorted({*tables_of(before), *tables_of(after), "metrics.json", "model.json"}):
        one, other = before / name, after / name
        if one.is_file() and other.is_file():
            difference = (_OF_FILES.get(name) or _OF_TABLES[one.suffix])(one, other)
        elif one.is_file() or other.is_file():
            difference = "only before" if one.is_file() else "only after"
        else:
            difference = None if name == "model.json" else "in neither run"
        if difference is not None:
            found.append(f"{name}: {difference}")
    return found


def tables_of(run: Path) -> list[str]:
    """Where the tables of a run lie in its folder; hidden ones are of a run that did not end."""
    found = (path.relative_to(run) for suffix in _OF_TABLES for path in run.rglob(f"*{suffix}"))
    return [path.as_posix() for path in found if not path.parts[0].startswith(".")]


def text_difference(before: Path, after: Path) -> str | None:
    """Whether two tables for people differ."""
    return None if before.read_bytes() == after.read_bytes() else "other text"


def table_difference(before: Path, after: Path) -> str | None:
    """How two tables differ."""
    if before.read_bytes() == after.read_bytes():
        return None
    one, other = pd.read_parquet(before), pd.read_parquet(after)
    if list(one.columns) != list(other.columns):
        return f"other columns: {sorted({*one.columns} ^ {*other.columns}) or 'in another order'}"
    if len(one) != len(other):
        return f"{len(one)} and {len(other)} rows"
    columns = [name for name in one.columns if not _same(one[name], other[name])]
    return f"other values in {', '.join(map(str, columns))}" if columns else "the same values in other bytes"


def _same(one: pd.Series, other: pd.Series) -> bool:
    try:
        pd.testing.assert_series_equal(one, other, check_exact=True)
    except AssertionError:
        return False
    return True


def metrics_difference(before: Path, after: Path) -> str | None:
    """The metrics that differ, with both values."""
    one, other = _read(before), _read(after)
    names = [name for name in sorted({*one, *other}) if _text(one, name) != _text(other, name)]
    return ", ".join(f"{name} {_text(one, name)} and {_text(other, name)}" for name in names) or None


def model_difference(before: Path, after: Path) -> str | None:
    """The parts of the model that differ."""
    one, other = _read(before), _read(after)
    names = sorted({*one, *other}.difference(NOT_COMPARED))
    return ", ".join(name for name in names if _text(one, name) != _text(other, name)) or None


_OF_FILES = {"metrics.json": metrics_difference, "model.json": model_difference}
_OF_TABLES = {".parquet": table_difference, ".csv": text_difference}


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def _text(values: dict[str, Any], name: str) -> str:
    """A value as text, in which NaN equals itself."""
    return json.dumps(values[name], sort_keys=True) if name in values else "absent"


def compare_directories(before: Path, after: Path, known: Sequence[str] = ()) -> bool:
    """Print one line per run, those of known names first and in their order, and what differs; whether nothing does."""
    runs = [{path.name for path in one.glob("*") if path.is_dir()} for one in (before, after)]
    names = [name for name in known if name in runs[0] | runs[1]]
    names += sorted((runs[0] | runs[1]).difference(names))
    if not names:
        print(f"no runs in {before} nor in {after}: `python bench/reference_runs.py run DIR` makes them")
        return False
    well = True
    for name in names:
        if name not in runs[0] & runs[1]:
            lines = [f"only in {before if name in runs[0] else after}"]
        else:
            lines = differences(before / name, after / name)
        print(f"{name:<16}{DIFFERENT if lines else f'{IDENTICAL} ({len(tables_of(before / name))} tables)'}")
        print("".join(f"    {line}\n" for line in lines), end="")
        well &= not lines
    return well
