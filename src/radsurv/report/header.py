"""The top of the page: what must not be overlooked, and the experiment in a few words, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from radsurv.catalogue.tables import COHORT, TRIALS
from radsurv.cohort.patient import ANALYSED
from radsurv.formats import number
from radsurv.report.banners import SIMULATED, Banner, banners
from radsurv.report.competing import Competing
from radsurv.report.experiment import Experiment
from radsurv.report.median_text import median_text
from radsurv.report.recipe import recipe_note
from radsurv.survival.kaplan_meier import median_follow_up, median_survival
from radsurv.survival.outcome import Outcome, of_any_cause
from radsurv.validation.search_options import FEATURES
from radsurv.validation.search_space import configured, searched
from radsurv.validation.splits import EVERYBODY
from radsurv.validation.validation_options import Scheme

MOST_VALUES = 3


@dataclass(frozen=True)
class Step:
    """One step of the experiment, as it was done."""

    name: str
    said: str


@dataclass(frozen=True)
class Header:
    """Banners, and the steps.

    Attributes
    ----------
    cohort
        Its name.
    simulated
        Whether any patients are made up.
    banners
    steps
    """

    cohort: str
    simulated: bool
    banners: Sequence[Banner]
    steps: Sequence[Step]


def header(experiment: Experiment) -> Header:
    """The top of an experiment's page."""
    return Header(
        cohort=experiment.config.cohort.name,
        simulated=experiment.simulated,
        banners=banners(experiment),
        steps=steps(experiment),
    )


def passport_header(experiment: Experiment) -> Header:
    """The top of a cohort's page, before any run."""
    cohort = experiment.table(COHORT)
    said = {"Images": _images(experiment)}
    if cohort is not None and {"time", "event"} <= set(cohort):
        said |= _outcome(experiment, cohort)
    return Header(
        cohort=experiment.config.cohort.name,
        simulated=experiment.simulated_here,
        banners=[SIMULATED] if experiment.simulated_here else [],
        steps=[Step(name, text) for name, text in said.items() if text],
    )


def _images(experiment: Experiment) -> str:
    config = experiment.config
    if config.cohort.features is not None:
        return "none: a ready feature table"
    axis = "" if config.roi.section_axis == "auto" else f" along {config.roi.section_axis}"
    channels = ", ".join(dict.fromkeys([ANALYSED, *config.patch.channels]))
    return f"{channels}; the section{axis} with the largest outline"


def steps(experiment: Experiment) -> list[Step]:
    """Each step as it was done: by the model that was applied, by the values that a search chose, or as configured."""
    said = {
        "Features": _features(experiment),
        **_learning(experiment),
        "Validation": _validation(experiment),
        **(_outcome(experiment, experiment.first_repeat()) if experiment.n_repeats else {}),
        "Recipe": recipe_note(experiment.config),
    }
    return [Step(name, text) for name, text in said.items() if text]


def _features(experiment: Experiment) -> str:
    config = experiment.config
    if config.cohort.features is not None:
        kinds = ["a ready table"]
    else:
        kinds = ["radiomics"] if config.computes_radiomics else []
        kinds += [config.backbone.name] if config.computes_deep else []
    kinds += config.cohort.covariates
    count = experiment.metrics.get("n_features")
    parts = [" + ".join(kinds), "" if count is None else f"{number(count)} in all"]
    groups = _chosen(experiment).get(FEATURES)
    if groups is not None:
        parts.append(f"groups {groups}")
    return ", ".join(filter(None, parts))


def _learning(experiment: Experiment) -> dict[str, str]:
    """What was fitted in each training set."""
    config, applied = experiment.config, experiment.applied
    if experiment.external:
        told = ("", "", "") if applied is None else (applied.transforms, applied.reduction, applied.trained)
    else:
        reduction, model = configured(config.reduction, config.model, _chosen(experiment))
        covariates = [config.model.describe_clinical()] if config.cohort.covariates else []
        told = (config.transforms.describe(), reduction.describe(), "; ".join([model.describe(), *covariates]))
    return dict(zip(("Transforms", "Reduction", "Model"), told, strict=True))


def _validation(experiment: Experiment) -> str:
    scheme, n_folds = experiment.config.validation, experiment.metrics.get("n_folds")
    said = scheme.describe(None if n_folds is None else int(n_folds))
    applied = experiment.applied
    if isinstance(scheme, Scheme):
        return said + (f", λ by {scheme.inner_splits}-fold" if experiment.config.model.has_penalty else "")
    trained_on = "" if applied is None else f" of {applied.cohort}, {number(applied.n_patients)} patients"
    return f"external: {said}{trained_on}"


def _outcome(experiment: Experiment, rows: pd.DataFrame) -> dict[str, str]:
    """Which of several causes is the event, where times start, and how long patients were followed."""
    competing, landmark = Competing.of(experiment), experiment.landmark_days
    return {
        "Event": "" if competing is None else competing.told,
        "Landmark": ""
        if landmark is None
        else f"times start {landmark:g} days after those of the table, for patients who are followed beyond without the event",
        "Follow-up": _followed(rows if competing is None else competing.rows, experiment.time_unit)
        + ("" if landmark is None else " from the landmark on"),
    }


def _followed(rows: pd.DataFrame, unit: str) -> str:
    """How long patients were followed and lived, each number by its name, in the unit that the configuration takes the times to be in."""
    outcome = Outcome(rows["time"].to_numpy(float), rows["event"].to_numpy(bool))
    medians = {
        "median follow-up (reverse Kaplan-Meier)": median_follow_up(of_any_cause(rows)),
        "median survival (Kaplan-Meier)": median_survival(outcome),
    }
    said = [f"{name} {median_text(median, unit)}" for name, median in medians.items()]
    low, high = (number(float(end)) for end in (outcome.time.min(), outcome.time.max()))
    return "; ".join([*said, f"times from {low} to {high} {unit} (cohort.time_unit)"])


class Chosen:
    """The values of a hyper-parameter that a search chose: they stand where a description prints the one configured value.

    >>> f"C ≥ {Chosen(pd.Series([0.66, 0.64, 0.66])):g}"
    'C ≥ (searched: 0.66 in 2 of 3 folds, 0.64 in 1)'

    Parameters
    ----------
    values
        One per training set.
    everywhere
        Whether one search served all training sets.
    """

    def __init__(self, values: pd.Series, *, everywhere: bool = False) -> None:
        self._values, self._everywhere = values, everywhere

    def __format__(self, form: str) -> str:
        counts = self._values.value_counts(sort=False)
        # Of equal counts the smaller value first, whatever the order of the rows.
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if not ordered:
            return "(searched)"
        if self._everywhere:
            return f"(searched: {format(ordered[0][0], form)} for all folds)"
        shown = [f"{format(value, form)} in {count:,}" for value, count in ordered[:MOST_VALUES]]
        shown[0] += f" of {len(self._values):,} folds"
        return f"(searched: {', '.join(shown)}{', …' if len(ordered) > MOST_VALUES else ''})"


def _chosen(experiment: Experiment) -> dict[str, Chosen]:
    """The chosen values of every searched hyper-parameter, under its name."""
    config, trials = experiment.config, experiment.table(TRIALS)
    names = [] if experiment.external else searched(config.search, config.reduction, config.model)
    if trials is None:
        return {name: Chosen(pd.Series()) for name in names}
    rows = trials[trials["chosen"]]
    return {name: Chosen(rows[name], everywhere=bool((rows["fold"] == EVERYBODY).all())) for name in names}
