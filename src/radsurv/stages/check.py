"""``radsurv check``: everything that can be known of a cohort before computing, all faults of all patients at once, no model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from radsurv.catalogue.checks import CHECKS, PASSPORT, SEVERITIES, Check, checks_table
from radsurv.catalogue.tables import COHORT
from radsurv.compute.cache_use import CacheUse
from radsurv.config import Config
from radsurv.csv_files import write_csv
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.report.html import render
from radsurv.stages.cohort import describe
from radsurv.stages.cohort_at_hand import cohort_at_hand, said
from radsurv.stages.inspection import inspect
from radsurv.stages.naming import Naming, told
from radsurv.stages.preflight import seen_by_workers
from radsurv.stages.run_lock import CHECK, locked
from radsurv.stages.simulated import made_up

SCRATCH = ".check"  # beside a run that may be there; regions, while they are looked at
MOST_PRINTED = 10
PRINTED = ("error", "excluded", "outlier")


def run(config: Config, tell: Callable[[str], None]) -> int:
    """Write ``checks.csv`` and ``passport.html`` into the folder ``run_dir``, whatever else is in it, and tell a summary.

    Returns
    -------
    int
        Exit status: 0 if a run could start.

    Raises
    ------
    ConfigError
        ``run_dir`` is a file; or another check is at work in it.
    """
    folder = Path(config.run_dir)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"run_dir={folder} is a file; expected a folder, or a name for a new one: name another")
    naming = Naming(config)
    with (
        locked(folder, folder, CHECK),
        _scratch(folder.absolute()) as place,
        config.compute.workers(seen_by_workers(config, place)),
        cohort_at_hand(config, CacheUse()) as here,
    ):
        experiment = inspect(here, place, naming).with_texts(partial(said, here), told(config))
    inspection = experiment.inspection
    assert inspection is not None
    write_csv(checks_table(inspection.checks), folder / CHECKS)
    page = render(experiment.for_others(folder), "passport")
    with atomic(folder / PASSPORT) as temporary:
        temporary.write_text(page, encoding="utf-8")
    cohort = experiment.table(COHORT)
    if cohort is not None and {"time", "event"} <= set(cohort):
        tell(describe(config, cohort, simulated=made_up(cohort)))
    # Who mends the files has to know whose they are, and written down it is nowhere: with pseudonyms, all of them are told.
    most = None if config.cohort.pseudonymise else MOST_PRINTED
    for line in summary([*map(naming.for_the_user, inspection.checks)], most):
        tell(line)
    tell(str(folder / CHECKS))
    tell(str(folder / PASSPORT))
    tell("a run could start" if inspection.can_start else "no run can start before the errors are mended")
    return 0 if inspection.can_start else 1


def summary(checks: Sequence[Check], most: int | None = MOST_PRINTED) -> list[str]:
    """How many of each kind, and the first `most` of those that somebody has to look at."""
    lines = []
    for severity in SEVERITIES:
        found = [check for check in checks if check.severity == severity]
        lines.append(f"{severity:<9} {len(found)}")
        if severity in PRINTED:
            lines += [f"{'':<9} {_one_line(check)}" for check in found[:most]]
            hidden = len(found) - len(found[:most])
            lines += [f"{'':<9} and {hidden} more"] if hidden > 0 else []
    return lines


def _one_line(check: Check) -> str:
    about = ", ".join(filter(None, (check.patient_id, check.column)))
    return (f"{about}: " if about else "") + check.what + (f"; {check.remedy}" if check.remedy else "")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    place = folder / SCRATCH
    shutil.rmtree(place, ignore_errors=True)  # of a check that was killed
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
