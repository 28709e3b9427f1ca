"""P values of simpler models where there is nothing to find, and where there is.

    python bench/comparator_null.py [--cohorts N] [--jobs N] [--tiny]

The cohorts of bench/added_value.py whose images are noise beside an age of hazard ratio e per standard deviation, under its protocol, with
39 shuffles and no early stop. Nothing is to be found by the C of images alone, nor by what they add to the age; much by the age alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from added_value import AGE, FULL, LEVELS, OVERRIDES, SETS, TINY, Size, simulated
from configured import configured_protocol
from joblib import Parallel, delayed
from null_calibration import share
from scipy.stats import kstest

from radsurv.options.run import Comparison
from radsurv.validation.comparator_choice import Comparator
from radsurv.validation.comparator_tests import comparator_tests
from radsurv.validation.compared_model import ComparedModel
from radsurv.validation.finished_evaluations import judged
from radsurv.validation.protocol import Protocol, Resources

# What is asked of which model, and whether there is something to find.
ASKED = {
    ("radiomics", "p"): "images alone (noise): P of C",
    ("radiomics_clinical", "gain_p"): "images (noise) beside the age: P of what they add",
    ("clinical", "p"): "the age alone (hazard ratio e): P of C",
}


def p_values(seed: int, size: Size, protocol: Protocol) -> list[float]:
    """Of one simulated cohort, in the order of `ASKED`."""
    patients = simulated(seed, *SETS["images are noise"], size)
    images = [name for name in patients.names if name != AGE]
    comparators = [
        Comparator("clinical", [AGE], plain=True),
        Comparator("radiomics", images, plain=False),
        Comparator("radiomics_clinical", [AGE, *images], plain=False),
    ]
    own, models = replace(protocol, seed=seed), []
    for one in comparators:
        members, how = patients.among(one.features), one.protocol(own)
        models.append(ComparedModel(one.name, members, how, judged(members, how, Resources(), label=one.name)))
    options = Comparison(
        kfold=False, shortcuts=False, models=[one.name for one in comparators], permutations=size.permutations,
        stop_after=1_000, within="none", refits=0, learning_curve=0, instability=0,
    )  # fmt: skip
    found = comparator_tests(models, options, Resources()).columns
    return [found[name][column] for name, column in ASKED]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"default: {FULL.n_cohorts}")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    size = TINY if asked.tiny else FULL
    n_cohorts = size.n_cohorts if asked.cohorts is None else asked.cohorts
    protocol, start = configured_protocol(*OVERRIDES), time.process_time()
    found = np.array(Parallel(n_jobs=asked.jobs)(delayed(p_values)(seed, size, protocol) for seed in range(n_cohorts)))
    print(f"{n_cohorts} cohorts" + (f" ({time.process_time() - start:.0f} s)" if asked.jobs == 1 else ""))
    for said, p in zip(ASKED.values(), found.T, strict=True):
        print(f"{said}\n" + "\n".join(f"  P ≤ {level:<4}: {share(p <= level)}" for level in LEVELS))
        print(f"  KS P that P is uniform: {kstest(p, 'uniform').pvalue:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
