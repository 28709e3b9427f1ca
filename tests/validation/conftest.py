"""The reference cohorts of `tests/data/coxnet` as experiments, and a small cohort for everything else."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import toys

import conf
from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import check_outcome
from radsurv.validation.cross_validate import CrossValidation, cross_validate
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources

FOLDER = Path(__file__).parents[1] / "data" / "coxnet"


@dataclass(frozen=True)
class Experiment:
    """What `cross_validate` takes, and what R made of it."""

    patients: Patients
    protocol: Protocol
    golden: dict[str, np.ndarray] = field(default_factory=dict)
    summary: dict[str, pd.Series] = field(default_factory=dict)

    def under(self, **parts: Any) -> Protocol:
        """The protocol with other parts."""
        return replace(self.protocol, **parts)

    def run(
        self, patients: Patients | None = None, *, n_jobs: int = 1, store: Any = None, **parts: Any
    ) -> CrossValidation:
        """The experiment, on other patients or by other parts of the protocol."""
        whom = self.patients if patients is None else patients
        return cross_validate(whom, self.under(**parts), Resources(n_jobs=n_jobs, store=store))


@pytest.fixture(scope="session", params=["breast198", "synth50"])
def reference(request) -> Experiment:
    folder = FOLDER / request.param
    with np.load(folder / "data.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    with np.load(folder / "golden.npz", allow_pickle=False) as stored:
        golden = dict(stored)
    ids = [f"patient {row:03}" for row in range(len(arrays["time"]))]
    folds = pd.DataFrame(arrays["foldid"].T.astype(float), columns=["all", *ids]).replace(0, np.nan)
    names = tuple(arrays["feature_names"].tolist())
    measured = Measurements(arrays["X"].astype(np.float64), names, pd.DataFrame(index=range(len(ids))))
    return Experiment(
        Patients(tuple(ids), measured, check_outcome(arrays["time"], arrays["event"])),
        conf.protocol(
            reduction=conf.reduction(cindex=float(arrays["c_threshold"]), pearson=0.85),
            model=conf.model("coxnet", alpha=0.1, path="until_minimum"),
            scheme=conf.scheme("loocv"),
            inner_folds=pd.concat([pd.Series(ids, name="patient_id"), folds], axis=1),
        ),
        golden=golden,
        summary={rule: pd.read_csv(folder / f"summary_{rule}.csv", index_col=0)["value"] for rule in ("min", "1se")},
    )


@pytest.fixture(scope="session")
def folds(small) -> pd.DataFrame:
    """Given inner folds of `small`, five for everybody and for every patient left out."""
    fold = np.arange(20) % 5 + 1.0
    own = {one: np.where(np.arange(20) == place, np.nan, fold) for place, one in enumerate(small.patients.ids)}
    return pd.DataFrame({"patient_id": small.patients.ids, "all": fold, **own})


@pytest.fixture(scope="session")
def small() -> Experiment:
    """Twenty patients with tied times, twelve features of which three matter."""
    return Experiment(
        toys.cohort(),
        conf.protocol(
            reduction=conf.reduction(**toys.REDUCTION),
            model=conf.model("coxnet", alpha=0.1, path="complete"),
            scheme=conf.scheme("loocv", inner_splits=5),
        ),
    )
