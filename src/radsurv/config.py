"""The configuration: what Hydra composes from ``conf/``, checked once and typed from there on.

Every section is one Hydra group (one folder of ``conf/``) and one ``params:`` subtree of ``dvc.yaml``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from radsurv.errors import ConfigError

Stage = Literal["cohort", "radiomics", "deep", "evaluate", "inside", "report"]
STAGES: tuple[Stage, ...] = ("cohort", "radiomics", "deep", "evaluate", "inside", "report")


class Section(BaseModel):
    """A group of options: immutable, and closed to names it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _named(value: Any) -> Any:
    """`null` as no entries; and keys as text, since YAML reads 1 and true as themselves."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        return value
    return {str(key): _named(item) if isinstance(item, dict) else item for key, item in value.items()}


Value = TypeVar("Value")
# `null` in YAML, so that an override such as 'cohort.select={sequence: [SE]}' can give it any keys.
NamedMapping = Annotated[dict[str, Value], BeforeValidator(_named)]


class CohortConfig(Section):
    """Who takes part, and where their images, outlines and follow-up are."""

    name: str
    table: str
    features: str | None = None
    columns: NamedMapping[str] = {}
    values: NamedMapping[dict[str, Any]] = {}
    select: NamedMapping[list[Any]] = {}
    time_unit: Literal["days", "months", "years"] = "days"
    covariates: list[str] = []
    mask_label: int | None = None
    min_patients: Annotated[int, Field(ge=4)] = 10
    geometry_tolerance_mm: Annotated[float, Field(ge=0)] = 1e-2

    @model_validator(mode="before")
    @classmethod
    def _name_of_the_folder(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("name") is None:
            return {**given, "name": Path(str(given.get("table", "cohort"))).absolute().parent.name}
        return given


class RoiConfig(Section):
    """From a volume and an outline to one section."""

    section_axis: Literal["z", "y", "x"] = "z"
    reader: Literal[1, 2, "both"] = 1
    perturbations: Annotated[int, Field(ge=0)] = 0
    perturbation_pixels: Annotated[int, Field(ge=1)] = 2
    min_pixels: Annotated[int, Field(ge=1)] = 16
    context_pixels: Annotated[int, Field(ge=0)] = 16


class QuantizationConfig(Section):
    """How intensities become grey levels before textures are counted."""

    algorithms: list[Literal["equal", "uniform"]]
    levels: list[Annotated[int, Field(ge=2, le=256)]]
    scales: list[Literal["native"] | Annotated[float, Field(gt=0)]]
    outlier_sd: Annotated[float, Field(gt=0)] | None = 3.0


class RadiomicsConfig(Section):
    """Which hand-crafted features."""

    definition: Literal["vallieres", "ibsi", "none"]
    histogram: Literal["toolbox", "quantised"] = "toolbox"


# Columns of the cohort table with a meaning of their own, which are no images.
NOT_IMAGES = ("patient_id", "mask", "mask_reader2", "time", "event", "age", "sex", "site", "sequence", "simulated")
CHANNELS = 3


class PatchConfig(Section):
    """What the network looks at."""

    size: Annotated[int, Field(ge=32)] | None = None
    margin: Annotated[float, Field(ge=0)] = 0.0
    aspect: Literal["stretch", "pad"] = "stretch"
    normal_tissue: Literal["keep", "remove"] = "keep"
    sections: Annotated[int, Field(ge=1)] = 1
    channels: list[str] = ["image"]

    @field_validator("sections")
    @classmethod
    def _as_many_on_either_side(cls, sections: int) -> int:
        if sections % 2 == 0:
            raise ValueError("an odd number is needed: the largest section, and as many on either side of it")
        return sections

    @field_validator("channels")
    @classmethod
    def _columns_of_images(cls, channels: list[str]) -> list[str]:
        if len(channels) not in (1, CHANNELS):
            raise ValueError("one column of images, shown three times, or three columns are needed")
        taken = [column for column in channels if column in NOT_IMAGES]
        if taken:
            raise ValueError(f"{taken[0]} is a column of the cohort table that holds no images")
        return channels


class BackboneConfig(Section):
    """Which pretrained network, which of its layers."""

    name: str
    layers: list[str] = []
    weights: str = "imagenet"
    pool: Literal["avg", "max", "gem"] = "avg"
    preprocess: Literal["imagenet", "keras_caffe", "native"] = "native"
    batch_size: Annotated[int, Field(ge=1)] = 16


class ReductionConfig(Section):
    """Feature reduction, fitted in each training set."""

    mad: Annotated[float, Field(ge=0)] | None = 0.0
    cindex: Annotated[float, Field(ge=0.5, le=1)]
    pearson: Annotated[float, Field(gt=0, le=1)]
    orientation: Literal["strength", "literal"] = "strength"
    icc: Annotated[float, Field(ge=0, le=1)] | None = None
    max_missing: Annotated[float, Field(ge=0, le=1)] = 0.1


class ModelConfig(Section):
    """The survival model: elastic-net, ridge or plain Cox, a forest, or boosted trees."""

    name: Literal["coxnet", "ridge_cox", "cox", "rsf", "gbs"]
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.1
    lambda_rule: Literal["min", "1se"] = "min"
    n_lambda: Annotated[int, Field(ge=5)] = 100
    path: Literal["complete", "until_minimum"] = "complete"
    trees: Annotated[int, Field(ge=1)] = 100
    leaf: Annotated[int, Field(ge=1)] = 3
    depth: Annotated[int, Field(ge=1)] = 2
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1

    @property
    def l1_ratio(self) -> float:
        """Share of the lasso in the penalty: α, and none for a ridge."""
        return 0.0 if self.name == "ridge_cox" else self.alpha


ComparatorName = Literal["clinical", "volume", "radiomics", "deep", "combined", "combined_clinical"]


class ValidationConfig(Section):
    """How predictions for patients who were not in the training set are made."""

    scheme: Literal["loocv", "repeated_kfold", "leave_site_out", "bootstrap", "external"]
    n_splits: Annotated[int, Field(ge=2)] = 5
    repeats: Annotated[int, Field(ge=1)] = 5
    resamples: Annotated[int, Field(ge=10)] = 200
    beside: bool = True
    inner: Literal["paper", "strict"] = "paper"
    inner_splits: Annotated[int, Field(ge=3)] = 10
    inner_repeats: Annotated[int, Field(ge=1)] = 1
    inner_folds: str | None = None
    comparators: list[ComparatorName] = []
    model: str | None = None
    horizons: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)] | None = None


Choice = TypeVar("Choice")
# `null`: not searched, stays as configured.
Choices = Annotated[list[Choice], Field(min_length=1)] | None
Patterns = Annotated[list[str], Field(min_length=1)]


def _text_keys(value: Any) -> Any:
    return value if value is None else _named(value)


class SearchConfig(Section):
    """Search of hyper-parameters inside each training set (``optuna``), or once on all patients (``flat``)."""

    name: Literal["none", "optuna", "flat"]
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    trials: Annotated[int, Field(ge=1)] = 50
    objective: Literal["deviance", "c"] = "deviance"
    mad: Choices[Annotated[float, Field(ge=0)]] = None
    cindex: Choices[Annotated[float, Field(ge=0.5, le=1)]] = None
    pearson: Choices[Annotated[float, Field(gt=0, le=1)]] = None
    alpha: Choices[Annotated[float, Field(gt=0, le=1)]] = None
    lambda_rule: Choices[Literal["min", "1se"]] = None
    features: Annotated[Annotated[dict[str, Patterns], Field(min_length=1)] | None, BeforeValidator(_text_keys)] = None
    storage: bool = False


class SignificanceConfig(Section):
    """Whether the separation of the risk groups could be chance."""

    name: Literal["naive", "permutation"]
    permutations: Annotated[int, Field(ge=19)] = 1000
    stop_after: Annotated[int, Field(ge=1)] = 50


class InsideConfig(Section):
    """Maps of what the steadiest deep features look at."""

    name: Literal["none", "occlusion"]
    features: Annotated[int, Field(ge=1)] = 4
    patients: Annotated[int, Field(ge=1)] = 2
    cells: Annotated[int, Field(ge=3)] = 6


class TrackingConfig(Section):
    """Where the run is logged."""

    name: Literal["none", "wandb"]
    mode: Literal["offline", "online"] = "offline"
    project: str = "radsurv"
    entity: str | None = None
    group: str | None = None
    init_timeout_s: Annotated[float, Field(gt=0)] = 20.0


class ComputeConfig(Section):
    """What the run may use; changes no number but through ``precision``."""

    n_jobs: int = 2
    accelerator: str = "auto"
    devices: int | str = 1
    strategy: str = "auto"
    precision: Literal["fp32", "bf16"] = "fp32"
    cache_dir: str = ".cache/radsurv"

    @field_validator("n_jobs")
    @classmethod
    def _some_workers(cls, given: int) -> int:
        if given < -1 or given == 0:
            raise ValueError("expected a number of workers from 1 on, or -1 for one per core")
        return given


class Config(Section):
    """One experiment."""

    cohort: CohortConfig
    roi: RoiConfig
    quantization: QuantizationConfig
    radiomics: RadiomicsConfig
    patch: PatchConfig
    backbone: BackboneConfig
    reduction: ReductionConfig
    model: ModelConfig
    validation: ValidationConfig
    search: SearchConfig
    significance: SignificanceConfig
    inside: InsideConfig
    tracking: TrackingConfig
    compute: ComputeConfig
    seed: Annotated[int, Field(ge=0)] = 0
    run_dir: str = "results"
    until: Stage = "report"


def validate(composed: dict[str, Any]) -> Config:
    """Check a composed configuration.

    Raises
    ------
    ConfigError
        Naming every option that is out of range, misspelt or missing, or options that exclude each other.
    """
    try:
        config = Config.model_validate(composed)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']} (found {fault['input']!r})"
            for fault in error.errors()
        ]
        raise ConfigError("; ".join(faults)) from None
    _check_readings(config)
    _check_inner_folds(config.validation)
    _check_model(config)
    _check_external(config)
    return config


def _check_model(config: Config) -> None:
    """What only an elastic net can do."""
    name = config.model.name
    if name != "coxnet" and (config.search.name != "none" or config.validation.inner == "strict"):
        asked = "validation.inner=strict" if config.search.name == "none" else f"search={config.search.name}"
        raise ConfigError(f"{asked} works along the path of an elastic net, and model is {name}: choose model=coxnet")
    if name not in ("coxnet", "ridge_cox") and config.validation.inner_repeats > 1:
        raise ConfigError(
            f"validation.inner_repeats={config.validation.inner_repeats}: inner folds choose λ, and model={name} has"
            " none; set validation.inner_repeats=1"
        )
    if config.search.mad is not None and config.reduction.mad is None:
        raise ConfigError("search.mad searches a threshold that reduction.mad=null switches off: give one of them up")


def _check_inner_folds(validation: ValidationConfig) -> None:
    if validation.inner_folds is not None and validation.inner_repeats > 1:
        raise ConfigError(
            f"validation.inner_folds gives one draw of the inner folds, and validation.inner_repeats asks for"
            f" {validation.inner_repeats}: set one of them back"
        )
    if validation.inner_folds is not None and validation.scheme != "loocv":
        raise ConfigError(
            f"validation.inner_folds names folds for leave-one-out training sets, and validation.scheme is"
            f" {validation.scheme}: set validation.inner_folds=null, or choose validation=loocv"
        )


def _check_external(config: Config) -> None:
    model = config.validation.model
    if config.validation.scheme != "external":
        if model is not None:
            raise ConfigError(
                f"validation.model={model} is applied by validation=external only: choose it, or leave validation.model out"
            )
        return
    if model is None:
        raise ConfigError(
            "validation=external needs a finished model: validation.model=PATH of the model.json of a run"
        )
    if config.search.name != "none":
        raise ConfigError(
            f"validation=external learns nothing, and search={config.search.name} asks for it: set search=none"
        )
    if Path(model).resolve() == (Path(config.run_dir) / "model.json").resolve():
        raise ConfigError(
            f"validation.model={model} lies in run_dir={config.run_dir}, which is emptied first: choose another run_dir"
        )


def _check_readings(config: Config) -> None:
    roi = config.roi
    if roi.reader == "both" and roi.perturbations:
        raise ConfigError(
            f"roi.reader=both and roi.perturbations={roi.perturbations} both ask for further readings of every feature, of"
            " different kinds: choose one"
        )
    if config.reduction.icc is None:
        return
    asked = f"reduction.icc={config.reduction.icc:g} needs a second reading of every feature"
    if config.cohort.features is not None:
        raise ConfigError(f"{asked}, which cohort.features does not have: set reduction.icc=null")
    if roi.reader != "both" and not roi.perturbations:
        raise ConfigError(
            f"{asked}: switch on roi.reader=both (outlines in the column mask_reader2), or roi.perturbations=3 where there"
            " is no second reader"
        )


def conf_dir() -> Path:
    """The ``conf/`` folder in force: the working directory's, else the one that comes with the package."""
    for candidate in (Path.cwd() / "conf", Path(__file__).parent / "conf", Path(__file__).parents[2] / "conf"):
        if (candidate / "config.yaml").is_file():
            return candidate
    raise ConfigError(
        f"no conf/config.yaml found in {Path.cwd()} nor in the installed package: run radsurv inside a clone"
    )
