"""The ROI store: one file per section and image, and an index, the only thing the feature stages read of the images."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import ROI_INDEX
from radsurv.cohort.parts import WHOLE
from radsurv.cohort.patient import ANALYSED
from radsurv.errors import PatientError
from radsurv.files import atomic
from radsurv.roi.region import Region
from radsurv.stages.run_folder import RunFolder

# Reading 0 is the analysed outline, 1 and on are others of the same tumour. Offset 0 is the section with the largest
# outline, others are that many sections away; channel is the column of the cohort table that names the image.
INDEX_COLUMNS = (
    *("patient_id", "reading", "offset", "channel", "file", "content_hash", "section"),
    *("spacing_y_mm", "spacing_x_mm", "slice_mm", "pixels"),
)
PART = "part"  # of the tumour: a further column where `cohort.regions` names some
BEGUN = ".rois"
AGAIN = "run stage cohort again"


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
    part: str = WHOLE

    def load(self) -> Region:
        """Read the region back.

        Raises
        ------
        PatientError
            The file is not there, cannot be read, or does not hold the region that stage ``cohort`` has stored.
        """
        region = self._read()
        if region.content_hash() != self.content_hash:
            raise PatientError(f"{self._name} has changed since stage cohort stored it; {AGAIN}")
        return region

    @property
    def _name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    def _read(self) -> Region:
        try:
            with np.load(BytesIO(self.path.read_bytes()), allow_pickle=False) as arrays:
                spacing_y, spacing_x, slice_mm = (float(value) for value in arrays["spacing_mm"])
                return Region(
                    image=arrays["image"],
                    outline=arrays["outline"],
                    spacing_mm=(spacing_y, spacing_x),
                    slice_mm=slice_mm,
                    section=int(arrays["section"]),
                )
        except FileNotFoundError:
            raise PatientError(f"{self._name} of the run folder is missing; {AGAIN}") from None
        except MemoryError:
            raise
        except (
            Exception
        ) as error:  # the archive, each way to compress one and the arrays in it have their own for every damage
            raise PatientError(
                f"{self._name} of the run folder cannot be read ({type(error).__name__}); {AGAIN}"
            ) from None


@dataclass(frozen=True)
class StoredView:
    """One section as the network sees it: a region for each of its channels, which may be one."""

    regions: tuple[StoredRegion, ...]

    @property
    def patient_id(self) -> str:
        """Whose it is."""
        return self.regions[0].patient_id

    @property
    def content_hash(self) -> str:
        """Of one channel its region's own; else of all, in their order."""
        hashes = [region.content_hash for region in self.regions]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


@contextmanager
def begun(folder: RunFolder) -> Iterator[Path]:
    """A hidden folder for the regions of a run, which are moved into the store if the block ends well, and else are gone.

    So a cohort that turns out to be unusable leaves an earlier run as it was.
    """
    place = folder.root / BEGUN
    shutil.rmtree(place, ignore_errors=True)  # of a run that was killed
    place.mkdir(parents=True)
    try:
        yield place
        folder.rois.mkdir(exist_ok=True)
        for path in place.glob("*.npz"):
            path.replace(folder.rois / path.name)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def save(
    place: Path,
    patient_id: str,
    reading: int,
    region: Region,
    *,
    offset: int = 0,
    channel: str = ANALYSED,
    part: str = WHOLE,
) -> dict[str, object]:
    """Write one region into a folder; returns its row of the index."""
    digest = region.content_hash()
    # Two patients may hold the same pixels (a data error worth seeing, not hiding): the id takes part in the name.
    whose = f"{patient_id}\n{reading}\n{offset}\n{channel}" + (f"\n{part}" if part else "")
    name = hashlib.sha256(f"{whose}\n{digest}".encode()).hexdigest()[:32] + ".npz"
    with atomic(place / name) as temporary, temporary.open("wb") as file:
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
    return dict(zip(INDEX_COLUMNS, row, strict=True)) | ({PART: part} if part else {})


def write_index(folder: RunFolder, rows: list[dict[str, object]], *, simulated: bool) -> None:
    """Write the index, and remove regions of an earlier run that it does not name."""
    parted = any(PART in row for row in rows)
    index = pd.DataFrame(rows, columns=[*INDEX_COLUMNS, *([PART] if parted else [])])
    folder.write(index, ROI_INDEX, simulated=simulated)
    named = set(index["file"])
    for path in folder.rois.glob("*.npz"):
        if path.name not in named:
            path.unlink()


def read_index(folder: RunFolder) -> list[StoredRegion]:
    """The largest sections of the analysed images, in the order of the cohort table, part by part, each with the analysed outline first."""
    return [region for region in _regions(folder) if region.offset == 0 and region.channel == ANALYSED]


def read_views(folder: RunFolder, channels: Sequence[str]) -> list[list[StoredView]]:
    """What the network sees of each outline, in the order of `read_index`: the largest section first, then the others.

    Parameters
    ----------
    channels
        Columns of the cohort table, in the order of the network's channels.
    """
    readings = []
    for _, regions in groupby(_regions(folder), lambda region: (region.patient_id, region.part, region.reading)):
        sections: dict[int, dict[str, StoredRegion]] = {}
        for region in regions:
            sections.setdefault(region.offset, {})[region.channel] = region
        readings.append([StoredView(tuple(found[channel] for channel in channels)) for found in sections.values()])
    return readings


def _regions(folder: RunFolder) -> list[StoredRegion]:
    index = folder.read(ROI_INDEX)
    parts = index[PART] if PART in index else [WHOLE] * len(index)
    columns = (
        index[name] for name in ("patient_id", "reading", "offset", "channel", "file", "content_hash", "section")
    )
    return [
        StoredRegion(patient, int(reading), int(offset), channel, folder.rois / file, digest, int(section), part)
        for patient, reading, offset, channel, file, digest, section, part in zip(*columns, parts, strict=True)
    ]
