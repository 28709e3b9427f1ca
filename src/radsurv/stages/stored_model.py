"""``model.json``: what is in it, and how it is read back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, ValidationError, model_validator

from radsurv.catalogue.stages import EXECUTION
from radsurv.cohort.landmark import since_landmark
from radsurv.errors import ConfigError
from radsurv.formats import first_few
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import RiskModel, SurvivalModel
from radsurv.survival.model_options import Model
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.transform import FittedTransform
from radsurv.survival.transform_options import TransformsOptions
from radsurv.survival.trees import TreeOptions
from radsurv.validation.finished_model import FinishedModel

# Raised when a reader of today cannot read the file.
FORMAT = 5
EXPECTED = "expected the model.json of a finished run"
DIGEST = "sha256"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


Numbers = list[FiniteFloat]


class StoredBaseline(_Part):
    """Breslow's baseline hazard of a stratum."""

    event_times: Numbers
    cumulative_hazard: Numbers

    @model_validator(mode="after")
    def _equal_lengths(self) -> StoredBaseline:
        if len(self.event_times) != len(self.cumulative_hazard):
            raise ValueError("event_times and cumulative_hazard differ in length")
        return self


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
    strata: dict[str, StoredBaseline]

    @model_validator(mode="after")
    def _equal_lengths(self) -> StoredCoefficients:
        if len({len(part) for part in (self.features, self.strength, self.mean, self.sd, self.coefficients)}) > 1:
            raise ValueError("features, strength, mean, sd and coefficients differ in length")
        if len(self.event_times) != len(self.cumulative_hazard):
            raise ValueError("event_times and cumulative_hazard differ in length")
        return self


class StoredTrees(_Part):
    """What `radsurv.survival.trees.TreeModel.to_dict` writes; `trees` is read by the model's options."""

    features: Annotated[list[str], Field(min_length=1)]
    strength: Numbers
    mean: Numbers
    sd: list[Annotated[FiniteFloat, Field(gt=0)]]
    scale: list[Annotated[float, Field(ge=1e-150, le=1e150)]]
    threshold: FiniteFloat
    smallest: Annotated[FiniteFloat, Field(gt=0)]
    trees: dict[str, Any]

    @model_validator(mode="after")
    def _equal_lengths(self) -> StoredTrees:
        if len({len(part) for part in (self.features, self.strength, self.mean, self.sd, self.scale)}) > 1:
            raise ValueError("features, strength, mean, sd and scale differ in length")
        return self


def _kind(model: Any) -> str:
    trees = "trees" in model if isinstance(model, dict) else isinstance(model, StoredTrees)
    return "StoredTrees" if trees else "StoredCoefficients"


class StoredCurve(_Part):
    """A Kaplan-Meier curve."""

    event_times: Numbers
    survival: Numbers

    @model_validator(mode="after")
    def _equal_lengths(self) -> StoredCurve:
        if len(self.event_times) != len(self.survival):
            raise ValueError("event_times and survival differ in length")
        return self


class StoredJudgement(_Part):
    """See `radsurv.catalogue.record.JudgedModel`; None where a number could not be computed."""

    how: str
    harrell_c: FiniteFloat | None
    harrell_c_low: FiniteFloat | None
    harrell_c_high: FiniteFloat | None
    apparent_c: FiniteFloat | None


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
    cohort, simulated, n_patients, n_events, time_unit, characteristics
        Of those on whom it was trained; the last by the rows of Table 1.
    training_table, training_ids, training_rows
        Hashes that tell them without giving anybody away.
    config
        As composed, so that each option can be compared with another run's; files by name only, and no patient's id.
    precision, weights
        Of the network.
    covariates
        Their encoding.
    n_features, n_varying, n_concordant
        Features offered, and those that survived the first steps of the reduction.
    transforms, inputs
        What was learned by what happens to measured features before the model, and which these are.
    model, kaplan_meier
        Coefficients or trees, and curve.
    judged
        What it was found to be worth where it was trained; None in files that do not tell.
    """

    format: int
    radsurv: str
    definitions: dict[str, int]
    cohort: str
    simulated: bool
    n_patients: int
    n_events: int
    time_unit: str
    characteristics: dict[str, str]
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
    model: Annotated[
        Annotated[StoredCoefficients, Tag("StoredCoefficients")] | Annotated[StoredTrees, Tag("StoredTrees")],
        Discriminator(_kind),
    ]
    kaplan_meier: StoredCurve
    judged: StoredJudgement | None = None


class Recipe(BaseModel):
    """The part of a stored configuration that says how the model was made."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    transforms: TransformsOptions
    reduction: ReductionOptions
    model: Model


class _WithRecipe(BaseModel):
    config: Recipe


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a file with its digest, in place of any that it had.

    The digest guards against accidents: an editor, a spreadsheet, a transfer that changed a number. It is no signature: whoever
    changes a model on purpose can make a new one.
    """
    bare = {name: part for name, part in content.items() if name != DIGEST}
    return {**bare, DIGEST: _digest(bare)}


def _digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content as JSON without blanks, in UTF-8, its parts in the order of the file."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def recipe_of(stored: StoredModel) -> Recipe:
    """How the model was made."""
    return _WithRecipe.model_validate({"config": stored.config}).config


def read_stored(path: Path, called: str) -> StoredModel:
    """A model that can be applied.

    Parameters
    ----------
    path
        Of its file.
    called
        How the user named it, for messages: ``validation.model=PATH``.

    Raises
    ------
    ConfigError
        When the file is not there or holds something else, was written in another format, is not as it was written, or any part
        of it is missing or damaged, its options and transforms as well.
    """
    content, intact = _read(path, called)
    if content.get("format") != FORMAT:
        raise ConfigError(
            f"{called} was written by RadSurv {content['radsurv']!r:.20} in format {content.get('format')!r:.20},"
            f" expected {FORMAT}: train the model again with this version{_command_beside(path)}"
        )
    if not intact:
        raise ConfigError(
            f"{called} is not as it was written: its {DIGEST} does not fit its content; copy the file again, or"
            f" train the model again{_command_beside(path)}"
        )
    try:
        stored = StoredModel.model_validate(content)
        finished(stored)  # which reads its options and transforms
    except ValueError as error:
        fault = _first(error) if isinstance(error, ValidationError) else str(error)
        raise ConfigError(f"{called} is no complete model ({fault}): train it again with this version") from None
    return stored


def _read(path: Path, called: str) -> tuple[dict[str, Any], bool]:
    """The content of some model's file, of whatever format, and whether its digest fits."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or "radsurv" not in content or "model" not in content:
            raise ConfigError(f"{called} is no model of RadSurv: {EXPECTED}")
        return content, content.get(DIGEST) == sealed(content)[DIGEST]
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise ConfigError(f"{called} {reason}: {EXPECTED}") from None
    except (ValueError, RecursionError):  # the latter of parts in parts in parts
        raise ConfigError(f"{called} is damaged, or no JSON: {EXPECTED}") from None


def _command_beside(path: Path) -> str:
    """The command of the run that wrote a model, where its folder still has it."""
    try:
        command = json.loads(path.with_name(EXECUTION).read_text(encoding="utf-8"))["command"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ", by the command of its run (radsurv run cohort.table=… with the options in config.yaml of its folder)"
    return f": {command}"


def option(config: object, section: str, name: str) -> Any:
    """Of a stored configuration; None where it is not there."""
    options = config.get(section) if isinstance(config, dict) else None
    return options.get(name) if isinstance(options, dict) else None


def clock_of(stored: StoredModel) -> str:
    """The unit of its times, and since when they count."""
    return stored.time_unit + since_landmark(option(stored.config, "cohort", "landmark_days"))


def outcome_limits(stored: StoredModel) -> list[str]:
    """What its survival is not: before a landmark, or with other causes of an event."""
    said = []
    landmark = option(stored.config, "cohort", "landmark_days")
    if landmark is not None:
        said.append(
            f"the model counts from a landmark, {landmark:g} days after the start: its predictions are of patients who are followed"
            " beyond it without the event, and of the time after it"
        )
    cause = option(stored.config, "cohort", "event_of_interest")
    if cause is not None:
        said.append(
            f"the model's event is cause {cause} of several; the others were censored at their time: its survival is what would be"
            " if nobody could leave by them, and 1 − survival is above the share that will have the event"
        )
    return said


def finished(stored: StoredModel) -> FinishedModel:
    """The stored model, ready to be applied.

    Raises
    ------
    ValueError
        When its options or transforms are damaged or do not belong to it; never for one of `read_stored`.
    """
    options = recipe_of(stored).transforms
    transforms = _transforms(options, stored.transforms, tuple(stored.inputs))
    outputs = transforms[-1].makes if transforms else tuple(stored.model.features)
    unmade = [name for name in stored.model.features if name not in outputs]
    if unmade:
        raise ValueError(f"model.features: the transforms before the model do not make {unmade[0]}")
    curve = stored.kaplan_meier
    return FinishedModel(
        model=_risk_model(stored, list(outputs)),
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


def _risk_model(stored: StoredModel, names: list[str]) -> RiskModel:
    """Of a feature table with these columns."""
    plain = stored.model.model_dump()
    if isinstance(stored.model, StoredCoefficients):
        return SurvivalModel.from_dict(plain, names)
    options = recipe_of(stored).model
    if not isinstance(options, TreeOptions):
        raise ValueError(f"model: trees, and config.model is {options.choice()}")
    try:
        return options.model_from(plain, names)
    except ValidationError as error:
        raise ValueError(f"model.trees.{_first(error)}") from None
    except ValueError as error:
        raise ValueError(f"model.trees: {error}") from None


def _transforms(
    options: TransformsOptions, stored: list[dict[str, Any]], names: tuple[str, ...]
) -> list[FittedTransform]:
    """Read back what was learned; each was of the features that the one before makes, the first of `names`."""
    taken = options.taken()
    if len(taken) != len(stored):
        raise ValueError(f"transforms: {len(stored)} were learned, and config.transforms names {len(taken)}")
    found = []
    for place, (transform, own) in enumerate(zip(taken, stored, strict=True)):
        try:
            found.append(transform.read(own))
        except ValidationError as error:
            raise ValueError(f"transforms.{place}.{_first(error)}") from None
        except ValueError as error:
            raise ValueError(f"transforms.{place}: {error}") from None
        if found[-1].restricted(found[-1].makes)[1] != names:
            raise ValueError(f"transforms.{place}: learned of other features than {first_few(names, 3) or 'none'}")
        names = found[-1].makes
    return found


def _first(error: ValidationError) -> str:
    """The first fault with its place; which kind of model was tried is no part of that."""
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc'] if 'Stored' not in str(part))}: {fault['msg']}"
