"""The ROI store: one file per patient and reading, and an index, the only thing the feature stages read of the images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from radsurv.roi.region import Region
from radsurv.stages.run_folder import RunFolder, atomic

# Reading 0 is the analysed outline, 1 and on are others of the same tumour.
INDEX_COLUMNS = [
    *("patient_id", "reading", "file", "content_hash", "section"),
    *("spacing_y_mm", "spacing_x_mm", "slice_mm", "pixels"),
]


@dataclass(frozen=True)
class StoredRegion:
    """Where a region is, and the hash of its pixels, outline and scale."""

    patient_id: str
    reading: int
    path: Path
    content_hash: str

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


def content_hash(region: Region) -> str:
    """Hash of all that a feature can depend on."""
    scale = np.array([*region.spacing_mm, region.slice_mm])
    digest = hashlib.sha256()
    for array in (region.image, region.outline, scale, np.array(region.image.shape)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def save(folder: RunFolder, patient_id: str, reading: int, region: Region) -> dict[str, object]:
    """Write one region; returns its row of the index."""
    digest = content_hash(region)
    # Two patients may hold the same pixels (a data error worth seeing, not hiding): the id takes part in the name.
    name = hashlib.sha256(f"{patient_id}\n{reading}\n{digest}".encode()).hexdigest()[:32] + ".npz"
    with atomic(folder.rois / name) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            image=region.image,
            outline=region.outline,
            spacing_mm=np.array([*region.spacing_mm, region.slice_mm]),
            section=np.array(region.section),
        )
    pixels = int(region.outline.sum())
    row = (patient_id, reading, name, digest, region.section, *region.spacing_mm, region.slice_mm, pixels)
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
    """The stored regions, in the order of the cohort table, each patient's analysed outline first."""
    index = folder.read(folder.rois_index)
    columns = (index[name] for name in ("patient_id", "reading", "file", "content_hash"))
    return [
        StoredRegion(patient, int(reading), folder.rois / file, digest)
        for patient, reading, file, digest in zip(*columns, strict=True)
    ]
