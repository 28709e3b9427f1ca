"""``radsurv demo``: a simulated cohort, and the default experiment on it, wherever one stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from radsurv.cohort.simulate import TRUE_VALUES, simulate
from radsurv.errors import ConfigError
from radsurv.stages import hydra_run

DATA, RESULTS, CACHE = "data", "results", "cache"


def demo(folder: Path, overrides: Sequence[str], tell: Callable[[str], None]) -> int:
    """Make the 50 patients that a clone has as its demo cohort, unless they are there, and run; returns the exit status.

    Parameters
    ----------
    folder
        Gets ``data/``, ``results/`` and ``cache/``.
    overrides
        As of ``radsurv run``; they go before what the demo says.

    Raises
    ------
    RadsurvError
        As the simulation, or the run.
    """
    table = folder / DATA / "clinical.csv"
    if table.is_file() and not (table.parent / TRUE_VALUES).is_file():
        raise ConfigError(
            f"{table} is of another cohort, not of simulated patients (no {TRUE_VALUES} beside it): name another --dir, or analyse it"
            f" with radsurv run cohort.table={table}"
        )
    if not table.is_file():
        simulate(table.parent, n_jobs=2)  # whole or not at all
        tell(f"50 SIMULATED patients: {table}")
    places = {
        "cohort.table": table,
        "cohort.name": "demo",
        "run_dir": folder / RESULTS,
        "compute.cache_dir": folder / CACHE,
    }
    named = {override.partition("=")[0] for override in overrides}
    own = [f"{option}={_quoted(str(value))}" for option, value in places.items() if option not in named]
    return hydra_run.run([*own, *overrides])


def _quoted(text: str) -> str:
    """For Hydra, to which a space or a comma would say something."""
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"
