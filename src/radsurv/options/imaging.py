"""From images to features: region of interest, quantisation, hand-crafted features, patch and network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from radsurv.options.base import Few, Millions, Positive, Section
from radsurv.options.file_paths import FilePath

# Columns of the cohort table with a meaning of their own, which are no images.
NOT_IMAGES = ("patient_id", "mask", "mask_reader2", "time", "event", "age", "sex", "site", "sequence", "simulated")
CHANNELS = 3
# Of a pixel after resampling: finer ones than any microscope section is scanned with, or coarser than a tumour, are a slip.
Millimetres = Annotated[float, Field(ge=0.05, le=1_000, allow_inf_nan=False)]


class RoiConfig(Section):
    """From a volume and an outline to one section."""

    section_axis: Literal["auto", "z", "y", "x"]
    reader: Literal[1, 2, "both"]
    perturbations: Annotated[int, Field(ge=0, le=1_000)]
    perturbation_pixels: Few
    min_pixels: Millions
    context_pixels: Annotated[int, Field(ge=0, le=10_000)]


class QuantizationConfig(Section):
    """How intensities become grey levels before textures are counted."""

    algorithms: Annotated[list[Literal["equal", "uniform"]], Field(min_length=1)]
    levels: Annotated[list[Annotated[int, Field(ge=2, le=256)]], Field(min_length=1)]
    scales: Annotated[list[Literal["native"] | Millimetres], Field(min_length=1)]
    outlier_sd: Positive | None


class RadiomicsConfig(Section):
    """Which hand-crafted features."""

    definition: Literal["vallieres", "ibsi", "none"]
    histogram: Literal["toolbox", "quantised"]


class PatchConfig(Section):
    """What the network looks at."""

    size: Annotated[int, Field(ge=32, le=4_096)] | None
    margin: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    aspect: Literal["stretch", "pad"]
    normal_tissue: Literal["keep", "remove"]
    sections: Few
    channels: list[str]

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
    """Which pretrained network, which of its layers; ``name=none``: no deep features."""

    name: str
    layers: list[str]
    weights: FilePath
    pool: Literal["avg", "max", "gem"]
    preprocess: Literal["imagenet", "keras_caffe", "native"]
    batch_size: Annotated[int, Field(ge=1, le=4_096)]
