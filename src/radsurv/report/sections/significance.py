"""Could it be chance: the permutation test beside the naive P."""

from __future__ import annotations

from markupsafe import Markup

from radsurv.formats import number, p_value, percent, plural, probability
from radsurv.report.experiment import Experiment
from radsurv.report.figures.permutation_plot import NAIVE_05, permutation_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.sections.section import Section

ROWS = (
    ("permutation_p", "Log-rank χ², signed"),
    ("permutation_p_hr", "Hazard ratio"),
    ("permutation_p_c", "Harrell's C"),
)


def significance(experiment: Experiment) -> Section | None:
    """P values of the permutation test, and the repetitions that they were counted from."""
    table = experiment.permutations
    if table is None or len(table) < 2:
        return None
    metrics = experiment.metrics
    naive, asked = metrics.get("log_rank_p"), experiment.setting("significance.permutations")
    done, counted = len(table) - 1, metrics.get("permutation_count")
    described = "Log-rank statistic and concordance of the repetitions on shuffled outcomes, and of this experiment"
    return Section(
        "significance",
        "Could it be chance?",
        {
            "figure": Markup(to_svg(permutation_figure(table, experiment.simulated), "permutations", described)),
            "external": experiment.external,
            "naive": None if naive is None else p_value(naive),
            "done": plural(done, "repetition"),
            "counted": None if counted is None or counted == done else number(counted),
            "stopped": asked is not None and done < asked,
            "rows": [
                {"label": label, "p": probability(p), "limits": monte_carlo(metrics, name)}
                for name, label in ROWS
                if (p := metrics.get(name)) is not None
            ],
            "small": _part(float((table["signed_log_rank"].iloc[1:].abs() > NAIVE_05).mean())),
        },
    )


def _part(share: float) -> str:
    """A share before "of the repetitions"."""
    return {0.0: "none", 1.0: "all"}.get(share, percent(share))


def monte_carlo(metrics: dict[str, float | None], name: str) -> str:
    """What infinitely many repetitions would give, as far as these tell; nothing where that was not computed."""
    low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
    return "" if low is None or high is None else f"{probability(low)} to {probability(high)}"
