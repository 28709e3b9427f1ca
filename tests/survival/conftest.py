"""The reference values of `tests/data/coxnet`, and random cohorts for property tests."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from joblib import Parallel, delayed

import conf
from radsurv.survival.elastic_net_path import Coxnet, fit_coxnet
from radsurv.survival.model_options import ReducedTrainingSet
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.reduction import Reduction

FOLDER = Path(__file__).parents[1] / "data" / "coxnet"


@dataclass(frozen=True)
class Reference:
    """A cohort, and what R made of it."""

    table: np.ndarray
    outcome: Outcome
    inner_folds: np.ndarray
    c_threshold: float
    golden: dict[str, np.ndarray]
    summary: dict[str, pd.Series]
    curves: pd.DataFrame

    def ragged(self, name: str, fold: int) -> np.ndarray:
        start, end = self.golden[f"{name}_indptr"][fold : fold + 2]
        return self.golden[name][start:end]

    def training_set(self, fold: int) -> tuple[np.ndarray, Outcome, np.ndarray]:
        """z-scores of the features that survived in a fold, outcome, and inner folds of everybody but its patient."""
        members = np.delete(np.arange(len(self.outcome)), fold)
        values = self.table[np.ix_(members, self.ragged("loo_step3", fold))]
        z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
        return z, self.outcome.take(members), self.inner_folds[fold + 1][members]


@pytest.fixture(scope="session", params=["breast198", "synth50"])
def reference(request) -> Reference:
    folder = FOLDER / request.param
    with np.load(folder / "data.npz", allow_pickle=False) as stored:
        data = dict(stored)
    with np.load(folder / "golden.npz", allow_pickle=False) as stored:
        golden = dict(stored)
    summary = {rule: pd.read_csv(folder / f"summary_{rule}.csv", index_col=0)["value"] for rule in ("min", "1se")}
    return Reference(
        data["X"].astype(np.float64),
        check_outcome(data["time"], data["event"]),
        data["foldid"].astype(np.int64),
        float(data["c_threshold"]),
        golden,
        summary,
        pd.read_csv(folder / "km_min.csv"),
    )


@pytest.fixture(scope="session")
def fit_every_fold(reference):
    """Fit the leave-one-out training sets of the reference, with options of the model."""

    def fit(**options) -> list[Coxnet]:
        settings = conf.model("coxnet", alpha=0.1, **options).settings
        sets = [reference.training_set(fold) for fold in range(len(reference.outcome))]
        return Parallel(n_jobs=2, backend="threading")(delayed(fit_coxnet)(*one, settings) for one in sets)

    return fit


@pytest.fixture(scope="session")
def complete_paths(fit_every_fold) -> list[Coxnet]:
    """The whole path of every leave-one-out training set of the reference."""
    return fit_every_fold(path="complete")


@dataclass(frozen=True)
class Sixty:
    """Sixty patients without tied times; the table has five columns, of which models get three, in another order."""

    table: np.ndarray
    outcome: Outcome
    folds: np.ndarray

    def training_set(self, kept=(4, 0, 2), folds=None, seed: int = 3) -> ReducedTrainingSet:
        features = np.array(kept, dtype=np.int64)
        reduction = Reduction(features, np.full(len(features), 0.6), features, len(self.table[0]))
        folds = np.atleast_2d(self.folds if folds is None else folds)
        return ReducedTrainingSet(self.table[:, features], reduction, self.outcome, folds, seed)


@pytest.fixture(scope="session")
def sixty() -> Sixty:
    generator = np.random.default_rng(11)
    table = generator.normal(3, 2, size=(60, 5))
    time = generator.exponential(np.exp(-0.5 * table[:, 0] + 0.4 * table[:, 4])) + 1e-3
    folds = generator.permutation(60) % 5 + 1
    return Sixty(table, Outcome(time, generator.random(60) < 0.8), folds)


@st.composite
def _outcomes(draw, n_patients: int) -> Outcome:
    """Times on a coarse grid, any pattern of events."""
    time = draw(st.lists(st.integers(1, 6), min_size=n_patients, max_size=n_patients))
    event = draw(st.lists(st.booleans(), min_size=n_patients, max_size=n_patients))
    return Outcome(np.array(time, dtype=float), np.array(event))


@st.composite
def _cohorts(draw, min_patients: int = 2, max_patients: int = 9, n_features: int = 3):
    """A table with ties, signed zeros and large values, and an outcome."""
    n_patients = draw(st.integers(min_patients, max_patients))
    value = st.sampled_from([-1e9, -2.5, -1.0, -0.0, 0.0, 0.1, 1 / 3, 1.0, 7.0, 1e-12])
    cells = draw(st.lists(value, min_size=n_patients * n_features, max_size=n_patients * n_features))
    return np.array(cells).reshape(n_patients, n_features), draw(_outcomes(n_patients))


@st.composite
def _multiplicities(draw, n_patients: int, n_sets: int = 4) -> np.ndarray:
    """Training sets with repetition; none is empty."""
    cells = draw(st.lists(st.integers(0, 3), min_size=n_sets * n_patients, max_size=n_sets * n_patients))
    weights = np.array(cells).reshape(n_sets, n_patients)
    weights[weights.sum(axis=1) == 0, 0] = 1
    # One set of zeros and ones that leaves a few out, so that down-dating is met as well.
    weights[0] = 1
    weights[0, : draw(st.integers(0, n_patients - 1))] = 0
    return weights


@pytest.fixture(scope="session")
def cohorts():
    """Strategy: few distinct values and times, so that everything is tied with something."""
    return _cohorts


@pytest.fixture(scope="session")
def multiplicities():
    """Strategy: lists of training sets with repetition."""
    return _multiplicities
