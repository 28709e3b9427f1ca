"""What ``radsurv multiverse`` has found, on a dashboard: its page is made anew from the runs as the dashboard shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from radsurv import __version__
from radsurv.errors import RadsurvError, in_words
from radsurv.files import readable
from radsurv.report.dashboard import Listed, ListedMultiverse
from radsurv.report.multiverse import Multiverse
from radsurv.stages.multiverse import TABLE

AGAIN = "run radsurv multiverse again"


def add_multiverses(
    folder: Path, listed: Sequence[Listed], failed: Mapping[str, str], unread: Mapping[str, str], place: Path
) -> tuple[list[ListedMultiverse], dict[str, str]]:
    """Write a page for every folder of runs that holds a multiverse.

    Parameters
    ----------
    folder
        All runs are below it.
    listed
        Those of the site, with patients named as they are there.
    failed
        Runs that sweeps say failed, with reasons that may be seen.
    unread
        What else is not there, such as folders that cannot be read, likewise.
    place
        Of the site.

    Returns
    -------
    list of ListedMultiverse
        In the order of the folders.
    dict of str
        Why others are not there.
    """
    found: list[ListedMultiverse] = []
    faults: dict[str, str] = {}
    for group in dict.fromkeys(run.group for run in listed):
        if not (folder / group / TABLE).is_file():
            continue
        name = group or "the folder itself"
        link = f"multiverse/{len(found) + 1}.html"
        try:
            runs = [run for run in listed if run.group == group]
            multiverse = _read(folder / group, runs, _own(failed, group), _own(unread, group))
            page = multiverse.render(__version__)
        except (RadsurvError, OSError) as error:
            faults[f"{name}, {TABLE}"] = in_words(error)
            continue
        (place / link).parent.mkdir(exist_ok=True)
        (place / link).write_text(page, encoding="utf-8")
        found.append(ListedMultiverse(name, link, multiverse))
    return found, faults


def _read(root: Path, runs: Sequence[Listed], failed: Mapping[str, str], unread: Mapping[str, str]) -> Multiverse:
    """Of the runs in a folder those that were its specifications, in their order. What is not there must be none of them: fewer would
    have another P than the multiverse that was found.

    Raises
    ------
    RadsurvError
        When the table is damaged, one of the runs is gone, or they cannot be held together.
    """
    with readable(root / TABLE, AGAIN):
        names = pd.read_parquet(root / TABLE, columns=["specification"])["specification"].tolist()
    there = {run.name.rpartition("/")[2]: run.experiment for run in runs}
    gone = [name for name in names if name not in there]
    if gone:
        first = gone[0]
        why = "has failed since" if first in failed else "cannot be read" if first in unread else "is gone"
        raise RadsurvError(
            f"{len(gone)} of the {len(names)} specifications in {TABLE} cannot be shown, the first, {first}, {why}: {AGAIN}"
        )
    return replace(Multiverse.of({name: there[name] for name in names}, failed), unread=unread)


def _own(failed: Mapping[str, str], group: str) -> dict[str, str]:
    """Those of one folder, by their names in it."""
    parted = ((name.rpartition("/"), reason) for name, reason in failed.items())
    return {own: reason for (parent, _, own), reason in parted if parent == group}
