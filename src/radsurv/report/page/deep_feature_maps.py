"""What the steadiest deep features look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import ATTRIBUTION, FOLDS, SELECTIONS
from radsurv.formats import percent, plural
from radsurv.report.experiment import Experiment
from radsurv.report.figures.occlusion_plot import occlusion_figure
from radsurv.report.folds import per_feature
from radsurv.report.page_section import PageSection, inline


@dataclass(frozen=True)
class FeatureMaps:
    """The maps of one feature, and in which share of the folds it survived reduction."""

    feature: str
    kept: str
    maps: Markup


@dataclass(frozen=True, kw_only=True)
class DeepFeatureMaps(PageSection):
    """Occlusion maps, one figure per feature, and what they can tell and cannot.

    Attributes
    ----------
    figures
    features
        How many, with their noun.
    external
        Whether they are those of a finished model, which has no folds to survive in.
    n_patients
        On either end of a feature's values.
    cells
        Along each side of the patch.
    random
        Whether the network was never trained.
    backbone, n_sections
    channel
        Which of several sequences the pictures show.
    """

    order: ClassVar[int] = 120
    title: str = "What the deep features look at"

    figures: tuple[FeatureMaps, ...]
    features: str
    external: bool
    n_patients: int
    cells: int
    random: bool
    backbone: str
    n_sections: int
    channel: str | None

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table, selections, folds = (experiment.table(entry) for entry in (ATTRIBUTION, SELECTIONS, FOLDS))
        if table is None or selections is None or folds is None or not experiment.lists_patients:
            return None
        kept = per_feature(selections, len(folds)).set_index("feature")["kept"]
        patch = experiment.config.patch
        figures = []
        for place, (feature, maps) in enumerate(table.groupby("feature", sort=False)):
            described = f"Occlusion maps of {feature} in the patients with its highest and lowest values"
            figure = inline(occlusion_figure(maps, experiment.simulated), f"occlusion-{place}", described)
            figures.append(FeatureMaps(str(feature), percent(kept[feature]), figure))
        return cls(
            figures=tuple(figures),
            features=plural(len(figures), "deep feature"),
            external=experiment.external,
            n_patients=int(table["rank"].max()) + 1,
            cells=int(table["cells"].iloc[0]),
            random=experiment.random_weights,
            backbone=experiment.config.backbone.name,
            n_sections=patch.sections,
            channel=patch.channels[0] if len(patch.channels) > 1 else None,
        )
