"""``radsurv multiverse``: what a sweep has found, as one result."""

from __future__ import annotations

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
    _log(found, sweep, tell)
    for sentence in found.in_short():
        tell(sentence)
    tell(str(root / PAGE))


def _log(found: Multiverse, sweep: Sweep, tell: Callable[[str], None]) -> None:
    tracking = sweep.tracking()
    if isinstance(tracking, NoTracking):
        return
    # Imported here because who logs nothing does without.
    from radsurv.report.multiverse_tracking import log_multiverse

    for note in log_multiverse(found, sweep.labels, tracking, sweep.root.absolute() / TRACKERS, tell):
        tell(note)
