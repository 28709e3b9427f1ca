"""What the steadiest deep features look at."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from radsurv.formats import percent
from radsurv.report.experiment import Experiment
from radsurv.report.figures.inside_plot import inside_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.folds import per_feature
from radsurv.report.sections.section import Section


def inside(experiment: Experiment) -> Section | None:
    """Occlusion maps, one figure per feature, and what they can tell and cannot."""
    table, selections, folds = experiment.inside, experiment.selections, experiment.folds
    if table is None or selections is None or folds is None:
        return None
    kept = per_feature(selections, len(folds)).set_index("feature")["kept"]
    figures: list[dict[str, Any]] = []
    for number, (feature, maps) in enumerate(table.groupby("feature", sort=False)):
        described = f"Occlusion maps of {feature} in the patients with its highest and lowest values"
        figure = inside_figure(maps, experiment.simulated)
        figures.append(
            {
                "feature": feature,
                "kept": percent(kept[feature]),
                "svg": Markup(to_svg(figure, f"inside-{number}", described)),
            }
        )
    channels = experiment.setting("patch.channels") or []
    values = {
        "figures": figures,
        "n_patients": int(table["rank"].max()) + 1,
        "cells": int(table["cells"].iloc[0]),
        "random": experiment.random_weights,
        "backbone": experiment.setting("backbone.name"),
        "sections": experiment.setting("patch.sections") or 1,
        "channel": channels[0] if len(channels) > 1 else None,
    }
    return Section("inside", "What the deep features look at", values)
