"""Finished models and numbers of a run that used to mislead: rows of docs/misleading.md, each with how it is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import toys
from misleading import Row

import conf
from radsurv.errors import RadsurvError
from radsurv.survival.brier import brier_at_horizons
from radsurv.survival.model import SurvivalModel
from radsurv.survival.outcome import check_outcome
from radsurv.survival.transforms.imputation import Imputation
from radsurv.validation.distance_from_training import DistanceFromTraining
from radsurv.validation.learned_model import LearnedModel

# Trained on a feature of mean 100 and SD 20.
MODEL = SurvivalModel(
    np.arange(1), np.ones(1), np.array([100.0]), np.array([20.0]), np.ones(1), 0.1, 0.0, np.ones(1), np.ones(1)
)
APPLIED = SimpleNamespace(model=MODEL, used=["glcm_Contrast"], learned=LearnedModel((), MODEL))
VALUES = np.array([70.0, 85, 95, 100, 104, 110, 121, 140])


def applied_to(values: np.ndarray, *, accept: bool = False) -> Callable[[Path], str]:
    """What is said of patients with these values when the model is applied."""

    def say(folder: Path) -> str:
        patients = toys.patients(values[:, None], np.arange(1, len(values) + 1), np.ones(len(values), bool))
        distance = DistanceFromTraining.of(APPLIED, patients.ids, patients.measured)
        try:
            found = distance.finding(accept=accept)
        except RadsurvError as error:
            return str(error)
        return "\n".join([*found.notes, *distance.out_of_range().values()])

    return say


def misspelt(folder: Path) -> str:
    options = Imputation(name="imputation", statistic="median", indicator=["Shape_*"])
    try:
        options.check_names(("shape_Volume", "glcm_Energy"))
    except RadsurvError as error:
        return str(error)
    return ""


def in_months(folder: Path) -> str:
    # Two are followed at month 4: one has the event, one is censored. The event counts for 1, not for 1 / (1 − 1/2).
    outcome = check_outcome([4, 4, 9, 9], [1, 0, 1, 0])
    score = brier_at_horizons(outcome, np.full((4, 1), 0.5), np.array([5.0]))[0]
    return f"Brier score {score:.4f}"


def of_a_search(folder: Path) -> str:
    return f"search.lambda_rule: {conf.search('optuna').values('lambda_rule')}"


SCALE = "a finished model on other patients"
ROWS = [
    Row(
        kind=SCALE,
        given="features 1,000 times those of the model (m in place of mm)",
        before="log risks of −1,297, and a C as if nothing were wrong",
        now="1 of 1 features of the model are on another scale here: glcm_Contrast (median +5.1e+03 SD from the training mean",
        say=applied_to(VALUES * 1000),
    ),
    Row(
        kind=SCALE,
        given="features a thousandth of those of the model",
        before="everybody about the same risk, without a word",
        now="compute these features in the way and unit of the model (normalisation, voxel size, scaling)",
        say=applied_to(VALUES / 1000),
    ),
    Row(
        kind=SCALE,
        given="these, with validation.accept_shift=true",
        before="nothing was said",
        now="accepted (validation.accept_shift=true), so the predictions extrapolate",
        say=applied_to(VALUES * 1000, accept=True),
    ),
    Row(
        kind=SCALE,
        given="one patient far beyond those whom the model has seen",
        before="a risk like any other",
        now="glcm_Contrast the farthest (+45 SD): the risk is extrapolated",
        say=applied_to(np.append(VALUES, 1000)),
    ),
    Row(
        kind="options without effect",
        given="transforms.imputation.indicator=[Shape_*], where features are called shape_*",
        before="no indicator, without a word",
        now="the pattern 'Shape_*' matches none of the 2 features",
        say=misspelt,
    ),
    Row(
        kind="options without effect",
        given="search=optuna, whose default tried two rules for λ",
        before="half of the trials wasted: the deviance is smallest at one of the two by definition",
        now="search.lambda_rule: None",
        say=of_a_search,
    ),
    Row(
        kind="follow-up in months",
        given="somebody censored in the month of an event, a coin's prediction",
        before="Brier score 0.2813: the event weighed as if half had been lost before",
        now="Brier score 0.2500",
        say=in_months,
    ),
]
