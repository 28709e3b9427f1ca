"""The runs of a folder as a site: an index to search, sort and filter, with a small picture of each; pages that compare them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup
from matplotlib.figure import Figure

from radsurv.report.banners import SIMULATED
from radsurv.report.comparison import HEADINGS
from radsurv.report.differences import NOT_RECORDED, Differing, differing_options, naturally
from radsurv.report.experiment import Experiment
from radsurv.report.figures.small_curves_plot import small_curves_figure
from radsurv.report.figures.small_specification_plot import small_specification_figure
from radsurv.report.figures.style import to_png
from radsurv.report.header import Header, Step
from radsurv.report.html import environment
from radsurv.report.metric_text import in_cell, with_its_limits
from radsurv.report.multiverse import ALPHA, Multiverse

MOST_FILTERS = 8
MOST_CHOICES = 12
SMALL_DPI = 60
# What the index is sorted by, besides the name: heading and metric.
NUMBERS = {"C": "harrell_c", **HEADINGS, "scaled Brier": "scaled_brier"}


@dataclass(frozen=True)
class Number:
    """A cell of the index: what is read, and what is sorted by; the latter is empty where there is no number."""

    shown: str
    value: str


@dataclass(frozen=True)
class Listed:
    """One run in the index.

    Attributes
    ----------
    name
        No other's.
    report
        Link to its page.
    group
        Name of the folder that it lies in, "" where this is the top.
    experiment
    """

    name: str
    report: str
    group: str
    experiment: Experiment

    def number(self, metric: str) -> Number:
        """One of `NUMBERS`."""
        own = self.experiment.metrics
        value = own.get(metric)
        shown = with_its_limits(own, metric) if metric == "harrell_c" else in_cell(own, metric)
        return Number(shown, "" if value is None else repr(value))

    @property
    def counts(self) -> str:
        """Patients and events."""
        own = self.experiment.metrics
        return f"{in_cell(own, 'n_patients')} / {in_cell(own, 'n_events')}"

    @property
    def date(self) -> str:
        """When it was finished, without the time."""
        date = self.experiment.execution.date
        return NOT_RECORDED if date is None else date[:10]

    @property
    def picture(self) -> str:
        """Its Kaplan-Meier curves as a ``data:`` address; empty where nothing was predicted."""
        if not self.experiment.n_repeats:
            return ""
        figure = small_curves_figure(self.experiment.first_repeat(), self.experiment.simulated)
        return _as_address(figure)


@dataclass(frozen=True)
class ListedMultiverse:
    """Many analyses of the same patients as one result.

    Attributes
    ----------
    name
        Of the folder that holds their runs.
    page
        Link.
    multiverse
    """

    name: str
    page: str
    multiverse: Multiverse

    @property
    def picture(self) -> str:
        """Its specification curve as a ``data:`` address."""
        table = self.multiverse.table().sort_values("harrell_c", kind="stable")
        low = (table["permutation_p_c"].to_numpy(float) <= ALPHA).tolist()
        simulated = any(one.simulated for one in self.multiverse.experiments.values())
        return _as_address(small_specification_figure(table["harrell_c"].to_numpy(float), low, simulated))


@dataclass(frozen=True)
class Dashboard:
    """The index.

    Attributes
    ----------
    title
    runs
        In the order in which they first stand.
    options
        What is not the same in all runs; of these, filters.
    comparisons
        Link to a page → what it compares.
    multiverses
    not_here
        Runs that failed, and what cannot be read or shown, with the reason.
    patients
        How patients are named on the pages of the runs.
    """

    title: str
    runs: tuple[Listed, ...]
    options: tuple[Differing, ...]
    comparisons: Mapping[str, str]
    multiverses: tuple[ListedMultiverse, ...]
    not_here: Mapping[str, str]
    patients: str

    @classmethod
    def of(
        cls,
        title: str,
        runs: Sequence[Listed],
        comparisons: Mapping[str, str],
        multiverses: Sequence[ListedMultiverse],
        not_here: Mapping[str, str],
        patients: str,
    ) -> Dashboard:
        """An index of at least one run."""
        options = differing_options([run.experiment for run in runs])
        cohorts = Differing("cohort", tuple(run.experiment.config.cohort.name for run in runs))
        groups = Differing("folder", tuple(run.group for run in runs))
        further = [one for one in (cohorts, groups) if len(set(one.values)) > 1]
        ours = [one for one in options if one.name != "cohort.name"]
        return cls(title, tuple(runs), tuple([*further, *ours]), comparisons, tuple(multiverses), not_here, patients)

    @property
    def numbers(self) -> dict[str, str]:
        """Those of `NUMBERS` that any run has: heading → metric."""
        return {
            heading: metric
            for heading, metric in NUMBERS.items()
            if any(run.experiment.metrics.get(metric) is not None for run in self.runs)
        }

    @property
    def filters(self) -> list[tuple[int, Differing, list[str]]]:
        """Options of few values: number, option, and the values to choose from."""
        found = [(place, one, sorted(set(one.values), key=naturally)) for place, one in enumerate(self.options)]
        return [one for one in found if len(one[2]) <= MOST_CHOICES][:MOST_FILTERS]

    def render(self, version: str) -> str:
        """The page. Its one script is named by hash, so that a browser runs no other."""
        script = resources.files("radsurv.report").joinpath("templates/dashboard.js").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        # All else each run says itself.
        simulated = [SIMULATED] if any(run.experiment.simulated for run in self.runs) else []
        header = Header(
            cohort=self.title,
            simulated=bool(simulated),
            banners=simulated,
            steps=[Step("Runs", str(len(self.runs))), Step("Patients are named by", self.patients)],
        )
        return environment().get_template("dashboard.html.j2").render(
            header=header, dashboard=self, script=Markup(script), script_hash=digest, version=version
        )  # fmt: skip


def _as_address(figure: Figure) -> str:
    return f"data:image/png;base64,{base64.b64encode(to_png(figure, SMALL_DPI)).decode()}"
