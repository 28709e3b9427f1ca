"""NIfTI and NRRD volumes in NumPy's z-y-x order: the one place where SimpleITK's x-y-z is turned round."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from jaxtyping import Bool, Float, Int, Shaped

from radsurv.cohort.integrity import check_nifti, check_nrrd
from radsurv.errors import PatientError

NIFTI_SUFFIXES = (".nii", ".nii.gz")
NRRD_SUFFIXES = (".nrrd",)
LABELS_SHOWN = 10


@dataclass(frozen=True)
class Volume:
    """A 3-D image or mask and where it lies in the patient.

    Attributes
    ----------
    array : (z, y, x)
        Voxels, in the type of the file; bool for a mask.
    spacing_mm : (float, float, float)
        Distance between neighbouring voxels along z, y, x.
    origin : (3,)
        Position of voxel ``[0, 0, 0]`` in the patient, mm (left, posterior, superior).
    direction : (3, 3)
        Columns: unit vectors of the array's z, y and x axis in the patient.
    """

    array: Shaped[np.ndarray, "z y x"]
    spacing_mm: tuple[float, float, float]
    origin: Float[np.ndarray, " xyz"]
    direction: Float[np.ndarray, "xyz zyx"]

    def corners(self) -> Float[np.ndarray, "corner xyz"]:
        """Positions of the centres of the eight corner voxels in the patient, mm."""
        index = np.array(list(itertools.product(*((0, n - 1) for n in self.array.shape))), dtype=np.float64)
        return self.origin + (index * self.spacing_mm) @ self.direction.T

    def content_hash(self) -> str:
        """SHA-256 of voxels, their type, and geometry: equal for equal content, whatever file it came from."""
        digest = hashlib.sha256()
        little_endian = self.array.astype(self.array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{little_endian.dtype.str}{self.array.shape}".encode())
        digest.update(np.ascontiguousarray(little_endian).data)
        for geometry in (np.array(self.spacing_mm), self.origin, self.direction):
            digest.update(np.ascontiguousarray(geometry, dtype="<f8").data)
        return digest.hexdigest()


def read_volume(path: Path) -> Volume:
    """Read one scalar 3-D volume.

    Parameters
    ----------
    path : Path
        A ``.nii``, ``.nii.gz`` or ``.nrrd`` file.

    Raises
    ------
    PatientError
        The file is missing, empty, cut short, damaged, of another format, not 3-D, or holds several values per voxel.
    """
    reader, not_finite = _open(path)
    size, n_components = reader.GetSize(), reader.GetNumberOfComponents()
    if len(size) != 3:
        raise PatientError(f"{path.name} has {len(size)} dimensions ({_times(size)}); expected one 3-D volume")
    if n_components != 1:
        raise PatientError(
            f"{path.name} holds {n_components} values per voxel ({_times(size)} voxels); expected one: "
            "save one time point, channel or the magnitude as a volume of its own"
        )
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise PatientError(f"{path.name} cannot be read: {_itk_reason(error)}; copy or convert it again") from None
    array = sitk.GetArrayFromImage(image)
    if not_finite.size:  # ITK has made them 0
        array.reshape(-1)[not_finite] = np.nan
    spacing, direction = image.GetSpacing(), np.array(image.GetDirection()).reshape(3, 3)
    return Volume(
        array=array,
        spacing_mm=(float(spacing[2]), float(spacing[1]), float(spacing[0])),
        origin=np.array(image.GetOrigin(), dtype=np.float64),
        direction=direction[:, ::-1].copy(),
    )


def read_mask(path: Path, label: int | None = None) -> Volume:
    """Read an outline as a Boolean volume.

    Parameters
    ----------
    path : Path
        A ``.nii``, ``.nii.gz`` or ``.nrrd`` file of whole numbers.
    label : int, optional
        The value that marks the tumour. By default every voxel that is not 0, which needs a file with one label only.

    Raises
    ------
    PatientError
        As `read_volume`; or the file holds several labels and none was chosen, not the chosen one, or no whole numbers.
        A mask that is 0 everywhere is returned as it is: it has no outline, whatever the label.
    """
    volume = read_volume(path)
    labels = np.unique(volume.array)
    if not np.all(np.isfinite(labels)) or np.any(labels != np.round(labels)):
        odd = labels[~np.isfinite(labels) | (labels != np.round(labels))][0]
        raise PatientError(f"{path.name} has values such as {odd:g}; expected whole-number labels: threshold it first")
    found = [int(value) for value in labels if value != 0]
    if label is None and len(found) > 1:
        raise PatientError(
            f"{path.name} has {len(found)} labels ({_listed(found)}); expected one: choose it with cohort.mask_label"
        )
    if label is not None and found and label not in found:
        raise PatientError(f"{path.name} has no label {label}, only {_listed(found)}; change cohort.mask_label")
    outline: Bool[np.ndarray, "z y x"] = volume.array != 0 if label is None else volume.array == label
    return Volume(outline, volume.spacing_mm, volume.origin, volume.direction)


def check_same_geometry(image: Volume, mask: Volume, tolerance_mm: float) -> None:
    """Image and mask must have the same number of voxels and the same place in the patient.

    Raises
    ------
    PatientError
        Their sizes differ, or a corner voxel of one lies more than `tolerance_mm` from that of the other.
    """
    if image.array.shape != mask.array.shape:
        raise PatientError(
            f"image and mask differ in size: {_times(image.array.shape[::-1])} and {_times(mask.array.shape[::-1])} "
            "voxels (x × y × z); resample the mask onto the image"
        )
    distance_mm = float(np.linalg.norm(image.corners() - mask.corners(), axis=1).max())
    if not distance_mm <= tolerance_mm:
        raise PatientError(
            f"image and mask differ in geometry: corresponding corners are up to {distance_mm:.3g} mm apart, allowed "
            f"are {tolerance_mm:g} (voxels of {_times(image.spacing_mm[::-1])} and {_times(mask.spacing_mm[::-1])} mm, "
            "x × y × z); resample the mask onto the image, or raise cohort.geometry_tolerance_mm"
        )


def _open(path: Path) -> tuple[sitk.ImageFileReader, Int[np.ndarray, " voxel"]]:
    """A reader that has seen the header of a file known to be whole; and the voxels that ITK will wrongly make 0."""
    name = path.name.lower()
    is_nifti = name.endswith(NIFTI_SUFFIXES)
    if not is_nifti and not name.endswith(NRRD_SUFFIXES):
        raise PatientError(f"{path.name} is neither NIfTI (.nii, .nii.gz) nor NRRD (.nrrd); convert it")
    try:
        if path.stat().st_size == 0:
            raise PatientError(f"{path.name} is empty (0 bytes); copy it again")
        not_finite = check_nifti(path) if is_nifti else check_nrrd(path)
    except FileNotFoundError:
        raise PatientError(
            f"{path.parent.name}/{path.name} does not exist; correct the table or add the file"
        ) from None
    except OSError as error:
        raise PatientError(f"{path.name} cannot be opened ({error.strerror}); check the file and its rights") from None

    sitk.ProcessObject.SetGlobalWarningDisplay(False)  # ITK would print to the terminal, past our QC table
    reader = sitk.ImageFileReader()
    # Naming the format keeps ITK from trying, noisily, every format it knows.
    reader.SetImageIO("NiftiImageIO" if is_nifti else "NrrdImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise PatientError(f"{path.name} cannot be read: {_itk_reason(error)}; copy or convert it again") from None
    return reader, not_finite


def _itk_reason(error: RuntimeError) -> str:
    """The last line of ITK's message that says something, without the place in its source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rsplit("): ", 1)[-1].removeprefix("ITK ERROR: ")


def _times(numbers: Any) -> str:
    return " × ".join(f"{number:g}" for number in numbers)


def _listed(labels: list[int]) -> str:
    shown = ", ".join(str(label) for label in labels[:LABELS_SHOWN])
    return shown if len(labels) <= LABELS_SHOWN else f"{shown}, …"
