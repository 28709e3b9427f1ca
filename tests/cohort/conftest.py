"""Small cohorts and volumes on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import conf
from radsurv.options.cohort_table import CohortConfig

HEADER = ["patient_id", "image", "mask", "time", "event", "age", "sex"]


def _row(number: int, **changes: str) -> dict[str, str]:
    patient = f"P{number:02d}"
    cells = [patient, f"images/{patient}.nii.gz", f"masks/{patient}.nii.gz", str(100 + number), str(number % 2)]
    return dict(zip(HEADER, [*cells, str(50 + number), "MF"[number % 2]], strict=True)) | changes


@pytest.fixture
def row() -> Callable[..., dict[str, str]]:
    """One line of a table that has nothing wrong with it, by its number, with changes."""
    return _row


@pytest.fixture
def cohort(tmp_path: Path) -> Callable[..., CohortConfig]:
    """Writes rows as clinical.csv; returns the configuration that reads it."""

    def write(rows: Sequence[dict[str, str]] | None = None, **options: object) -> CohortConfig:
        rows = [_row(n) for n in range(12)] if rows is None else rows
        lines = [",".join(rows[0]), *(",".join(cells.values()) for cells in rows)]
        table = tmp_path / "clinical.csv"
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return conf.cohort(name="test", table=str(table), **options)

    return write


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes an array (z, y, x) as a volume with a geometry that is no axis's default."""

    def write(array: np.ndarray, name: str = "volume.nii.gz", *, shift_mm: float = 0.0) -> Path:
        image = sitk.GetImageFromArray(array)
        image.SetSpacing((0.75, 0.5, 6.0)[: image.GetDimension()])
        if image.GetDimension() == 3:
            image.SetOrigin((-20.0 + shift_mm, 10.0, 4.0))
            image.SetDirection((1, 0, 0, 0, -1, 0, 0, 0, 1))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(image, str(path))
        return path

    return write
