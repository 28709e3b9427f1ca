"""Which hand-crafted features there are, and in which order: the columns of the radiomics table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from radsurv.options.imaging import QuantizationConfig

Scale = Literal["native"] | float


@dataclass(frozen=True)
class Configuration:
    """One way of quantising: pixel size ("native" or mm), algorithm, number of grey levels."""

    scale: Scale
    algorithm: Literal["equal", "uniform"]
    levels: int

    @property
    def scale_name(self) -> str:
        """``native``, ``1mm``, ``0.5mm``."""
        return self.scale if isinstance(self.scale, str) else f"{self.scale:g}mm"

    @property
    def label(self) -> str:
        """The end of a column's name: ``equal16_1mm``."""
        return f"{self.algorithm}{self.levels}_{self.scale_name}"


@dataclass(frozen=True)
class Definition:
    """A set of features: those of the outline's shape, and those of every quantised section.

    Attributes
    ----------
    shape_family : str
        Name of the family of shape features.
    shape : tuple of str
        Its features.
    textures : mapping of str to tuple of str
        Families and their features, in the order of the columns.
    """

    shape_family: str
    shape: tuple[str, ...]
    textures: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Column:
    """One feature, of one configuration; shape features belong to none."""

    family: str
    feature: str
    configuration: Configuration | None

    @property
    def name(self) -> str:
        """``shape_Volume``, ``glcm_Energy_uniform32_native``."""
        stem = f"{self.family}_{self.feature}"
        return stem if self.configuration is None else f"{stem}_{self.configuration.label}"


def configurations(quantization: QuantizationConfig) -> list[Configuration]:
    """Scale by scale, in it algorithm by algorithm, in it level by level: in the order the configuration lists them."""
    return [
        Configuration(scale, algorithm, levels)
        for scale in quantization.scales
        for algorithm in quantization.algorithms
        for levels in quantization.levels
    ]


def columns(definition: Definition, quantization: QuantizationConfig) -> Iterator[Column]:
    """Every column in order: shape first, then configuration by configuration, in it family by family."""
    for feature in definition.shape:
        yield Column(definition.shape_family, feature, None)
    for configuration in configurations(quantization):
        for family, features in definition.textures.items():
            for feature in features:
                yield Column(family, feature, configuration)
