"""Whether ending hopeless trials early would save time: inner folds one after the other under a pruner, against all of them together.

    python bench/search_pruning.py [--sets N] [--tiny]

Patients and search are those of `bench/search.py`. The engine walks the paths of all inner folds down together, and ends them together
soon after the smallest deviance (`model.path=until_minimum`). A pruner needs one inner fold after the other, each to the end of its
path: where the sum over folds is smallest is not known before. The rule is that of Optuna's WilcoxonPruner: from the fourth fold on
a trial is ended where a signed-rank test takes its deviances in the folds so far, at the λ with the smallest sum of them, to be larger
than those of the best trial so far (one-sided P < .1). Both get the same trials; those that keep the same features at the same α
as an earlier one cost nothing either way. The time under the pruner is counted from the time of whole paths and the folds that are walked.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from configured import configured_protocol
from inner_scores import InnerScores
from jaxtyping import Float
from made_up import PAPER_SIZE, TINY_SIZE, made_up_cohort, patients_with
from scipy.stats import wilcoxon
from search import OVERRIDES

from radsurv.survival.reduction import Reduction
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.search_space import HyperParameters, searched
from radsurv.validation.trials import run_trials

if TYPE_CHECKING:
    from radsurv.survival.penalized_cox import PenalizedCox

N_SETS, TINY_SETS, TINY_TRIALS = 4, 1, 3
FIRST_JUDGED, LEVEL = 4, 0.1


@dataclass(frozen=True)
class Path:
    """What one trial costs and says, where no earlier one has said it.

    Attributes
    ----------
    together, to_the_end
        Processor seconds of the paths of all folds, ended together and walked to their ends.
    deviance
        That each fold adds, λ by λ.
    """

    together: float
    to_the_end: float
    deviance: Float[np.ndarray, "fold lambda"]

    def smallest(self, n_folds: int) -> int:
        """Position of the λ that so many folds choose."""
        return int(np.argmin(self.deviance[:n_folds].sum(axis=0)))


@dataclass(frozen=True)
class Searched:
    """A search of one training set, with and without a pruner.

    Attributes
    ----------
    n_trials, n_paths, n_ended
        Trials, those of them that cost anything, and those of these that the pruner ends.
    seconds
        Of the search as it is; `together`, `to_the_end` and `pruned`: of its paths.
    same
        Whether the pruner leaves the best trial.
    """

    n_trials: int
    n_paths: int
    n_ended: int
    seconds: float
    together: float
    to_the_end: float
    pruned: float
    same: bool


def hopeless(path: Path, best: Path, n_folds: int) -> bool:
    """Whether so many folds say that a trial is worse than the best one so far."""
    difference = (
        path.deviance[:n_folds, path.smallest(n_folds)] - best.deviance[:n_folds, best.smallest(len(best.deviance))]
    )
    return bool(wilcoxon(difference, alternative="greater", zero_method="zsplit").pvalue < LEVEL)


def walked(path: Path, best: Path | None) -> int:
    """How many folds it takes, of all where nothing is hopeless."""
    n_folds = len(path.deviance)
    judged = [] if best is None else range(FIRST_JUDGED, n_folds)
    return next((after for after in judged if best is not None and hopeless(path, best, after)), n_folds)


def measured(inner: InnerScores, kept: list[Reduction], model: PenalizedCox) -> Path:
    """Walk the paths of a trial both ways."""
    start = time.process_time()
    inner.path(kept, model)
    together = time.process_time() - start
    complete = model.model_copy(update={"path": "complete"})
    start = time.process_time()
    path = inner.path(kept, complete)
    to_the_end = time.process_time() - start
    scores = [inner.scores(fold, kept[fold], complete, path.lambdas) for fold in range(1, inner.n_folds + 1)]
    added = [[inner.added_deviance(fold, score) for score in rows] for fold, rows in enumerate(scores, start=1)]
    return Path(together, to_the_end, np.array(added))


def search(patients: Patients, protocol: Protocol, seed: int) -> Searched:
    """Search one training set, and repeat its trials under the pruner."""
    assert isinstance(protocol.search, SearchOptions)
    inner = InnerScores(patients, protocol, seed)
    known: dict[tuple[float, bytes], Path] = {}
    order: list[Path] = []
    outside = 0.0

    def value(chosen: HyperParameters) -> float:
        nonlocal outside
        options, model = inner.configured(chosen)
        kept = inner.kept(options)
        key = (model.l1_ratio, b"|".join(one.kept.tobytes() for one in kept))
        start = time.process_time()
        if key not in known:
            known[key] = measured(inner, kept, model)
        path = known[key]
        order.append(path)
        outside += time.process_time() - start
        return _value(path)

    start = time.process_time()
    run_trials(value, searched(protocol.search, protocol.reduction, protocol.model), protocol.search, seed)
    others = time.process_time() - start - outside
    distinct = [*known.values()]
    best: Path | None = None
    spent, n_ended = 0.0, 0
    for path in distinct:
        n_folds, n_walked = len(path.deviance), walked(path, best)
        spent += path.to_the_end * (1 + n_walked) / (1 + n_folds)
        n_ended += n_walked < n_folds
        if n_walked == n_folds and (best is None or _value(path) < _value(best)):
            best = path
    together = sum(path.together for path in distinct)
    return Searched(
        len(order), len(distinct), n_ended, others + together, together,
        sum(path.to_the_end for path in distinct), spent, best is min(distinct, key=_value),
    )  # fmt: skip


def _value(path: Path) -> float:
    return float(path.deviance.sum(axis=0).min())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, help=f"training sets that are searched (default: {N_SETS})")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    n_sets = asked.sets or (TINY_SETS if asked.tiny else N_SETS)
    tiny = (f"search.trials={TINY_TRIALS}",) if asked.tiny else ()
    protocol = configured_protocol(*OVERRIDES, *tiny)
    whole = made_up_cohort(TINY_SIZE if asked.tiny else PAPER_SIZE)
    found = []
    for left_out in np.linspace(0, len(whole) - 1, n_sets + 1).astype(int):
        rows = np.delete(np.arange(len(whole)), left_out)
        members = patients_with(whole.measured.values[rows], whole.outcome.take(rows))
        found.append(search(members, protocol, int(left_out)))
    found = found[1:]  # the first is for the compiler
    mean = {name: np.mean([getattr(one, name) for one in found]) for name in Searched.__dataclass_fields__}
    print(f"{n_sets} training sets of {len(whole) - 1} patients, {len(whole.names)} features; on average of each")
    print(
        f"  {mean['n_trials']:.0f} trials, {mean['n_paths']:.1f} of which walk paths; the pruner ends {mean['n_ended']:.1f}"
    )
    print(f"  processor time: search {mean['seconds']:.2f} s, of which paths {mean['together']:.2f} s as they are")
    print(
        f"  paths to their ends {mean['to_the_end']:.2f} s, of the folds that the pruner walks {mean['pruned']:.2f} s"
    )
    print(f"  the same trial is best in {sum(one.same for one in found)} of {n_sets}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
