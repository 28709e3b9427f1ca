"""Formats that are one file each and whose pixels ITK decodes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import SimpleITK as sitk
from jaxtyping import Bool, Int

from radsurv.cohort.choice import Choice
from radsurv.cohort.reader import Reader
from radsurv.cohort.volume import Volume, check_n_voxels, check_place, check_voxel_size, times
from radsurv.errors import PatientError
from radsurv.formats import first_few

LABELS_SHOWN = 10
REASON_SHOWN = 300  # characters of ITK's, which may quote half of a header
# What rounding may add to a label: a resampled mask's 0.9999999, or whole numbers behind a slope of 1/255.
LABEL_ROUNDING = 1e-3
ALL_FINITE = np.empty(0, dtype=np.intp)


class ItkReader(Reader):
    """A volume in one file; an outline is a volume of whole numbers.

    Attributes
    ----------
    image_io : str
        ITK's name of the format. Naming it keeps ITK from trying, noisily, every format it knows.
    """

    image_io: ClassVar[str]

    @abstractmethod
    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Whether the file is whole and self-contained, where ITK would not notice, before its pixels are believed.

        Returns
        -------
        (voxel,)
            Places, in the order of the file (x fastest), of voxels that are NaN or inf and that ITK will make 0.

        Raises
        ------
        PatientError
            The file is cut short, damaged, of another format, or points to other files.
        """

    def read_image(self, path: Path, choice: Choice) -> Volume:
        """Read one scalar 3-D volume.

        Raises
        ------
        PatientError
            The file is empty, cut short, damaged, of another format, not 3-D, holds several values per voxel, or says that a
            voxel has no size, that there are more of them than in any scan, or that they lie nowhere.
        """
        reader, not_finite = self.opened(path)
        size, n_components = reader.GetSize(), reader.GetNumberOfComponents()
        if n_components != 1:
            raise PatientError(
                f"{path.name} holds {n_components} values per voxel ({times(size)} voxels); expected one: "
                "save one time point, channel or the magnitude as a volume of its own"
            )
        check_n_voxels(size[::-1], path.name)
        check_voxel_size(reader.GetSpacing(), path.name)
        check_place(reader.GetOrigin(), path.name)
        volume = volume_of(decoded(reader, path))
        if not_finite.size:  # ITK has made them 0
            volume.array.reshape(-1)[not_finite] = np.nan
        return volume

    def read_outline(self, path: Path, grid: Volume, choice: Choice) -> Volume:
        """Read a volume of whole numbers, on its own grid, as an outline.

        Raises
        ------
        PatientError
            As `read_image` and `outline_of`.
        """
        return outline_of(self.read_image(path, choice), choice, path.name)

    def opened(self, path: Path) -> tuple[sitk.ImageFileReader, Int[np.ndarray, " voxel"]]:
        """A reader that has seen the header of a file known to be whole and 3-D, and what `check` has found.

        Raises
        ------
        PatientError
            The file is empty, not 3-D, or as `check` says.
        """
        if path.stat().st_size == 0:
            raise PatientError(f"{path.name} is empty (0 bytes); copy it again")
        not_finite = self.check(path)
        sitk.ProcessObject.SetGlobalWarningDisplay(False)  # ITK would print to the terminal, past our QC table
        reader = sitk.ImageFileReader()
        reader.SetImageIO(self.image_io)
        reader.SetFileName(str(path))
        try:
            reader.ReadImageInformation()
        except RuntimeError as error:
            raise _unreadable(path, error) from None
        size = reader.GetSize()
        if len(size) != 3:
            raise PatientError(f"{path.name} has {len(size)} dimensions ({times(size)}); expected one 3-D volume")
        return reader, not_finite


def decoded(reader: sitk.ImageFileReader, path: Path) -> sitk.Image:
    """The pixels of a file whose header has been seen.

    Raises
    ------
    PatientError
    """
    try:
        return reader.Execute()
    except RuntimeError as error:
        raise _unreadable(path, error) from None


def volume_of(image: sitk.Image) -> Volume:
    """SimpleITK is x-y-z, from here on it is z-y-x."""
    spacing, direction = image.GetSpacing(), np.array(image.GetDirection()).reshape(3, 3)
    return Volume(
        array=sitk.GetArrayFromImage(image),
        spacing_mm=(float(spacing[2]), float(spacing[1]), float(spacing[0])),
        origin=np.array(image.GetOrigin(), dtype=np.float64),
        direction=direction[:, ::-1].copy(),
    )


def outline_of(labels: Volume, choice: Choice, name: str) -> Volume:
    """The voxels of one label, or of several.

    Parameters
    ----------
    labels : Volume
        Of whole numbers, up to rounding (`LABEL_ROUNDING`).
    choice : Choice
        The labels that mark the tumour. By default every voxel that is not 0, which needs a file with one label only. Of several, one
        must be there.
    name : str
        The file, for messages.

    Raises
    ------
    PatientError
        There are several labels and none was chosen, none of the chosen ones, or no whole numbers. A volume that is 0 everywhere
        is no fault here: it has no outline, whatever the label.
    """
    values = np.unique(labels.array)
    finite = np.isfinite(values)
    odd = values[~finite | (np.abs(np.where(finite, values, 0) - np.round(values)) > LABEL_ROUNDING)]
    if odd.size:
        raise PatientError(f"{name} has values such as {odd[0]:g}; expected whole-number labels: threshold it first")
    whole = np.round(labels.array)
    found = sorted({int(value) for value in np.round(values) if value != 0})
    listed = first_few([*map(str, found)], LABELS_SHOWN, more=", …")
    chosen = choice.labels
    if choice.part and not chosen:
        raise PatientError(
            f"{name} has labels without names ({listed or 'none'}); expected numbers in {choice.label_option}, such as [1, 4]: change it"
        )
    if not chosen and len(found) > 1:
        raise PatientError(
            f"{name} has {len(found)} labels ({listed}); expected one: choose it with {choice.label_option}"
        )
    absent = [str(label) for label in chosen if label not in found]
    if found and len(absent) == len(chosen) > 0:
        raise PatientError(f"{name} has no label {' or '.join(absent)}, only {listed}; change {choice.label_option}")
    outline: Bool[np.ndarray, "z y x"] = np.isin(whole, chosen) if chosen else whole != 0
    remarks = [f"no label {' or '.join(absent)} in {name}, only {listed}"] if found and absent else []
    return replace(labels, array=outline, remarks=(*labels.remarks, *remarks))


def _unreadable(path: Path, error: RuntimeError) -> PatientError:
    """The last line of ITK's message that says something, without the place in its source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1].rsplit("): ", 1)[-1].removeprefix("ITK ERROR: ")
    shown = reason if len(reason) <= REASON_SHOWN else reason[: REASON_SHOWN - 1] + "…"
    return PatientError(f"{path.name} cannot be read: {shown}; copy or convert it again")
