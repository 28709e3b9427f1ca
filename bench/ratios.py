"""In under two minutes: how many times as fast as the usual way, beside what was recorded when it was last looked at.

    python bench/ratios.py [--record] [--only NAME …] [--tiny]

One line per quantity, as soon as it is measured: processor time of the usual way over ours, in this process and this run, on one
core, so that a slow or busy machine slows both; beside it the ratio of `bench/ratios.csv`. One that has fallen to less than
two thirds of it is marked: measure it again, and if it stays, look at what has changed since. `--record` writes the table anew.
The sizes are small; the other scripts of this folder measure the paper's.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import deep
import numpy as np
import pandas as pd
import radiomics_features
import startup
import survival
import torch
from configured import configured_protocol
from made_up import CohortSize, first, made_up_cohort
from permutation import time_permutations

RECORDED = Path(__file__).with_name("ratios.csv")
MARKED_BELOW = 2 / 3
COHORT = CohortSize(n_patients=64, n_factors=30, n_dense_factors=10)
MATRIX, PRODUCTS = 1000, 10


def radiomics() -> float:
    """pyradiomics for eight configurations."""
    options, rival = radiomics_features.paper_options(), radiomics_features.Pyradiomics()
    with radiomics_features.one_core():
        regions = (radiomics_features.drawn_region(pixels) for pixels in (500, 2000))
        rows = [radiomics_features.compare("drawn", region, rival, options, repeats=5) for region in regions]
    return float(np.median([row["ratio"] for row in rows]))


def concordance() -> float:
    """A loop over scikit-survival's function, in all leave-one-out sets."""
    times = survival.compare_concordance(made_up_cohort(COHORT), n_calls=100, repeats=3)
    return times.loop_processor / times.ours_processor


def protocol() -> float:
    """The paper's protocol with pandas and scikit-survival, one fold of it extrapolated to all."""
    patients = first(made_up_cohort(COHORT), 40)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=survival.IGNORED_WARNINGS)
        plain = survival.plain_fold(patients, n_features=50).seconds * len(patients)
    _, ours = survival.median_seconds(lambda: survival.our_protocol(patients, "complete"), 3)
    return plain / ours


def permutation() -> float:
    """A shuffle of the whole leave-one-out analysis (C ≥ 0.6), per matrix product of 1,000 × 1,000 numbers: no library does it."""
    options = configured_protocol("reduction.cindex=0.6", "model.path=until_minimum")
    timing = time_permutations(first(made_up_cohort(COHORT), 50), options, 20, 1)
    left = np.random.default_rng(0).normal(size=(MATRIX, MATRIX))
    start = time.process_time()
    for _ in range(PRODUCTS):
        left @ left
    return (time.process_time() - start) / PRODUCTS / (timing.processor / 20)


def deep_features() -> float:
    """The loop over a network that one writes by hand."""
    torch.set_num_threads(1)
    name = "efficientnet_lite0"
    sizes = replace(deep.FULL, cpu_batch={name: 8}, cpu_batches={name: 2}, matrix={"cpu": 512}, turns=2)
    rows = list(deep.against_the_loop("cpu", name, deep.peaks_of("cpu", sizes), sizes))
    return float(next(row["stage_to_bare"] for row in rows if row["precision"] == "fp32"))


def refusal() -> float:
    """`import torch`, against what a misspelt option takes to be refused."""
    name = "radsurv run modell=cox"
    programs = {startup.TORCH: startup.YARDSTICKS[startup.TORCH], name: [startup.RADSURV, *startup.COMMANDS[name]]}
    found = startup.medians(programs, repeats=2)
    return found[startup.TORCH] / found[name]


QUANTITIES: dict[str, Callable[[], float]] = {
    function.__name__: function for function in (radiomics, concordance, protocol, permutation, deep_features, refusal)
}


def recorded() -> dict[str, float]:
    table = pd.read_csv(RECORDED)
    return dict(zip(table["quantity"], table["ratio"], strict=True))


def line(name: str, ratio: float, before: float | None) -> str:
    """What is said of one quantity."""
    if before is None:
        return f"{name:<14} {ratio:10.3g}    not recorded"
    mark = "   SLOWER THAN RECORDED" if ratio < MARKED_BELOW * before else ""
    return f"{name:<14} {ratio:10.3g} {before:10.3g} {ratio / before:6.2f}{mark}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name} anew")
    parser.add_argument("--only", nargs="+", choices=list(QUANTITIES), default=list(QUANTITIES), metavar="NAME")
    parser.add_argument("--tiny", action="store_true", help="one quantity: shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    names = ["concordance"] if asked.tiny else asked.only
    before, now = recorded(), {}
    print(f"{'quantity':<14} {'ratio':>10} {'recorded':>10} {'':>6}   (usual way / ours; larger is better)", flush=True)
    for name in names:
        ratio = QUANTITIES[name]()
        print(line(name, ratio, before.get(name)), flush=True)
        now[name] = ratio
    if asked.record:
        known = before | now
        rows = [
            (name, f"{known[name]:.3g}", (QUANTITIES[name].__doc__ or "").strip())
            for name in QUANTITIES
            if name in known
        ]
        pd.DataFrame(rows, columns=["quantity", "ratio", "usual way"]).to_csv(RECORDED, index=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
