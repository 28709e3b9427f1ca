"""Could it be chance: the permutation test beside the naive P."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import PERMUTATIONS, SITES
from radsurv.formats import number, p_value, percent, plural, probability
from radsurv.options.run import Permutations
from radsurv.report.cell_text import cell
from radsurv.report.evidence import Evidence
from radsurv.report.experiment import Experiment
from radsurv.report.figures.permutation_plot import NAIVE_05, permutation_figure
from radsurv.report.monte_carlo import monte_carlo
from radsurv.report.page_section import PageSection, inline
from radsurv.report.rules import ALPHA

OVERALL = "Log-rank χ², signed: outcomes shuffled over everybody"
STATISTICS = {
    "permutation_p": "Log-rank χ², signed",
    "permutation_p_hr": "Hazard ratio",
    "permutation_p_c": "Harrell's C",
}


@dataclass(frozen=True)
class Statistic:
    """The P of one statistic, a dash where it has none, and its Monte-Carlo interval."""

    label: str
    p: str
    limits: str


@dataclass(frozen=True, kw_only=True)
class Chance(PageSection):
    """P values of the permutation test, and the repetitions that they were counted from.

    Attributes
    ----------
    figure
    rows
    external
        Whether fixed predictions were compared, not the pipeline repeated.
    naive
        The log-rank P, where there is one.
    done
        How many repetitions.
    counted
        Of these, from how many the P of the headline was counted; None where from all.
    stopped
        Whether that was before as many as allowed.
    small
        In which part of the repetitions the log-rank P was below .05.
    strata
        Inside of which outcomes were shuffled, with patients and events; none where over everybody.
    overall
        The P of shuffles over everybody, where both were made.
    disagree
        Whether these two are on different sides of .05.
    with_covariates
        Whether the features are covariates and images together.
    """

    order: ClassVar[int] = 30
    title: str = "Could it be chance?"

    figure: Markup
    rows: tuple[Statistic, ...]
    external: bool
    naive: str | None
    done: str
    counted: str | None
    stopped: bool
    small: str
    strata: tuple[str, ...]
    overall: Statistic | None
    disagree: bool
    with_covariates: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(PERMUTATIONS)
        if table is None or len(table) < 2:
            return None
        metrics, asked = experiment.metrics, experiment.config.significance
        naive, done, counted = metrics.get("log_rank_p"), len(table) - 1, metrics.get("permutation_count")
        p, overall = metrics.get("permutation_p"), metrics.get("permutation_p_overall")
        described = "Log-rank statistic and concordance of the repetitions on shuffled outcomes, and of this experiment"
        return cls(
            figure=inline(permutation_figure(table, experiment.simulated), "permutations", described),
            rows=tuple(_statistic(metrics, key, label) for key, label in STATISTICS.items()),
            external=experiment.external,
            naive=None if naive is None else p_value(naive),
            done=plural(done, "repetition"),
            counted=None if counted is None or counted == done else number(counted),
            stopped=isinstance(asked, Permutations) and done < asked.permutations,
            small=_part(float((table["signed_log_rank"].iloc[1:].abs() > NAIVE_05).mean())),
            strata=_strata(experiment),
            overall=None if overall is None else _statistic(metrics, "permutation_p_overall", OVERALL),
            disagree=p is not None and overall is not None and (overall < ALPHA) != (p < ALPHA),
            with_covariates=Evidence.of(experiment).with_clinical,
        )


def _statistic(metrics: Mapping[str, float | None], key: str, label: str) -> Statistic:
    return Statistic(label, cell(metrics.get(key), probability), monte_carlo(metrics, key))


def _strata(experiment: Experiment) -> tuple[str, ...]:
    """The sites are those of stage evaluate, by the same rule of the same patients."""
    table = experiment.table(SITES)
    if table is None or not experiment.metrics.get("permutation_strata"):
        return ()
    return tuple(map(_stratum, table.itertuples()))


def _stratum(row: Any) -> str:
    return f"{row.site} ({plural(row.n, 'patient')}, {plural(row.events, 'event')})"


def _part(share: float) -> str:
    """A share before "of the repetitions"."""
    return {0.0: "none", 1.0: "all"}.get(share, percent(share))
