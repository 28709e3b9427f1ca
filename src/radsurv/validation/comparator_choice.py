"""The simpler models that an experiment is held against: which features each is made of, and how it is trained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from radsurv.options.run import Comparator as ComparatorName
from radsurv.survival.models.cox import Cox
from radsurv.validation.protocol import NO_SEARCH, Protocol
from radsurv.validation.search_options import NoSearch
from radsurv.validation.search_space import searched

# The volume where the cohort has outlines: what it is called among the features, and so in the table and on the page.
OUTLINE_VOLUME = "the volume of the whole outline"
# Where it has not, columns of its ready table: of the first name that is there. That of voxels is measured as an outline's is;
# RadSurv's own shape_Volume is of one section.
READY_VOLUMES = tuple(re.compile(rf"(^|_)shape_{measured}Volume$") for measured in ("Voxel", "Mesh", ""))
# Which kinds of features each comparator is made of; in the order of the table.
KINDS: dict[ComparatorName, tuple[str, ...]] = {
    "clinical": ("clinical",),
    "volume": ("volume",),
    "volume_clinical": ("volume", "clinical"),
    "radiomics": ("radiomics",),
    "radiomics_clinical": ("radiomics", "clinical"),
    "deep": ("deep",),
    "deep_clinical": ("deep", "clinical"),
    "combined": ("radiomics", "deep"),
    "combined_clinical": ("radiomics", "deep", "clinical"),
}
MANY = frozenset({"radiomics", "deep"})  # kinds of which there are so many that they have to be reduced
COVARIATES = "clinical"
WITH_COVARIATES = tuple(name for name, made_of in KINDS.items() if COVARIATES in made_of)


@dataclass(frozen=True)
class Comparator:
    """A part of the feature table.

    Attributes
    ----------
    name
        Of `KINDS`.
    features
        In the order of the table.
    plain
        Whether it is a Cox regression on all of its features, not the pipeline of the experiment: a handful of
        covariates needs no reduction, and thresholds made for thousands would throw them out.
    """

    name: ComparatorName
    features: list[str]
    plain: bool

    @property
    def described(self) -> str:
        """In words, with its features where they are few."""
        shown = self.features if len(self.features) <= 4 else []
        how = "Cox regression" if self.plain else "the pipeline of the experiment"
        return f"{how} on {', '.join(shown) or f'{len(self.features)} features'}"

    def protocol(self, experiment: Protocol) -> Protocol:
        """How it is trained beside this experiment."""
        if self.plain:
            stratified = Cox(name="cox", clinical="none", strata=experiment.model.strata)
            return experiment.plain(experiment.reduction.without_steps(), stratified)
        search = experiment.search
        if isinstance(search, NoSearch):
            return experiment
        # Without groups of features: which they are is what comparators differ in.
        among_all = search.model_copy(update={"features": None})
        left = searched(among_all, experiment.reduction, experiment.model)
        return replace(experiment, search=among_all if left else NO_SEARCH)


def choose_comparators(
    asked: Sequence[ComparatorName], kinds: Mapping[str, str], experiment: Sequence[str]
) -> tuple[list[Comparator], dict[str, str]]:
    """What each comparator is made of here, and why some have nothing to say.

    Parameters
    ----------
    asked
        Names.
    kinds
        Feature → ``clinical``, ``radiomics``, ``deep``, or ``volume`` for `OUTLINE_VOLUME`; in the order of the table.
    experiment
        Features of the experiment.
    """
    comparators: list[Comparator] = []
    reasons: dict[str, str] = {}
    volumes = _volumes(kinds)
    for name in dict.fromkeys(asked):
        plain = MANY.isdisjoint(KINDS[name])
        own = [
            one for one, kind in kinds.items() if kind in KINDS[name] or ("volume" in KINDS[name] and one in volumes)
        ]
        twin = next((one.name for one in comparators if one.features == own and one.plain == plain), None)
        covariates = [one for one in own if kinds[one] == COVARIATES]
        images = [kind for kind in KINDS[name] if kind != COVARIATES]
        if not own:
            reasons[name] = f"there are no {' and no '.join(KINDS[name])} features"
        elif images and name in WITH_COVARIATES and not covariates:
            reasons[name] = f"there are no {COVARIATES} features"
        elif not plain and set(own) == set(experiment):
            reasons[name] = "the features of the experiment itself"
        elif images and len(covariates) == len(own):
            reasons[name] = f"there are no {' and no '.join(images)} features"
        elif twin is not None:
            reasons[name] = f"the same features as {twin}"
        else:
            comparators.append(Comparator(name, own, plain))
    return comparators, reasons


def _volumes(kinds: Mapping[str, str]) -> list[str]:
    """Of the outlines, otherwise of a ready table."""
    ready = ([one for one in kinds if named.search(one)] for named in READY_VOLUMES)
    return [one for one, kind in kinds.items() if kind == "volume"] or next(filter(None, ready), [])
