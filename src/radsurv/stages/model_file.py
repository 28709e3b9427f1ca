"""Whether a run computes the features that a finished model needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radsurv.config import Config
from radsurv.deep.definitions import CODE_VERSION
from radsurv.deep.weights import weights_fingerprint
from radsurv.errors import ConfigError
from radsurv.radiomics.definitions import FAMILY_VERSIONS
from radsurv.stages.stored_model import StoredModel, option, read_stored
from radsurv.validation.validation_options import External

# Options of the sections below that change no feature, or only who gets any.
NO_MATTER = {
    "roi": {"reader", "perturbations", "perturbation_pixels", "min_pixels"},
    "backbone": {"batch_size", "weights"},  # the content of the weights is compared instead
}
IMAGING = ("roi", "quantization", "radiomics", "patch", "backbone")


def read_model(config: Config, external: External) -> StoredModel:
    """The model that ``validation.model`` names, fit for the features that this run computes.

    Raises
    ------
    ConfigError
        When the file is not there or holds something else, was written by another version, or when options that define
        features differ: each is named with both values.
    """
    path = Path(str(external.model))
    stored = read_stored(path, f"validation.model={path}")
    _check_definitions(config, stored, path)
    apart = [
        f"{name} is {_shown(here)} here and {_shown(there)} in the model"
        for name, here, there in _options(config, stored)
        if here != there
    ]
    if apart:
        raise ConfigError(
            f"validation.model={path}: the model was trained on features or an outcome made in another way: {'; '.join(apart)};"
            " run this cohort with the options of the model (config.yaml beside it has them), or train a model with these"
        )
    return stored


def ready_tables(config: Config, stored: StoredModel) -> bool:
    """Whether one of the two cohorts brought its features, so that nobody can tell how they were made."""
    return config.cohort.features is not None or option(stored.config, "cohort", "features") is not None


def weights_of(config: Config) -> str | None:
    """What identifies the weights of the network; None where there is none."""
    if not config.computes_deep:
        return None
    return weights_fingerprint(config.backbone, seed=config.seed)


def definitions_of(config: Config) -> dict[str, int]:
    """Version of the definitions of each family of features that this run computes."""
    found = {}
    if config.computes_radiomics:
        own = {"ibsi": True, "vallieres": False}[config.radiomics.definition]
        found = {family: version for family, version in FAMILY_VERSIONS.items() if family.startswith("ibsi") == own}
    if config.computes_deep:
        found["deep"] = CODE_VERSION
    return found


def _check_definitions(config: Config, stored: StoredModel, path: Path) -> None:
    if ready_tables(config, stored):
        return
    here = definitions_of(config)
    apart = [
        f"{family} version {version}, here {here[family]}"
        for family, version in stored.definitions.items()
        if here.get(family, version) != version
    ]
    if apart:
        raise ConfigError(
            f"validation.model={path}: features of these families have other definitions now: {'; '.join(apart)}; train the"
            " model again with this version of RadSurv, or use the one that wrote it"
        )


def _options(config: Config, stored: StoredModel) -> Iterator[tuple[str, Any, Any]]:
    """Name, value here, value there of all that has to agree."""
    own = config.model_dump(mode="json")
    for name in ("time_unit", "landmark_days", "event_of_interest", "covariates"):
        yield f"cohort.{name}", own["cohort"][name], option(stored.config, "cohort", name)
    if ready_tables(config, stored):
        return
    # Only their names: which labels a region is made of can differ from one archive to the next.
    here, there = own["cohort"]["regions"], option(stored.config, "cohort", "regions")
    yield "names of cohort.regions", sorted(here or {}), sorted(there or {})
    for section in IMAGING:
        for name, value in own[section].items():
            if name not in NO_MATTER.get(section, ()):
                yield f"{section}.{name}", value, option(stored.config, section, name)
    yield "compute.precision", own["compute"]["precision"], stored.precision
    yield "the content of backbone.weights", weights_of(config), stored.weights


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
