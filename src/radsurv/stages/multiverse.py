"""``radsurv multiverse``: what a sweep has found, as one result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from radsurv import __version__
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.formats import plural
from radsurv.options.run import NoTracking
from radsurv.report.experiment import Experiment
from radsurv.report.multiverse import PAGE, SEVERAL_SEEDS, SHUFFLED_APART, Multiverse
from radsurv.report.places import Places
from radsurv.stages.compose import varies
from radsurv.stages.sweep import Sweep

TABLE, METRICS = "multiverse.parquet", "metrics.json"
# What trackers keep, hidden because all other folders of a sweep are runs.
TRACKERS = ".multiverse"
LOGGED = "logged"  # there: the hash of what was logged last


def check_specifications(jobs: Sequence[Sequence[str]]) -> None:
    """Refuse a grid that cannot be held together, before the first of its runs.

    Parameters
    ----------
    jobs
        Of each specification, the overrides in which it differs from others.

    Raises
    ------
    ConfigError
        There is but one, or the seed is among them, or what says inside of which sites outcomes are shuffled, or where runs are logged.
    """
    if len(jobs) < 2:
        raise ConfigError(f"{plural(len(jobs), 'specification')}; expected at least two: give options several values")
    if varies(jobs, "seed"):
        raise ConfigError(SEVERAL_SEEDS)
    for option in ("significance.within", "model.strata"):
        if varies(jobs, option):
            raise ConfigError(SHUFFLED_APART)
    if any(pair.lstrip("+").startswith(("tracking=", "tracking.")) for job in jobs for pair in job):
        raise ConfigError(
            "tracking has several values; expected one: where a specification is logged is no choice of its analysis"
        )


def write_multiverse(sweep: Sweep, tell: Callable[[str], None]) -> None:
    """Write ``multiverse.html``, ``multiverse.parquet`` and ``metrics.json`` into the folder of a sweep that has ended, log them where
    its runs are logged, and tell what they say.

    Raises
    ------
    ConfigError
        The runs cannot be held together, as `Multiverse.of` says.
    """
    root, shown = sweep.root, Places.here().text
    done, failed = sweep.ended()
    found = Multiverse.of(
        {name: Experiment.load(folder) for name, folder in done.items()},
        {name: shown(reason) for name, reason in failed.items()},
    )
    page = found.render(__version__)
    with atomic(root / TABLE) as temporary:
        pq.write_table(pa.Table.from_pandas(found.table(), preserve_index=False), temporary)
    with atomic(root / METRICS) as temporary:
        temporary.write_text(json.dumps(found.metrics(), indent=1) + "\n", encoding="utf-8")
    with atomic(root / PAGE) as temporary:
        temporary.write_text(page, encoding="utf-8")
    _log(found, page, sweep, tell)
    for sentence in found.in_short():
        tell(sentence)
    tell(str(root / PAGE))


def _log(found: Multiverse, page: str, sweep: Sweep, tell: Callable[[str], None]) -> None:
    """Once for each result: where all specifications were finished before, the same command would make a second run of the same."""
    tracking = sweep.tracking()
    if isinstance(tracking, NoTracking):
        return
    folder = sweep.root.absolute() / TRACKERS
    mark, result = folder / LOGGED, hashlib.sha256(f"{page}{tracking.model_dump_json()}".encode()).hexdigest()
    if not sweep.again and mark.is_file() and mark.read_text("utf-8") == result:
        tell("logged before, and nothing has changed since: not logged again (--again does)")
        return
    # Imported here because who logs nothing does without.
    from radsurv.report.multiverse_tracking import log_multiverse
    from radsurv.report.tracking import NOT_LOGGED, PARTLY_LOGGED

    notes = log_multiverse(found, sweep.labels, tracking, folder, tell)
    for note in notes:
        tell(note)
    if not any(note.startswith((NOT_LOGGED, PARTLY_LOGGED)) for note in notes):
        folder.mkdir(exist_ok=True)
        with atomic(mark) as temporary:
            temporary.write_text(result, encoding="utf-8")
