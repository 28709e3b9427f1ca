"""Many defensible analyses of the same patients: the curve of what they found, and a P that pays for having looked at all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from jaxtyping import Float
from markupsafe import Markup

from radsurv.catalogue.tables import PERMUTATIONS, PREDICTIONS
from radsurv.errors import ConfigError
from radsurv.formats import concordance, first_few, percent, plural, probability
from radsurv.report.banners import banners
from radsurv.report.cell_text import cell, limits
from radsurv.report.differences import Differing, differing_options
from radsurv.report.experiment import Experiment
from radsurv.report.figures.specification_plot import specification_figure
from radsurv.report.header import Header, Step
from radsurv.report.html import environment
from radsurv.report.page_section import inline
from radsurv.validation.max_statistic import max_statistic_p
from radsurv.validation.permutation import PermutationP

PAGE = "multiverse.html"
ALPHA = 0.05
NAMED = 3  # of what cannot be read
SEVERAL_SEEDS = "seed has several values; expected one: outcomes are shuffled alike in all specifications"
SHUFFLED_APART = (
    "outcomes would be shuffled inside of sites in some specifications, in others over everybody or inside of other sites; expected one"
    " value of significance.within, and of model.strata (a stratified model has them shuffled inside of every site)"
)
SAID = ("harrell_c", "harrell_c_low", "harrell_c_high", "hazard_ratio", "permutation_p_c", "n_null_folds")


@dataclass(frozen=True)
class Multiverse:
    """All specifications.

    Attributes
    ----------
    experiments
        By name.
    choices
        Options that differ.
    p
        Of the best of all; None where nothing was shuffled.
    why_no_p
        The reason then.
    failed
        Specifications that are not here, with the reason.
    unread
        What lies beside them and cannot be read, with the reason: nobody can tell whether it is a specification.
    """

    experiments: Mapping[str, Experiment]
    choices: tuple[Differing, ...]
    p: PermutationP | None
    why_no_p: str
    failed: Mapping[str, str]
    unread: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, experiments: Mapping[str, Experiment], failed: Mapping[str, str]) -> Multiverse:
        """Hold analyses of the same patients beside each other.

        Raises
        ------
        ConfigError
            Fewer than two have ended well, or they are of other patients, outcomes or seeds: then shuffles are not the same.
        """
        if len(experiments) < 2:
            first = "".join(f"; {name}: {reason}" for name, reason in list(failed.items())[:1])
            raise ConfigError(
                f"{plural(len(experiments), 'specification')} ended well; expected at least two: give options several values{first}"
            )
        _check_same(experiments)
        p, why = _joint_p(list(experiments.values()))
        return cls(experiments, tuple(differing_options(list(experiments.values()))), p, why, failed)

    @property
    def simulated(self) -> bool:
        """Whether any of the patients were made up."""
        return any(run.simulated for run in self.experiments.values())

    @property
    def share(self) -> float:
        """Of specifications, failed ones as well, whose own permutation P of C is .05 or less; NaN where there is none."""
        if self.p is None:
            return np.nan
        own = [experiment.metrics.get("permutation_p_c") for experiment in self.experiments.values()]
        low = sum(value is not None and value <= ALPHA for value in own)
        return low / (len(own) + len(self.failed))

    def table(self) -> pd.DataFrame:
        """One row per specification: ``specification``, every option that differs, and the numbers of `SAID`."""
        return pd.DataFrame(
            [
                {
                    "specification": name,
                    **{choice.name: choice.values[place] for choice in self.choices},
                    **{metric: _number(experiment, metric) for metric in SAID},
                }
                for place, (name, experiment) in enumerate(self.experiments.items())
            ]
        )

    def metrics(self) -> dict[str, float | None]:
        """What ``metrics.json`` of the whole says."""
        c = self.table()["harrell_c"]
        p = self.p
        return {
            "multiverse_specifications": len(self.experiments),
            "multiverse_failed": len(self.failed),
            "multiverse_c_median": float(c.median()),
            "multiverse_c_min": float(c.min()),
            "multiverse_c_max": float(c.max()),
            "multiverse_share": None if p is None else self.share,
            "multiverse_p": None if p is None else p.p,
            "multiverse_p_low": None if p is None else p.low,
            "multiverse_p_high": None if p is None else p.high,
            "multiverse_repetitions": None if p is None else p.count,
        }

    def in_short(self) -> list[str]:
        """What a reader must know, one sentence each."""
        c = self.table()["harrell_c"]
        said = [
            f"Over {plural(len(self.experiments), 'specification')} of the same analysis, C has a median of {concordance(c.median())} and"
            f" goes from {concordance(c.min())} to {concordance(c.max())}."
        ]
        if self.p is None:
            no_p = f"There is no P that pays for having looked at all of them: {self.why_no_p}."
            return [*said, no_p, *self._not_here()]
        between = limits(self.p.low, self.p.high, probability)
        n_all = len(self.experiments) + len(self.failed)
        return [
            *said,
            f"If outcomes had nothing to do with features, the best of as many would be as good as this with P = {probability(self.p.p)}"
            f" ({plural(self.p.count, 'repetition')} on shuffled outcomes, the same for all specifications; {between} for infinitely"
            " many).",
            f"By itself, {percent(self.share)} of {n_all} have a permutation P of C of .05 or less. Whoever had run one of these alone"
            " could not have known which of them it was.",
            *self._not_here(),
        ]

    def _not_here(self) -> list[str]:
        """What is no point of the curve: a specification that failed is known, what cannot be read is not."""
        said = []
        if self.failed:
            counted = "" if self.p is None else ", and counts among those without so low a P"
            said.append(f"{plural(len(self.failed), 'specification')} failed: no point of the curve{counted}.")
        if self.unread:
            said.append(f"Beside them, not counted because it cannot be read: {first_few([*self.unread], NAMED)}.")
        return said

    def render(self, version: str) -> str:
        """The page."""
        runs = list(self.experiments.values())
        header = Header(
            cohort=runs[0].config.cohort.name,
            simulated=self.simulated,
            banners=banners(*runs),
            steps=[
                Step("Specifications", str(len(runs))),
                Step("Choices", ", ".join(one.name for one in self.choices)),
            ],
        )
        order = np.argsort(self.table()["harrell_c"].to_numpy(float), kind="stable")
        return environment().get_template("multiverse.html.j2").render(
            header=header, multiverse=self, curve=self._curve(order), rows=self._rows(order), version=version
        )  # fmt: skip

    def _curve(self, order: np.ndarray) -> Markup:
        table = self.table().iloc[order]
        figure = specification_figure(
            table["harrell_c"].to_numpy(float),
            table[["harrell_c_low", "harrell_c_high"]].to_numpy(float),
            (table["permutation_p_c"].to_numpy(float) <= ALPHA).tolist(),
            [Differing(choice.name, tuple(choice.values[place] for place in order)) for choice in self.choices],
            self.simulated,
        )
        return inline(figure, "specification-curve", "Harrell's C of every specification, and the choices that made it")

    def _rows(self, order: np.ndarray) -> list[list[str]]:
        """As they are read, the highest C first."""
        table = self.table()
        return [
            [
                *(choice.values[place] for choice in self.choices),
                cell(row["harrell_c"], concordance),
                limits(row["harrell_c_low"], row["harrell_c_high"], concordance) or "–",
                cell(row["permutation_p_c"], probability),
            ]
            for place in order[::-1]
            for row in [table.iloc[place]]
        ]


def _check_same(experiments: Mapping[str, Experiment]) -> None:
    """The same patients in the same order with the same outcomes, and one seed: else a shuffle is not the same in all."""
    (first, one), *others = experiments.items()
    expected = _outcomes(first, one)
    for name, other in others:
        found = _outcomes(name, other)
        if not found.equals(expected):
            raise ConfigError(
                f"{name} analyses {len(found)} patients, {first} {len(expected)}, or others, or the same with other outcomes; expected the"
                " same in all specifications: leave out choices that exclude patients, or exclude them everywhere (cohort.select)"
            )
        if other.config.seed != one.config.seed:
            raise ConfigError(SEVERAL_SEEDS)
        if _shuffled_inside(other) != _shuffled_inside(one):
            raise ConfigError(SHUFFLED_APART)


def _shuffled_inside(experiment: Experiment) -> tuple[str | None, float | None]:
    """Of how many sites, and whether of all, however small."""
    return experiment.config.model.strata, experiment.metrics.get("permutation_strata")


def _outcomes(name: str, experiment: Experiment) -> pd.DataFrame:
    if experiment.table(PREDICTIONS) is None:
        raise ConfigError(f"{name} has no predictions: run it to its end")
    return (
        experiment.first_repeat()[["patient_id", "time", "event"]]
        .reset_index(drop=True)
        .astype({"time": float, "event": int})
    )


def _joint_p(experiments: Sequence[Experiment]) -> tuple[PermutationP | None, str]:
    tables = [experiment.table(PERMUTATIONS) for experiment in experiments]
    if any(table is None for table in tables):
        return None, "outcomes were not shuffled (significance=naive)"
    found = [table for table in tables if table is not None]
    if len({len(table) for table in found}) > 1:
        return None, "not all have the same number of repetitions (significance.stop_after ended some early)"
    c: Float[np.ndarray, "repetition analysis"] = np.stack(
        [table["harrell_c"].to_numpy(float) for table in found], axis=1
    )
    if not np.isfinite(c).all():
        return None, "C is no number in some repetition"
    observed, shuffled = c[0], c[1:]  # repetition 0 is the outcome as it is
    return max_statistic_p(observed, shuffled), ""


def _number(experiment: Experiment, metric: str) -> float:
    value = experiment.metrics.get(metric)
    return np.nan if value is None else value
