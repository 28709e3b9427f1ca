"""``radsurv multiverse``: what a sweep has found, as one result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from radsurv import __version__
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.formats import plural
from radsurv.report.experiment import Experiment
from radsurv.report.multiverse import SEVERAL_SEEDS, SHUFFLED_APART, Multiverse
from radsurv.report.places import Places
from radsurv.stages.compose import varies

PAGE, TABLE, METRICS = "multiverse.html", "multiverse.parquet", "metrics.json"


def check_specifications(jobs: Sequence[Sequence[str]]) -> None:
    """Refuse a grid that cannot be held together, before the first of its runs.

    Parameters
    ----------
    jobs
        Of each specification, the overrides in which it differs from others.

    Raises
    ------
    ConfigError
        There is but one, or the seed is among them, or what says inside of which sites outcomes are shuffled.
    """
    if len(jobs) < 2:
        raise ConfigError(f"{plural(len(jobs), 'specification')}; expected at least two: give options several values")
    if varies(jobs, "seed"):
        raise ConfigError(SEVERAL_SEEDS)
    for option in ("significance.within", "model.strata"):
        if varies(jobs, option):
            raise ConfigError(SHUFFLED_APART)


def write_multiverse(
    root: Path, done: Mapping[str, Path], failed: Mapping[str, str], tell: Callable[[str], None]
) -> None:
    """Write ``multiverse.html``, ``multiverse.parquet`` and ``metrics.json`` into the folder of a sweep, and tell what they say.

    Parameters
    ----------
    root
        Of the sweep.
    done
        Folders of the runs that ended well, by name.
    failed
        Why others did not.

    Raises
    ------
    ConfigError
        The runs cannot be held together, as `Multiverse.of` says.
    """
    shown = Places.here().text
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
    for sentence in found.in_short():
        tell(sentence)
    tell(str(root / PAGE))
