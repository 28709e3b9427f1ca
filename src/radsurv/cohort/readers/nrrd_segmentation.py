"""Segmentations of 3D Slicer: a NRRD file of labels, in several layers where segments overlap, that names its segments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from radsurv.cohort.alignment import GridRules, placed
from radsurv.cohort.choice import Choice, segments
from radsurv.cohort.itk import decoded, volume_of
from radsurv.cohort.readers.nrrd import NrrdReader
from radsurv.cohort.volume import Volume, check_n_voxels, check_voxel_size
from radsurv.errors import PatientError

NAME = re.compile(r"Segment(\d+)_Name")


@dataclass(frozen=True)
class Segment:
    """Where the voxels of a segment are: which label in which layer of the file."""

    name: str
    label: int
    layer: int


class NrrdSegmentationReader(NrrdReader):
    """``.seg.nrrd``. Without names of segments, it is a NRRD file of labels as any other."""

    name = "NRRD segmentation"
    suffixes = (".seg.nrrd",)
    holds = frozenset({"outline"})

    def read_outline(self, path: Path, grid: Volume, choice: Choice) -> Volume:
        """The segments that are meant, together.

        Returns
        -------
        Volume
            On the grid of the image where its voxels are those of the file, which may cover a part of it; otherwise on the file's.

        Raises
        ------
        PatientError
            As `ItkReader.read_outline`; or the segment is not there, or cannot be told from others.
        """
        reader, _ = self.opened(path)
        named = _segments(reader, path.name)
        if not named:
            return super().read_outline(path, grid, choice)
        check_voxel_size(reader.GetSpacing(), path.name)
        check_n_voxels(reader.GetSize()[::-1], path.name)
        chosen, remarks = _chosen(named, choice, path.name)
        image = decoded(reader, path)
        layers = {segment.layer: _layer(image, segment.layer) for segment in chosen}
        first = next(iter(layers.values()))
        array = np.any([layers[segment.layer].array == segment.label for segment in chosen], axis=0)
        outline = replace(first, array=array, remarks=tuple(remarks))
        return placed(outline, grid, GridRules().tolerance_mm) or outline


def _segments(reader: sitk.ImageFileReader, file: str) -> list[Segment]:
    """The segments that a header describes. Before there were layers, each segment had one of its own."""
    keys = set(reader.GetMetaDataKeys())
    n_layers = reader.GetNumberOfComponents()

    def number(place: int, what: str, otherwise: int) -> int:
        key = f"Segment{place}_{what}"
        return int(reader.GetMetaData(key)) if key in keys else otherwise

    places = sorted(int(match[1]) for match in map(NAME.fullmatch, keys) if match)
    try:
        found = [
            Segment(
                name=reader.GetMetaData(f"Segment{place}_Name"),
                label=number(place, "LabelValue", 1),
                layer=number(place, "Layer", place if n_layers > 1 else 0),
            )
            for place in places
        ]
    except ValueError:
        raise PatientError(
            f"{file} has a label or a layer of a segment that is no whole number; save it again"
        ) from None
    if any(not 0 <= segment.layer < n_layers for segment in found):
        raise PatientError(f"{file} has {n_layers} layers, and names another as that of a segment; save it again")
    return found


def _chosen(named: Sequence[Segment], choice: Choice, file: str) -> tuple[list[Segment], list[str]]:
    """The segments that are meant. Their numbers are their labels, unless layers use one label again: then they are counted."""
    repeated = [label for label, n in Counter(segment.label for segment in named).items() if n > 1]
    by_number = {place if repeated else segment.label: segment for place, segment in enumerate(named, start=1)}
    ambiguous = [str(label) for label in choice.labels if label in repeated]
    if choice.structure is None and ambiguous:
        raise PatientError(
            f"{file} has several segments with the label {ambiguous[0]}, in different layers; choose by name,"
            f" with {choice.structure_option}"
        )
    if repeated and choice.structure is None and choice.labels:
        by_number = {segment.label: segment for segment in named}
    numbers, remarks = segments(choice, {number: segment.name for number, segment in by_number.items()}, file)
    return [by_number[number] for number in numbers], remarks


def _layer(image: sitk.Image, layer: int) -> Volume:
    several = image.GetNumberOfComponentsPerPixel() > 1
    return volume_of(sitk.VectorIndexSelectionCast(image, layer) if several else image)


READER = NrrdSegmentationReader()
