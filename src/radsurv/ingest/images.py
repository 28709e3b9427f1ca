"""Everything found in a folder of images: who has an image and an outline, and who does not."""

from __future__ import annotations

from pathlib import Path

from radsurv.ingest import layouts
from radsurv.ingest.choose import Chosen, WhichFiles, choose
from radsurv.ingest.dicom_series import dicom_series
from radsurv.ingest.folder import FoundFile, Tree, look_through
from radsurv.ingest.layout import Layout
from radsurv.options.base import members

LAYOUTS: tuple[Layout, ...] = tuple(
    layout() for layout in sorted(members(layouts.__name__, Layout), key=lambda layout: layout.order)
)


def find_images(root: Path, without: Path, which: WhichFiles, *, by_patient_id: bool = False) -> Chosen:
    """Look through a folder and choose an image and an outline for each patient.

    Parameters
    ----------
    root : Path
    without : Path
        A folder that is not looked into: our own.
    which : WhichFiles
    by_patient_id : bool
        Whether patients of DICOM files are called by PatientID.

    Raises
    ------
    CohortError, ConfigError
        As `look_through` and `choose`.
    """
    tree = look_through(root, without)
    files, said = _files(tree)
    series, of_dicom = dicom_series(tree, by_patient_id=by_patient_id)
    chosen = choose(root, [*files, *series], which)
    return Chosen(chosen.images, chosen.masks, chosen.reasons, [*tree.said, *said, *of_dicom, *chosen.said])


def _files(tree: Tree) -> tuple[list[FoundFile], list[str]]:
    layout = next((layout for layout in LAYOUTS if layout.fits(tree)), None)
    if layout is None:
        return [], []
    return layout.files(tree), [f"images: {len(tree.volumes)} files in {tree.root}, laid out as {layout.name}"]
