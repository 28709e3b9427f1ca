"""Several runs side by side: what differs, what each found, and what one has over the first on the patients in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from radsurv.catalogue.metrics import METRICS
from radsurv.catalogue.tables import PREDICTIONS
from radsurv.errors import ConfigError
from radsurv.formats import plural, signed_concordance
from radsurv.report.banners import SIMULATED
from radsurv.report.cell_text import with_limits
from radsurv.report.differences import Differing, differing_circumstances, differing_options
from radsurv.report.experiment import Experiment
from radsurv.report.figures.compared_curves_plot import MOST_CURVES, compared_curves_figure
from radsurv.report.figures.simpler_models_plot import simpler_models_figure
from radsurv.report.header import Header, Step
from radsurv.report.html import environment
from radsurv.report.metric_text import in_cell, with_its_limits
from radsurv.report.page_section import inline
from radsurv.report.published import Against, against, caveats
from radsurv.validation.paired_runs import PairedDifference, paired_difference
from radsurv.validation.search_options import FlatSearch

MOST_COLUMNS = 6  # of options in the table; all are below it
LONGEST_LABEL = 44
# Of further numbers, beside C and its difference.
HEADINGS = {
    "C, 5 × 5-fold": "kfold_harrell_c",
    "hazard ratio": "hazard_ratio",
    "permutation P": "permutation_p",
    "calibration slope": "calibration_slope",
}


def labels(names: Sequence[str], options: Sequence[Differing]) -> list[str]:
    """Of runs in a figure: number and name; where a name has no room, number and what differs; and what is longer still without its middle.

    >>> long = ["model.alpha=0.1,reduction.cindex=0.6,reduction.pearson=0.85", "first"]
    >>> labels(long, [Differing("model.alpha", ("0.1", "1")), Differing("reduction.cindex", ("0.6", "0.7"))])
    ['1  alpha 0.1, cindex 0.6', '2  first']
    """
    last = [option.name.rpartition(".")[2] for option in options]
    said = [name if last.count(name) == 1 else option.name for name, option in zip(last, options, strict=True)]
    found = []
    for place, name in enumerate(names):
        label = f"{place + 1}  {name}"
        if len(label) > LONGEST_LABEL and options:
            pairs = zip(said, options, strict=True)
            label = f"{place + 1}  " + ", ".join(f"{name} {option.values[place]}" for name, option in pairs)
        found.append(_without_middle(label))
    return found


def _without_middle(label: str) -> str:
    half = LONGEST_LABEL // 2
    return label if len(label) <= LONGEST_LABEL else f"{label[:half]}…{label[-half + 1 :]}"


@dataclass(frozen=True)
class Compared:
    """One run, held against the first.

    Attributes
    ----------
    number
        From 1 on: how the page speaks of it.
    name
        No other's.
    label
        For figures.
    experiment
    difference
        From the first run; of the first itself, None.
    report
        Where its page is, as a link from the folder of the comparison; empty where it has none, or none that the reader could reach.
    """

    number: int
    name: str
    label: str
    experiment: Experiment
    difference: PairedDifference | None
    report: str = ""

    @property
    def metrics(self) -> Mapping[str, float | None]:
        return self.experiment.metrics

    @property
    def concordance(self) -> str:
        """C with its limits."""
        return with_its_limits(self.metrics, "harrell_c")

    @property
    def delta(self) -> str:
        """What it has over the first, or why nobody can say."""
        if self.difference is None:
            return "–"
        found = self.difference
        return found.reason or with_limits(found.delta, found.low, found.high, signed_concordance)

    @property
    def counts(self) -> tuple[str, str]:
        """Patients and events."""
        return in_cell(self.metrics, "n_patients"), in_cell(self.metrics, "n_events")

    @property
    def cells(self) -> tuple[str, ...]:
        """Further numbers, in the order of `HEADINGS`."""
        return tuple(in_cell(self.metrics, metric) for metric in HEADINGS.values())

    @property
    def cautions(self) -> list[str]:
        """What must not be overlooked of this run alone."""
        run = self.experiment
        said = {
            f"the model was trained on {run.n_known} of the patients whom it predicts": bool(run.n_known),
            "deep features of a network that was never trained": run.random_weights,
            "hyper-parameters tuned on everybody (search=flat): optimistic": isinstance(run.config.search, FlatSearch),
            "no fold has a model": run.null,
        }
        return [text for text, holds in said.items() if holds]


@dataclass(frozen=True)
class Comparison:
    """All of them.

    Attributes
    ----------
    runs
        At least two, in the order that was asked for.
    options, circumstances
        What is not the same in all.
    failed
        Why others of a sweep are not here, by run.
    published
        Those that repeat what a paper has published, beside its numbers.
    """

    runs: tuple[Compared, ...]
    options: tuple[Differing, ...]
    circumstances: tuple[Differing, ...]
    failed: Mapping[str, str]
    published: tuple[Against, ...]

    @classmethod
    def of(
        cls,
        experiments: Mapping[str, Experiment],
        reports: Mapping[str, str],
        failed: Mapping[str, str],
        predictions: Mapping[str, pd.DataFrame] | None = None,
    ) -> Comparison:
        """Compare experiments by name.

        Parameters
        ----------
        experiments
            The first is what the others are held against.
        reports
            Links to their pages, as far as there are any.
        failed
            Name → why there is no experiment.
        predictions
            Name → what the differences are taken of, in place of the experiment's own table: resamples hang on the order of its rows.

        Raises
        ------
        ConfigError
            Fewer than two, one without predictions, or one that repeats what no paper is known for.
        """
        if len(experiments) < 2:
            raise ConfigError(f"{plural(len(experiments), 'finished run')} to compare; expected at least two")
        runs = list(experiments.values())
        if predictions is None:
            predictions = {name: _predictions(name, run) for name, run in experiments.items()}
        first, *others = predictions
        seed = experiments[first].config.seed
        found = {name: paired_difference(predictions[name], predictions[first], seed) for name in others}
        options = differing_options(runs)
        named = zip(experiments.items(), labels([*experiments], options), strict=True)
        return cls(
            runs=tuple(
                Compared(number, name, label, run, found.get(name), reports.get(name, ""))
                for number, ((name, run), label) in enumerate(named, start=1)
            ),
            options=tuple(options),
            circumstances=tuple(differing_circumstances(runs)),
            failed=failed,
            published=against(experiments),
        )

    @property
    def simulated(self) -> bool:
        """Whether any patient of any run was made up."""
        return any(run.experiment.simulated for run in self.runs)

    @property
    def published_caveats(self) -> dict[str, str]:
        """What stands against comparing a published number, by its label."""
        return caveats(self.published)

    @property
    def columns(self) -> tuple[Differing, ...]:
        """The options that stand beside the numbers."""
        return self.options[:MOST_COLUMNS]

    def table(self) -> pd.DataFrame:
        """One row per run: name, every option that differs, every metric that any of them has, and the difference from the first
        (``n_common, delta_c, delta_c_low, delta_c_high, no_difference``)."""
        known = [name for name in METRICS if any(name in run.metrics for run in self.runs)]
        return pd.DataFrame(
            [
                {
                    "run": run.name,
                    **{option.name: option.values[place] for option in self.options},
                    **{name: run.metrics.get(name) for name in known},
                    **_of_difference(run.difference),
                }
                for place, run in enumerate(self.runs)
            ]
        )

    def in_short(self) -> list[str]:
        """What a reader must know, one sentence each."""
        with_c = [run for run in self.runs if run.metrics.get("harrell_c") is not None]
        told = [run for run in self.runs if run.difference is not None and _has_limits(run.difference)]
        untold = [run for run in self.runs if run.difference is not None and not _has_limits(run.difference)]
        said = []
        if with_c:
            best = max(with_c, key=lambda run: run.metrics["harrell_c"] or 0.0)
            whose = "" if len({_judged(run) for run in with_c}) == 1 else ", of its own patients"
            beside = f", {best.delta} against run 1" if any(run is best for run in told) else ""
            said.append(f"The highest C is that of run {best.number}{whose}: {best.concordance}{beside}.")
        clear = [f"run {run.number}" for run in told if _clear(run.difference)]
        if told:
            said.append(
                f"By more than chance among these patients, run 1 differs from {', '.join(clear)}."
                if clear
                else "None differs from run 1 by more than chance among these patients: all limits hold 0."
            )
        if untold:
            said.append(
                f"Of {', '.join(f'run {run.number}' for run in untold)} nobody can say whether it differs from run 1."
            )
        if len(self.runs) > 2:
            said.append(
                f"Who takes the best of {len(self.runs)} takes its luck along: report all of them, or leave the choice to a search"
                " inside the folds (search=optuna), which pays for it."
            )
        return said

    def render(self, version: str) -> str:
        """The page."""
        names = list(dict.fromkeys(run.experiment.config.cohort.name for run in self.runs))
        steps = {"Runs": str(len(self.runs)), "Held against run 1": self.runs[0].name, "Patients": _patients(self.runs)}
        header = Header(
            cohort=" · ".join(names),
            simulated=self.simulated,
            banners=[SIMULATED] if self.simulated else [],  # all else is said of each run
            steps=[Step(name, said) for name, said in steps.items()],
        )
        drawn = [run for run in self.runs if run.experiment.n_repeats][:MOST_CURVES]
        outcomes = {
            (run.experiment.time_unit, run.experiment.landmark_days, run.experiment.config.cohort.event_of_interest)
            for run in drawn
        }
        curves = None
        if len(outcomes) == 1:
            unit, landmark, cause = outcomes.pop()
            tables = {run.label: run.experiment.first_repeat() for run in drawn}
            curves = inline(
                compared_curves_figure(
                    tables, unit, self.simulated, landmark_days=landmark, of_cause=cause is not None
                ),
                "compared-curves",
                "Kaplan-Meier curves of the groups that each run predicts",
            )
        return environment().get_template("comparison.html.j2").render(
            header=header, comparison=self, headings=HEADINGS, version=version,
            forest=_forest(self.runs, self.simulated), curves=curves, n_drawn=len(drawn),
        )  # fmt: skip


def _predictions(name: str, run: Experiment) -> pd.DataFrame:
    found = run.table(PREDICTIONS)
    if found is None:
        raise ConfigError(f"{name} has no predictions: it ended before stage evaluate; run it to its end")
    return found


def _has_limits(difference: PairedDifference) -> bool:
    return not difference.reason and math.isfinite(difference.low) and math.isfinite(difference.high)


def _judged(run: Compared) -> frozenset[tuple[str, float, float]]:
    """Patients with their outcomes."""
    table = run.experiment.first_repeat()
    return frozenset(zip(table["patient_id"].astype(str), table["time"], table["event"], strict=True))


def _clear(difference: PairedDifference | None) -> bool:
    return difference is not None and (difference.low > 0 or difference.high < 0)


def _of_difference(difference: PairedDifference | None) -> dict[str, object]:
    if difference is None:
        return {"n_common": None, "delta_c": None, "delta_c_low": None, "delta_c_high": None, "no_difference": ""}
    return {
        "n_common": difference.n_common,
        "delta_c": difference.delta,
        "delta_c_low": difference.low,
        "delta_c_high": difference.high,
        "no_difference": difference.reason,
    }


def _patients(runs: Sequence[Compared]) -> str:
    counts = [set(run.experiment.first_repeat()["patient_id"]) for run in runs]
    common, everybody = set.intersection(*counts), set.union(*counts)
    return (
        f"{len(everybody)}, the same in all"
        if common == everybody
        else f"{len(common)} in all runs, {len(everybody)} in any"
    )


def _forest(runs: Sequence[Compared], simulated: bool) -> Markup:
    table = pd.DataFrame(
        [
            {name: run.metrics.get(name) for name in ("harrell_c", "harrell_c_low", "harrell_c_high")}
            | {name: _of_difference(run.difference)[name] for name in ("delta_c", "delta_c_low", "delta_c_high")}
            for run in runs
        ],
        dtype=float,
    )
    figure = simpler_models_figure(table, [run.label for run in runs], simulated, difference="C minus that of run 1")
    return inline(figure, "compared-runs", "Harrell's C of every run, and its difference from the first")
