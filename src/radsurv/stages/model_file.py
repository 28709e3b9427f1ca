"""``model.json`` read back, and whether another run computes the features that it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from radsurv.config import Config
from radsurv.errors import ConfigError
from radsurv.radiomics.definitions import FAMILY_VERSIONS
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import SurvivalModel
from radsurv.survival.transform import FittedTransform
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.finished_model import FinishedModel
from radsurv.validation.validation_options import External

# Options of the sections below that change no feature, or only who gets any.
NO_MATTER = {
    "roi": {"reader", "perturbations", "perturbation_pixels", "min_pixels"},
    "backbone": {"batch_size", "weights"},  # the content of the weights is compared instead
}
# Raised when a reader of today cannot read the file.
FORMAT = 2
IMAGING = ("roi", "quantization", "radiomics", "patch", "backbone")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


Numbers = list[FiniteFloat]


class StoredCoefficients(_Part):
    """What `radsurv.survival.model.SurvivalModel.to_dict` writes."""

    features: list[str]
    strength: Numbers
    mean: Numbers
    sd: list[Annotated[FiniteFloat, Field(gt=0)]]
    coefficients: Numbers
    penalty: FiniteFloat | None
    threshold: FiniteFloat
    event_times: Numbers
    cumulative_hazard: Numbers

    @model_validator(mode="after")
    def _equal_lengths(self) -> StoredCoefficients:
        if len({len(part) for part in (self.features, self.strength, self.mean, self.sd, self.coefficients)}) > 1:
            raise ValueError("features, strength, mean, sd and coefficients differ in length")
        if len(self.event_times) != len(self.cumulative_hazard):
            raise ValueError("event_times and cumulative_hazard differ in length")
        return self


class StoredTrees(_Part):
    """What `radsurv.survival.trees.TreeModel.to_dict` writes: all but the trees."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    features: list[str]
    strength: Numbers
    threshold: FiniteFloat
    trees: str


class StoredCurve(_Part):
    """A Kaplan-Meier curve."""

    event_times: Numbers
    survival: Numbers

    @model_validator(mode="after")
    def _equal_lengths(self) -> StoredCurve:
        if len(self.event_times) != len(self.survival):
            raise ValueError("event_times and survival differ in length")
        return self


class StoredModel(_Part):
    """The content of ``model.json``.

    Attributes
    ----------
    format
        Of the file.
    radsurv
        Version of the package that wrote it.
    definitions
        Version of the definitions of each family of features.
    cohort, simulated, n_patients, n_events, time_unit
        Of those on whom it was trained.
    training_table, training_ids, training_rows
        Hashes that tell them without giving anybody away.
    config
        As composed, so that each option can be compared with another run's.
    precision, weights
        Of the network.
    covariates
        Their encoding.
    n_features, n_varying, n_concordant
        Features offered, and those that survived the first steps of the reduction.
    transforms, inputs
        What happens to measured features before the model, and which these are.
    model, kaplan_meier
        Coefficients and curve. A model of trees has no coefficients, and cannot be applied.
    """

    format: int
    radsurv: str
    definitions: dict[str, int]
    cohort: str
    simulated: bool
    n_patients: int
    n_events: int
    time_unit: str
    training_table: str
    training_ids: str
    training_rows: list[str]
    config: dict[str, Any]
    precision: str
    weights: str | None
    covariates: dict[str, list[str] | None]
    n_features: int
    n_varying: int
    n_concordant: int
    transforms: list[dict[str, Any]]
    inputs: list[str]
    model: StoredCoefficients | StoredTrees
    kaplan_meier: StoredCurve


def read_model(config: Config, external: External) -> StoredModel:
    """The model that ``validation.model`` names, fit for the features that this run computes.

    Raises
    ------
    ConfigError
        When the file is not there or holds something else, was written by another version, or when options that define
        features differ: each is named with both values.
    """
    path = Path(str(external.model))
    stored = _parse(path)
    _check_definitions(config, stored, path)
    apart = [
        f"{name} is {_shown(here)} here and {_shown(there)} in the model"
        for name, here, there in _options(config, stored)
        if here != there
    ]
    if apart:
        raise ConfigError(
            f"validation.model={path}: the model was trained on features that were made in another way: {'; '.join(apart)};"
            " run this cohort with the options of the model (config.yaml beside it has them), or train a model with these"
        )
    return stored


def ready_tables(config: Config, stored: StoredModel) -> bool:
    """Whether one of the two cohorts brought its features, so that nobody can tell how they were made."""
    return config.cohort.features is not None or _value(stored.config, "cohort", "features") is not None


def weights_of(config: Config) -> str | None:
    """What identifies the weights of the network; None where there is none."""
    if not config.computes_deep:
        return None
    # Imported here because it takes PyTorch seconds to load.
    from radsurv.deep.weights import weights_fingerprint

    return weights_fingerprint(config.backbone, seed=config.seed)


def definitions_of(config: Config) -> dict[str, int]:
    """Version of the definitions of each family of features that this run computes."""
    found = {}
    if config.computes_radiomics:
        own = {"ibsi": True, "vallieres": False}[config.radiomics.definition]
        found = {family: version for family, version in FAMILY_VERSIONS.items() if family.startswith("ibsi") == own}
    if config.computes_deep:
        # Imported here because it takes PyTorch seconds to load.
        from radsurv.deep.extract import CODE_VERSION

        found["deep"] = CODE_VERSION
    return found


def finished(stored: StoredModel) -> FinishedModel:
    """The stored model, ready to be applied."""
    options = TransformsOptions.model_validate(stored.config["transforms"])
    transforms: list[FittedTransform] = [
        transform.read(own) for transform, own in zip(options.taken(), stored.transforms, strict=True)
    ]
    outputs = transforms[-1].makes if transforms else tuple(stored.model.features)
    assert isinstance(stored.model, StoredCoefficients)  # as `read_model` makes sure
    curve, plain = stored.kaplan_meier, stored.model.model_dump()
    return FinishedModel(
        model=SurvivalModel.from_dict(plain, list(outputs)),
        outputs=outputs,
        options=options,
        transforms=transforms,
        inputs=tuple(stored.inputs if transforms else stored.model.features),
        reference=SurvivalCurve(
            np.array(curve.event_times, dtype=np.float64), np.array(curve.survival, dtype=np.float64)
        ),
        n_features=stored.n_features,
        n_varying=stored.n_varying,
        n_concordant=stored.n_concordant,
    )


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


def _parse(path: Path) -> StoredModel:
    expected = "expected the model.json of a finished run"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise ConfigError(f"validation.model={path} {reason}: {expected}") from None
    except ValueError:
        raise ConfigError(f"validation.model={path} is damaged, or no JSON: {expected}") from None
    if not isinstance(content, dict) or "radsurv" not in content or "model" not in content:
        raise ConfigError(f"validation.model={path} is no model of RadSurv: {expected}")
    if content.get("format") != FORMAT:
        raise ConfigError(
            f"validation.model={path} was written by RadSurv {content['radsurv']} in another format: train the model again with"
            " this version"
        )
    if not isinstance(content["model"], dict) or "coefficients" not in content["model"]:
        name = _value(content.get("config", {}), "model", "name")
        raise ConfigError(
            f"validation.model={path} holds no coefficients (model={name}): only a Cox model can be applied to other patients"
        )
    try:
        return StoredModel.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        # Which kind of model was tried is no part of the place.
        place = ".".join(str(part) for part in fault["loc"] if "Stored" not in str(part))
        raise ConfigError(
            f"validation.model={path} is no complete model ({place}: {fault['msg']}): train it again with this version"
        ) from None


def _options(config: Config, stored: StoredModel) -> Iterator[tuple[str, Any, Any]]:
    """Name, value here, value there of all that has to agree."""
    own = config.model_dump(mode="json")
    for name in ("time_unit", "covariates"):
        yield f"cohort.{name}", own["cohort"][name], _value(stored.config, "cohort", name)
    if ready_tables(config, stored):
        return
    for section in IMAGING:
        for name, value in own[section].items():
            if name not in NO_MATTER.get(section, ()):
                yield f"{section}.{name}", value, _value(stored.config, section, name)
    yield "compute.precision", own["compute"]["precision"], stored.precision
    yield "the content of backbone.weights", weights_of(config), stored.weights


def _value(config: dict[str, Any], section: str, name: str) -> Any:
    options = config.get(section)
    return options.get(name) if isinstance(options, dict) else None


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
