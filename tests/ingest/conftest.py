"""Folders of tiny images in the shapes in which people keep them, and a clinical table beside them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk


def write_volume(path: Path, *, outline: bool, seed: int = 0, labels: Iterable[int] = (1,)) -> None:
    """8 × 8 × 3 voxels: noise, or a rectangle large enough for textures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.random.default_rng(seed).integers(0, 255, (3, 8, 8)).astype(np.int16)
    if outline:
        array[:] = 0
        for label in labels:
            array[1, 1:7, label : label + 6] = label
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((1.0, 1.0, 5.0))
    sitk.WriteImage(image, str(path))


@pytest.fixture
def images(tmp_path) -> Callable[..., Path]:
    """Writes images and outlines, named below a folder; returns the folder."""

    def write(images: Iterable[str], outlines: Iterable[str] = (), name: str = "images", **options: object) -> Path:
        root = tmp_path / name
        for seed, path in enumerate(images):
            write_volume(root / path, outline=False, seed=seed)
        for path in outlines:
            write_volume(root / path, outline=True, **options)
        return root

    return write
