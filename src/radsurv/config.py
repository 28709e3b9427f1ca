"""The configuration: what Hydra composes from ``conf/``, checked once and typed from there on.

Every section is one Hydra group (one folder of ``conf/``) and one ``params:`` subtree of ``dvc.yaml``. All defaults are in
``conf/``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError

from radsurv.catalogue.stages import StageName
from radsurv.cohort.covariates import PREFIX
from radsurv.cohort.parts import PART_NAME
from radsurv.compute.compute_options import Compute
from radsurv.errors import ConfigError
from radsurv.formats import one_line
from radsurv.options.base import Section
from radsurv.options.cohort_addresses import check_addresses
from radsurv.options.cohort_table import CohortConfig
from radsurv.options.file_paths import FilePath, paths_of
from radsurv.options.imaging import BackboneConfig, PatchConfig, QuantizationConfig, RadiomicsConfig, RoiConfig
from radsurv.options.run import Attribution, Comparison, Permutations, Shuffles, Significance, Tracking
from radsurv.options.values import shown, unusable
from radsurv.survival.model_options import Model
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.search_options import NoSearch, Search, SearchOptions
from radsurv.validation.validation_options import External, Validation


class Config(Section):
    """One experiment."""

    cohort: CohortConfig
    roi: RoiConfig
    quantization: QuantizationConfig
    radiomics: RadiomicsConfig
    patch: PatchConfig
    backbone: BackboneConfig
    transforms: TransformsOptions
    reduction: ReductionOptions
    model: Model
    validation: Validation
    search: Annotated[Search, Field(discriminator="name")]
    comparison: Comparison
    significance: Annotated[Significance, Field(discriminator="name")]
    attribution: Annotated[Attribution, Field(discriminator="name")]
    tracking: Annotated[Tracking, Field(discriminator="name")]
    compute: Compute
    published: str | None
    seed: Annotated[int, Field(ge=0, lt=2**32)]  # what all who draw can take
    run_dir: FilePath
    until: StageName

    @property
    def computes_deep(self) -> bool:
        """Whether a network computes features in this run."""
        return self.backbone.name != "none" and self.cohort.features is None

    @property
    def computes_radiomics(self) -> bool:
        """Whether hand-crafted features are computed in this run."""
        return self.radiomics.definition != "none" and self.cohort.features is None


MOST_FAULTS = 10
REPEATED = {
    "permutations": "a P",
    "refits": "limits over refits",
}  # what is asked of simpler models, by option of `Comparison`
UNIONS = ("model", "validation", "search", "significance", "attribution", "tracking", "compute")


def validate(composed: dict[str, Any]) -> Config:
    """Check a composed configuration.

    Raises
    ------
    ConfigError
        Naming every option that is out of range, misspelt or missing, or options that exclude each other.
    """
    wrong = list(unusable(composed))
    if wrong:
        raise ConfigError("; ".join(wrong[:MOST_FAULTS]))
    try:
        config = Config.model_validate(composed)
    except ValidationError as error:
        faults = error.errors()
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise ConfigError("; ".join(map(_fault, faults[:MOST_FAULTS])) + more) from None
    _check_readings(config)
    _check_tables(config.cohort)
    check_addresses(config.cohort, config.compute.shared_cache, paths_of(config))
    _check_regions(config.cohort)
    _check_model(config)
    _check_comparison(config.comparison, config.significance)
    _check_external(config)
    return config


def _fault(fault: Any) -> str:
    """One fault with the name of its option; which alternative of a family was chosen is no part of the name."""
    place = [str(part) for part in fault["loc"]]
    if len(place) > 1 and place[0] in UNIONS:
        del place[1]
    found = "" if fault["type"] == "missing" else f" (found {shown(fault['input'])})"  # what is there is all the others
    return f"{'.'.join(place)}: {one_line(fault['msg'])}{found}"


def _check_tables(cohort: CohortConfig) -> None:
    """Several tables have a folder each."""
    if cohort.join is not None and cohort.root is not None:
        raise ConfigError(
            f"cohort.root={cohort.root} beside cohort.join, whose paths start from the folder of each table: set one of them to null"
        )


def _check_regions(cohort: CohortConfig) -> None:
    """Names that can begin those of features, which a covariate's must not; and one way to say what is analysed."""
    if cohort.regions is None:
        return
    for name in cohort.regions:
        if not PART_NAME.fullmatch(name) or f"{name}_" == PREFIX:
            raise ConfigError(
                f"cohort.regions has a region {shown(name)}; expected a name of 1 to 32 letters and digits that begins with a letter,"
                f" and is not {PREFIX[:-1]!r}: features are called by it (core_shape_Volume)"
            )
    if cohort.features is not None:
        raise ConfigError(
            f"cohort.regions says what is analysed of each outline, and cohort.features={cohort.features} brings ready features in place of"
            " images and outlines: set one of them to null"
        )
    other = {"mask_label": cohort.mask_label, "structure": cohort.structure}
    given = [f"cohort.{option}={value}" for option, value in other.items() if value is not None]
    if given:
        raise ConfigError(
            f"cohort.regions says which labels or structures are analysed, and so does {' and '.join(given)}: set one of them to null"
        )


def _check_model(config: Config) -> None:
    """What only some models, and only steps that take part, can do."""
    if isinstance(config.validation, External):
        return
    model, scheme, search = config.model, config.validation, config.search
    searching = isinstance(search, SearchOptions)
    if not model.nests and (searching or scheme.inner == "nested"):
        asked = f"search={search.name}" if searching else "validation.inner=nested"
        raise ConfigError(
            f"{asked} works along the path of an elastic net, and model is {model.choice()}: choose model=coxnet"
        )
    if not model.has_penalty and scheme.inner_repeats > 1:
        raise ConfigError(
            f"validation.inner_repeats={scheme.inner_repeats}: inner folds choose λ, and model={model.choice()} has"
            " none; set validation.inner_repeats=1"
        )
    if scheme.given_inner_folds is not None and scheme.inner_repeats > 1:
        raise ConfigError(
            f"validation.inner_folds gives one draw of the inner folds, and validation.inner_repeats asks for"
            f" {scheme.inner_repeats}: set one of them back"
        )
    if model.strata is not None and not model.stratifies:
        raise ConfigError(
            f"model.strata={model.strata} gives every {model.strata} a baseline hazard of its own, which model={model.choice()} has not:"
            " choose model=coxnet, ridge_cox or cox, or set model.strata=null"
        )
    if model.strata is not None:
        _check_shuffles(config, model.strata)
    if isinstance(search, NoSearch):
        return
    for step in config.reduction.steps:
        if search.values(step) is not None and config.reduction.threshold(step) is None:
            raise ConfigError(
                f"search.{step} searches a threshold that reduction.{step}=null switches off: give one of them up"
            )


def _check_shuffles(config: Config, strata: str) -> None:
    """Among whom, where the model is stratified."""
    asked: list[Shuffles] = [config.comparison]
    if isinstance(config.significance, Permutations):
        asked.insert(0, config.significance)
    for shuffles in asked:
        if shuffles.permutations and shuffles.within in ("none", "both"):
            raise ConfigError(
                f"{shuffles.group}.within={shuffles.within} shuffles outcomes over everybody, and under model.strata={strata} an outcome"
                f" can be compared within its {strata} alone: choose {shuffles.group}.within=auto or site"
            )


def _check_comparison(comparison: Comparison, significance: Significance) -> None:
    """What is asked of simpler models needs some; and one page holds their P beside that of the experiment."""
    for option, said in REPEATED.items():
        count = getattr(comparison, option)
        if count and not comparison.models:
            raise ConfigError(
                f"comparison.{option}={count} asks for {said} of simpler models, and comparison.models names none: name some, or set"
                f" comparison.{option}=0"
            )
    if not comparison.permutations or not isinstance(significance, Permutations):
        return
    # Where there are sites, auto, site and both are the same here; where there are none, site and both are refused.
    if (comparison.within == "none") != (significance.within == "none"):
        same = "none" if significance.within == "none" else "auto"
        raise ConfigError(
            f"comparison.within={comparison.within} says among whom to shuffle for simpler models, and"
            f" significance.within={significance.within} for the experiment: one of them over everybody, the other inside of sites, whose"
            f" P values cannot be compared: set comparison.within={same}"
        )


def _check_external(config: Config) -> None:
    if not isinstance(config.validation, External):
        return
    model = config.validation.model
    if model is None:
        raise ConfigError(
            "validation=external needs a finished model: validation.model=PATH of the model.json of a run"
        )
    if isinstance(config.search, SearchOptions):
        raise ConfigError(
            f"validation=external learns nothing, and search={config.search.name} asks for it: set search=none"
        )
    if config.significance.refits:
        raise ConfigError(
            f"validation=external learns nothing, and significance.refits={config.significance.refits} repeats what was learned: set"
            " significance.refits=0; the limits of resampled patients hold there"
        )
    for option, said in REPEATED.items():
        count = getattr(config.comparison, option)
        if count:
            raise ConfigError(
                f"validation=external learns nothing and has no simpler models, and comparison.{option}={count} asks for {said} of these:"
                f" set comparison.{option}=0"
            )


def _check_readings(config: Config) -> None:
    roi = config.roi
    if roi.reader == "both" and roi.perturbations:
        raise ConfigError(
            f"roi.reader=both and roi.perturbations={roi.perturbations} both ask for further readings of every feature, of"
            " different kinds: choose one"
        )
    threshold = config.reduction.threshold("icc")
    if threshold is None:
        return
    asked = f"reduction.icc={threshold:g} needs a second reading of every feature"
    if config.cohort.features is not None:
        raise ConfigError(f"{asked}, which cohort.features does not have: set reduction.icc=null")
    if roi.reader != "both" and not roi.perturbations:
        raise ConfigError(
            f"{asked}: switch on roi.reader=both (outlines in the column mask_reader2), or roi.perturbations=3 where there"
            " is no second reader"
        )
