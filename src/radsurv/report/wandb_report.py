"""A W&B report of a run: what the run shows in words, over the charts and tables that were logged of it, beside the runs of its sweep."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.report.abstract import Abstract
from radsurv.report.tracker import LoggedRun

if TYPE_CHECKING:
    from wandb_workspaces.reports import v2 as wr

FILE = "radsurv-report.json"
LACKING = "a W&B report needs wandb-workspaces, which is not installed: pip install 'radsurv[wandb-report]'"
LONGEST_TITLE = 128  # that W&B takes
MOST_RUNS = 100  # of a sweep, in its chart
NUMBERS = ("harrell_c", "hazard_ratio", "permutation_p")
HALF, WHOLE = 12, 24  # of the width of a report


class WandbRun(Protocol):
    """A run as W&B's clients know it; an address and always an entity has one that is on a server."""

    @property
    def id(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def url(self) -> str | None: ...


class WandbReport(BaseModel):
    """What a W&B report is made from: text, and names of what was logged, as patients, paths and all else were logged.

    Attributes
    ----------
    project, entity, run_id
        Where the run is, or will be; entity None: where W&B sends runs by itself.
    name, group
        Of the run.
    abstract
    charts, tables
        Names under which they were logged.
    page
        The artifact that holds the report of the run folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str
    entity: str | None
    run_id: str
    name: str
    group: str | None
    abstract: Abstract
    charts: tuple[str, ...]
    tables: tuple[str, ...]
    page: str

    @classmethod
    def of(cls, run: LoggedRun, logged: WandbRun) -> Self:
        """What to write of a run, and as which it was logged."""
        (page,) = (artifact.name for artifact in run.artifacts if artifact.kind == "report")
        return cls(
            project=logged.project,
            entity=logged.entity or None,
            run_id=logged.id,
            name=run.begun.name,
            group=run.begun.group,
            abstract=run.abstract,
            charts=tuple(chart_key(name) for name in run.charts),
            tables=tuple(table_key(name) for name in run.tables),
            page=page,
        )

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What is kept in W&B's folder of a run.

        Raises
        ------
        ConfigError
            If there is nothing, or nothing that can be read.
        """
        file = folder / FILE
        try:
            return cls.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            raise ConfigError(
                f"{folder} has no {FILE} that can be read: expected the folder that the last line of a run with"
                " tracking.report=true names, RUN_DIR/wandb/offline-run-… or RUN_DIR/wandb/run-…"
            ) from None

    def keep(self, folder: Path) -> str:
        """Keep it in W&B's folder of the run, of which `wandb sync` sends other files; gives the command that writes the report."""
        with atomic(folder / FILE) as temporary:
            temporary.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        return f"radsurv wandb-report {shlex.quote(str(folder))}"

    def write(self, run: WandbRun) -> str:
        """Write the report beside the run; gives its address.

        Raises
        ------
        Exception
            Whatever the libraries raise: they have no error of their own for a server that refuses, or does not answer.
        """
        report = self.build(run)
        report.save()
        # Its title stands in its address.
        return quote(report.url, safe=":/=,[]")

    def build(self, run: WandbRun) -> wr.Report:
        """The report in the library's own form."""
        # Imported here because it takes a second: only those who ask for a report pay for it.
        from wandb_workspaces.reports import v2 as wr

        return wr.Report(
            entity=run.entity,
            project=run.project,
            title=f"RadSurv: {self.name}"[:LONGEST_TITLE],
            width="fluid",
            blocks=[*self._words(run), *self._charts(), *self._group(), *self._tables()],
        )

    def _words(self, run: WandbRun) -> list[Any]:
        from wandb_workspaces.reports import v2 as wr

        told = self.abstract
        blocks: list[Any] = [wr.CalloutBlock(text=banner) for banner in told.banners]
        blocks += [wr.P(said) for said in (told.lead, told.sentence) if said]
        if told.flags:
            blocks += [wr.P("What speaks against these numbers:"), wr.UnorderedList([*told.flags])]
        pages = f"{str(run.url).partition('/runs/')[0]}/artifacts/report/{quote(self.page)}"
        links: list[Any] = [
            wr.Link("This run", url=str(run.url)),
            ", ",
            wr.Link("its whole report, among those of its cohort", url=pages),
        ]
        return [*blocks, wr.P(links)]

    def _charts(self) -> list[Any]:
        from wandb_workspaces.reports import v2 as wr

        if not self.charts:
            return []
        panels: list[Any] = [
            wr.MediaBrowser(
                title=name.partition("/")[2].replace("_", " "),
                media_keys=[name],
                num_columns=1,
                layout=wr.Layout(w=HALF, h=HALF),
            )
            for name in self.charts
        ]
        return [wr.H2("Charts"), wr.PanelGrid(runsets=[self._itself()], panels=panels)]

    def _tables(self) -> list[Any]:
        from wandb_workspaces.reports import v2 as wr

        if not self.tables:
            return []
        panels: list[Any] = [
            wr.WeavePanelSummaryTable(table_name=name, layout=wr.Layout(w=WHOLE, h=HALF)) for name in self.tables
        ]
        return [wr.H2("Tables"), wr.PanelGrid(runsets=[self._itself()], panels=panels)]

    def _group(self) -> list[Any]:
        """Harrell's C of all runs of the sweep."""
        from wandb_workspaces.reports import v2 as wr

        if self.group is None:
            return []
        bars = wr.BarPlot(
            title="Harrell's C (0.5: a coin)",
            metrics=["harrell_c"],
            range_x=(0.0, 1.0),
            max_runs_to_show=MOST_RUNS,
            max_bars_to_show=MOST_RUNS,
            layout=wr.Layout(w=WHOLE, h=HALF),
        )
        caution = "Whoever takes the best of several runs pays for having looked at all: radsurv multiverse has a P that does."
        return [
            wr.H2("The runs of its group"),
            wr.P(caution),
            wr.PanelGrid(runsets=[_runs(self.group, "Group", self.group)], panels=[bars]),
        ]

    def _itself(self) -> wr.Runset:
        """The run alone: its name may be that of others."""
        return _runs(self.name, "ID", self.run_id)


def chart_key(name: str) -> str:
    """What a chart is logged as."""
    return f"charts/{name}"


def table_key(name: str) -> str:
    """What a table is logged as."""
    return f"tables/{name}"


def installed() -> bool:
    """Whether there is what writes W&B reports."""
    return find_spec("wandb_workspaces") is not None


def _runs(name: str, attribute: str, value: str) -> wr.Runset:
    """Those runs of the report's project whose attribute has a value.

    The library reads filters as Python's expressions, after it has replaced every ``=``, ``<`` and ``>``, those of values as well:
    hence a value without any such character (``alpha=0.1``).
    """
    from wandb_workspaces.reports import v2 as wr

    escaped = "".join(f"\\U{ord(character):08x}" for character in value)
    columns = [f"summary:{number}" for number in NUMBERS]
    return wr.Runset(name=name, filters=f'Metric("{attribute}") == "{escaped}"', pinned_columns=columns)
