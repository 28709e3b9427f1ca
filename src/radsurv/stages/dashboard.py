"""``radsurv dashboard``: all runs below a folder as a site of plain files, which any web server or share can hold."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from radsurv import __version__
from radsurv.catalogue import stages
from radsurv.catalogue.tables import COHORT, PREDICTIONS
from radsurv.csv_files import write_csv
from radsurv.errors import ConfigError, RadsurvError, in_words
from radsurv.formats import plural
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.options.run import LoggedPatients
from radsurv.report.comparison import Comparison
from radsurv.report.dashboard import Dashboard, Listed
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.pseudonyms import for_tracker, pseudonyms
from radsurv.report.reasons import FAILED, UNREAD, told
from radsurv.stages.dashboard_multiverses import add_multiverses
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.sweep import SUMMARY, read_summary
from radsurv.stages.terminal import progress_bar

INDEX = "index.html"
# Tells a site from somebody's folder, which is never replaced.
OURS = "radsurv-dashboard.txt"
UNSAFE = re.compile(r"[^\w.=-]+", re.ASCII)
LONGEST_SLUG = 80  # bytes too
MOST_COMPARED = 40  # runs on one page


def dashboard(folder: Path, out: Path, patients: LoggedPatients, tell: Callable[[str], None]) -> None:
    """Write a site: ``index.html``, a report of each run under ``runs``, a comparison of each folder with several under ``compare``,
    what each multiverse found under ``multiverse``.

    It takes the place of an earlier one when it is whole. Hidden folders are not looked into, and runs not followed through links.

    Parameters
    ----------
    folder
        With runs, and folders of them, at any depth.
    out
        New, or an earlier site.
    patients
        How patients are named on the pages.

    Raises
    ------
    ConfigError
        There is no run, or `out` is something else.
    """
    shown, out = out, out.resolve()  # "." has no name to put others beside, and a link stays one
    if out.exists() and not (out / OURS).is_file():
        raise ConfigError(f"--out {shown} is there already, and no dashboard: name a new folder")
    if folder.resolve().is_relative_to(out):
        raise ConfigError(f"--out {shown} holds the runs themselves: name a new folder")
    found, failed, unread = _runs_below(folder)
    place = out.with_name(f".{out.name}.new")
    shutil.rmtree(place, ignore_errors=True)  # of one that was killed
    place.mkdir(parents=True)
    try:
        index = _write(folder, found, failed, unread, place, patients)
        _take_place(place, out)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for name, reason in (failed | unread).items():
        tell(f"! {name}: {reason}")
    for group, runs in _groups(index.runs).items():
        if len(runs) > MOST_COMPARED:
            tell(
                f"! {group or 'the folder itself'}: no comparison, as {len(runs)} runs are more than the {MOST_COMPARED} that one page"
                " has room for: give some of them to radsurv compare"
            )
    tell(f"{plural(len(index.runs), 'run')}, {plural(len(index.comparisons), 'comparison')}; patients by: {patients}")
    tell(str(shown / INDEX))


def _write(
    folder: Path,
    found: Sequence[Path],
    failed: Mapping[str, str],
    unread: dict[str, str],
    place: Path,
    patients: LoggedPatients,
) -> Dashboard:
    """The index, which has of reasons what may be seen; what turns out not to be readable joins `unread`, in full."""
    listed: list[Listed] = []
    names = {path: _name(path, folder) for path in found}
    links = _links(names)
    whole: dict[Path, Experiment] = {}
    for path, name in names.items():
        try:
            loaded = Experiment.load(path)
            for entry in (COHORT, PREDICTIONS):  # a damaged one is this run's fault alone
                loaded.table(entry)
        except (RadsurvError, OSError) as error:
            unread[name] = in_words(error)
        else:
            whole[path] = loaded
    called = {} if patients == "ids" else pseudonyms(*whole.values())
    with progress_bar("runs", len(whole)) as advance:
        for path, loaded in whole.items():
            name = names[path]
            try:
                experiment = for_tracker(loaded, patients, called)
                page = render(experiment)
            except (RadsurvError, OSError) as error:
                unread[name] = in_words(error)
            else:
                (place / links[path]).parent.mkdir(parents=True, exist_ok=True)
                (place / links[path]).write_text(page, encoding="utf-8")
                group = path.parent.relative_to(folder).as_posix() if path != folder else ""
                listed.append(Listed(name, links[path], "" if group == "." else group, experiment))
            advance()
    if not listed:
        why = "".join(f"; {name}: {reason}" for name, reason in list({**failed, **unread}.items())[:1])
        raise ConfigError(f"{folder} holds no finished run: give the folder that holds those of `radsurv run`{why}")
    tables = {
        names[path]: _renamed(table, called)
        for path, run in whole.items()
        if (table := run.table(PREDICTIONS)) is not None
    }
    comparisons = _compare(listed, tables, place)
    failed_told = told(failed, patients, FAILED)
    multiverses, faults = add_multiverses(folder, listed, failed_told, told(unread, patients, UNREAD), place)
    unread |= faults
    not_here = failed_told | told(unread, patients, UNREAD)
    index = Dashboard.of(folder.resolve().name, listed, comparisons, multiverses, not_here, patients)
    (place / INDEX).write_text(index.render(__version__), encoding="utf-8")
    (place / OURS).write_text("Written by `radsurv dashboard`, which replaces this folder.\n", encoding="utf-8")
    return index


def _renamed(predictions: pd.DataFrame, called: Mapping[str, str]) -> pd.DataFrame:
    """In the order of the run, unlike what is shown: so the limits are those of `radsurv compare`."""
    return (
        predictions.assign(**{PATIENT_ID: predictions[PATIENT_ID].astype(str).replace(called)})
        if called
        else predictions
    )


def _groups(listed: Sequence[Listed]) -> dict[str, list[Listed]]:
    """Runs with predictions, by the folder that they lie in."""
    groups: dict[str, list[Listed]] = {}
    for run in listed:
        if run.experiment.n_repeats:
            groups.setdefault(run.group, []).append(run)
    return groups


def _compare(listed: Sequence[Listed], tables: Mapping[str, pd.DataFrame], place: Path) -> dict[str, str]:
    """A page for each folder that holds several runs with predictions, which are in `tables`."""
    made: dict[str, str] = {}
    for group, runs in _groups(listed).items():
        if not 2 <= len(runs) <= MOST_COMPARED:
            continue
        slug = _slug(group or "top")
        short = {run.name.rpartition("/")[2]: run for run in runs}
        comparison = Comparison.of(
            {name: run.experiment for name, run in short.items()},
            {name: f"../{run.report}" for name, run in short.items()},
            {},
            {name: tables[run.name] for name, run in short.items()},
        )
        page = place / "compare" / f"{len(made) + 1}-{slug}.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(comparison.render(__version__), encoding="utf-8")
        write_csv(comparison.table(), page.with_suffix(".csv"))
        made[f"compare/{page.name}"] = f"{group or 'the folder itself'}: {plural(len(runs), 'run')}"
    return made


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path != folder else folder.resolve().name


def _runs_below(folder: Path) -> tuple[list[Path], dict[str, str], dict[str, str]]:
    """Folders of runs, in the order of their names, what sweeps say of those that failed, and why others cannot be read."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder: give the one that holds the runs")
    found: list[Path] = []
    failed: dict[str, str] = {}
    unread: dict[str, str] = {}

    def closed(error: OSError) -> None:
        unread[_name(Path(error.filename), folder)] = in_words(error)

    walk = os.walk(folder, onerror=closed)
    for parent, folders, files in ((Path(parent), folders, files) for parent, folders, files in walk):
        if stages.CONFIG in files or stages.REPLACING in files:
            found.append(parent)
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if SUMMARY in files:
            try:
                rows = read_summary(parent)
            except (RadsurvError, OSError) as error:
                unread[(parent / SUMMARY).relative_to(folder).as_posix()] = in_words(error)
                continue
            failed |= {
                (parent / name).relative_to(folder).as_posix(): reason
                for name, reason in zip(rows["run"], rows["error"], strict=True)
                if reason
            }
    return [path for path in found if path.relative_to(folder).as_posix() not in failed], failed, unread


def _slug(name: str) -> str:
    """The end of a name, as any server and any disk can have it."""
    return UNSAFE.sub("_", name)[-LONGEST_SLUG:]


def _links(names: Mapping[Path, str]) -> dict[Path, str]:
    """Of every run's page within the site, from names that any server can serve; each its own."""
    return {
        path: f"runs/{number}-{_slug(name)}/{RunFolder(path).report.name}"
        for number, (path, name) in enumerate(names.items(), start=1)
    }


def _take_place(new: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)
