"""What must not be overlooked, wherever results are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from radsurv.report.experiment import Experiment
from radsurv.validation.search_options import FlatSearch

NOTHING = "Nothing on this page says anything about real disease."


@dataclass(frozen=True)
class Banner:
    """One sentence of that kind.

    Attributes
    ----------
    colour
        By the name of its style.
    mark
        In capitals.
    said
    """

    colour: Literal["simulated", "random"]
    mark: str
    said: str


SIMULATED = Banner("simulated", "SIMULATED.", f"These patients are made up. {NOTHING}")
SIMULATED_MODEL = Banner("simulated", "SIMULATED.", f"The model was trained on patients who are made up. {NOTHING}")
RANDOM_WEIGHTS = Banner(
    "random",
    "RANDOM WEIGHTS.",
    "The deep features come from a network that was never trained. Use this run to try the software, not to judge features.",
)
FLAT_SEARCH = Banner(
    "random",
    "FLAT SEARCH, OPTIMISTIC.",
    "Hyper-parameters were tuned once on all patients, those who are predicted included. This run only measures how optimistic that is;"
    " search=optuna is the honest way.",
)


def banners(*experiments: Experiment) -> tuple[Banner, ...]:
    """Of experiments whose results stand on one page, each of them once."""
    return tuple(dict.fromkeys(banner for one in experiments for banner in _of(one)))


def _of(experiment: Experiment) -> list[Banner]:
    n_known = experiment.n_known
    known = Banner(
        "random",
        "NOT AN EXTERNAL VALIDATION.",
        f"The model was trained on {n_known} of the patients whom it predicts here, as far as ids and features tell."
        " Everything on this page is too good for them.",
    )
    said = {
        SIMULATED: experiment.simulated_here,
        SIMULATED_MODEL: experiment.simulated and not experiment.simulated_here,
        known: n_known > 0,
        RANDOM_WEIGHTS: experiment.random_weights,
        FLAT_SEARCH: isinstance(experiment.config.search, FlatSearch),
    }
    return [banner for banner, holds in said.items() if holds]
