"""``radsurv compare``: finished runs, or all those of a sweep, on one page and in one table."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from radsurv import __version__
from radsurv.catalogue import stages
from radsurv.csv_files import write_csv
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.report.comparison import Comparison
from radsurv.report.experiment import Experiment
from radsurv.report.places import Places
from radsurv.report.published import as_table
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.sweep import SUMMARY, read_summary

PAGE, TABLE, PUBLISHED = "index.html", "comparison.csv", "published.csv"


def compare_runs(given: Sequence[Path], out: Path, tell: Callable[[str], None]) -> None:
    """Write ``index.html``, ``comparison.csv``, of runs that repeat a paper ``published.csv``, and tell what they say in short.

    Parameters
    ----------
    given
        Folders of runs, or of sweeps; the others are held against the first run.
    out
        Folder to write into.

    Raises
    ------
    ConfigError
        A folder is neither, fewer than two runs are finished, or `out` is a run folder.
    """
    if (out / stages.CONFIG).exists():
        raise ConfigError(f"--out {out} is the folder of a run: name another for the comparison")
    folders: list[Path] = []
    failed: dict[str, str] = {}
    for path in given:
        found, failures = _runs_in(path)
        folders += found
        failed |= failures
    distinct = list(dict.fromkeys(folder.resolve() for folder in folders))
    names = dict(zip(_names(distinct), distinct, strict=True))
    places = Places.here(map(str, given))
    comparison = Comparison.of(
        {name: Experiment.load(folder) for name, folder in names.items()},
        {name: link for name, folder in names.items() if (link := _link(folder, out))},
        {name: places.text(reason) for name, reason in failed.items()},
    )
    page = comparison.render(__version__)
    write_csv(comparison.table(), out / TABLE)
    if comparison.published:
        write_csv(as_table(comparison.published), out / PUBLISHED)
    else:
        (out / PUBLISHED).unlink(missing_ok=True)  # of an earlier comparison
    with atomic(out / PAGE) as temporary:
        temporary.write_text(page, encoding="utf-8")
    for line in _in_lines(comparison):
        tell(line)
    for name, reason in failed.items():
        tell(f"! {name} failed: {reason}")
    tell(str(out / PAGE))
    tell(str(out / TABLE))
    if comparison.published:
        tell(str(out / PUBLISHED))


def _runs_in(path: Path) -> tuple[list[Path], Mapping[str, str]]:
    """The finished runs of a folder, and why others of a sweep are not among them."""
    if (path / stages.CONFIG).is_file():
        return [path], {}
    if not (path / SUMMARY).is_file():
        raise ConfigError(
            f"{path} is no folder of a run (it has no {stages.CONFIG}) and of no sweep (it has no {SUMMARY}): give what"
            " `radsurv run run_dir=...` wrote"
        )
    rows = read_summary(path)
    failed = dict(zip(rows["run"], rows["error"], strict=True))
    return [path / name for name, error in failed.items() if not error], {
        name: error for name, error in failed.items() if error
    }


def _names(folders: Sequence[Path]) -> list[str]:
    """The last parts of the paths, as many as tell them apart."""
    longest = max((len(folder.parts) for folder in folders), default=1)
    for length in range(1, longest + 1):
        names = ["/".join(folder.parts[-length:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    raise AssertionError("paths are distinct")


def _link(folder: Path, out: Path) -> str:
    """To the run's page, if both lie in the working folder: who is given the one may have the other."""
    page, here = RunFolder(folder).report, Path.cwd().resolve()
    if not page.is_file() or not (folder.is_relative_to(here) and out.resolve().is_relative_to(here)):
        return ""
    return quote(Path(os.path.relpath(page, out.resolve())).as_posix(), safe="/=,+~")


def _in_lines(comparison: Comparison) -> list[str]:
    """For a terminal: a row per run, aligned, then what to know."""
    rows = [("", "run", "C", "minus run 1")]
    rows += [(str(run.number), run.name, run.concordance, run.delta) for run in comparison.runs]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, "", *comparison.in_short()]
