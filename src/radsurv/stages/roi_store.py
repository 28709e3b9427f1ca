"""The ROI store: one file per section and image, and an index, the only thing the feature stages read of the images."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from radsurv.roi.region import Region
from radsurv.stages.run_folder import RunFolder, atomic
from radsurv.stages.sequences import ANALYSED

# Reading 0 is the analysed outline, 1 and on are others of the same tumour. Offset 0 is the section with the largest
# outline, others are that many sections away; channel is the column of the cohort table that names the image.
INDEX_COLUMNS = [
    *("patient_id", "reading", "offset", "channel", "file", "content_hash", "section"),
    *("spacing_y_mm", "spacing_x_mm", "slice_mm", "pixels"),
]


@dataclass(frozen=True)
class StoredRegion:
    """Where a region is, and the hash of its pixels, outline and scale."""

    patient_id: str
    reading: int
    offset: int
    channel: str
    path: Path
    content_hash: str
    section: int

    def load(self) -> Region:
        """Read the region back."""
        with np.load(self.path, allow_pickle=False) as arrays:
            spacing_y, spacing_x, slice_mm = (float(value) for value in arrays["spacing_mm"])
            return Region(
                image=arrays["image"],
                outline=arrays["outline"],
                spacing_mm=(spacing_y, spacing_x),
                slice_mm=slice_mm,
                section=int(arrays["section"]),
            )


@dataclass(frozen=True)
class StoredView:
    """One section as the network sees it: a region for each of its channels, which may be one."""

    regions: tuple[StoredRegion, ...]

    @property
    def content_hash(self) -> str:
        """Of one channel its region's own; else of all, in their order."""
        hashes = [region.content_hash for region in self.regions]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def content_hash(region: Region) -> str:
    """Hash of all that a feature can depend on."""
    scale = np.array([*region.spacing_mm, region.slice_mm])
    digest = hashlib.sha256()
    for array in (region.image, region.outline, scale, np.array(region.image.shape)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def save(
    folder: RunFolder, patient_id: str, reading: int, region: Region, *, offset: int = 0, channel: str = ANALYSED
) -> dict[str, object]:
    """Write one region; returns its row of the index."""
    digest = content_hash(region)
    # Two patients may hold the same pixels (a data error worth seeing, not hiding): the id takes part in the name.
    place = f"{patient_id}\n{reading}\n{offset}\n{channel}"
    name = hashlib.sha256(f"{place}\n{digest}".encode()).hexdigest()[:32] + ".npz"
    with atomic(folder.rois / name) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            image=region.image,
            outline=region.outline,
            spacing_mm=np.array([*region.spacing_mm, region.slice_mm]),
            section=np.array(region.section),
        )
    pixels = int(region.outline.sum())
    where = (patient_id, reading, offset, channel, name, digest, region.section)
    row = (*where, *region.spacing_mm, region.slice_mm, pixels)
    return dict(zip(INDEX_COLUMNS, row, strict=True))


def write_index(folder: RunFolder, rows: list[dict[str, object]], *, simulated: bool) -> None:
    """Write the index, and remove regions of an earlier run that it does not name."""
    index = pd.DataFrame(rows, columns=INDEX_COLUMNS)
    folder.write(index, folder.rois_index, simulated=simulated)
    named = set(index["file"])
    for path in folder.rois.glob("*.npz"):
        if path.name not in named:
            path.unlink()


def read_index(folder: RunFolder) -> list[StoredRegion]:
    """The largest sections of the analysed images, in the order of the cohort table, each patient's analysed outline first."""
    return [region for region in _regions(folder) if region.offset == 0 and region.channel == ANALYSED]


def read_views(folder: RunFolder, channels: Sequence[str]) -> list[list[StoredView]]:
    """What the network sees of each outline, in the order of `read_index`: the largest section first, then the others.

    Parameters
    ----------
    channels
        Columns of the cohort table, in the order of the network's channels.
    """
    readings = []
    for _, regions in groupby(_regions(folder), lambda region: (region.patient_id, region.reading)):
        sections: dict[int, dict[str, StoredRegion]] = {}
        for region in regions:
            sections.setdefault(region.offset, {})[region.channel] = region
        readings.append([StoredView(tuple(found[channel] for channel in channels)) for found in sections.values()])
    return readings


def _regions(folder: RunFolder) -> list[StoredRegion]:
    index = folder.read(folder.rois_index)
    columns = (
        index[name] for name in ("patient_id", "reading", "offset", "channel", "file", "content_hash", "section")
    )
    return [
        StoredRegion(patient, int(reading), int(offset), channel, folder.rois / file, digest, int(section))
        for patient, reading, offset, channel, file, digest, section in zip(*columns, strict=True)
    ]
