"""Many patients in DICOM: peak memory of stage `cohort`, and its time beside plain SimpleITK on the same files.

    python bench/dicom_cohort.py [--patients N] [--workers N ...] [--folder DIR] [--tiny]

Every patient is a series of 24 sections of 256 × 256 pixels, a file each, and an RTSTRUCT with one outline. What runs are
processes of their own, one after the other on the same files: SimpleITK's ImageSeriesReader, which reads every series and keeps
none, and `radsurv run until=cohort` with each number of workers, which finds and sorts the sections, checks them, fills the
contours, and stores what the later stages need. 500 patients take 1.7 GB in DIR (a temporary folder), which are removed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from processes import RADSURV, Used, used_by
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, RTStructureSetStorage, generate_uid

SECTIONS, EDGE = 24, 256
PIXEL_MM, APART_MM = 0.9375, 5.0
PLAIN = """
import sys
import SimpleITK as sitk
for folder in sys.argv[1:]:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    reader.Execute()
"""
EASY = ("backbone=none", "tracking=none", "until=cohort", "cohort.covariates=[]")


def write_patients(folder: Path, n_patients: int) -> Path:
    """Series, outlines and the cohort table, whose path is returned; everybody has another head, tumour and follow-up."""
    rows = []
    for number in range(n_patients):
        rng = np.random.default_rng(number)
        patient = f"MADE-UP-{number:04d}"
        _write_patient(folder / patient, patient, rng)
        follow_up = {"time": int(rng.integers(30, 2000)), "event": int(rng.random() < 0.8)}
        rows.append({"patient_id": patient, "image": f"{patient}/T1", "mask": f"{patient}/RS.dcm", **follow_up})
    table = folder / "clinical.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    return table


def _write_patient(folder: Path, patient: str, rng: np.random.Generator) -> None:
    (folder / "T1").mkdir(parents=True)
    y, x = np.mgrid[:EDGE, :EDGE] - (EDGE - 1) / 2
    head = np.hypot(y / 1.2, x) < rng.uniform(70, 80)
    middle, radius = rng.uniform(-25, 25, 2), rng.uniform(10, 22)
    frame, series = (generate_uid(entropy_srcs=[patient, of]) for of in ("frame", "series"))
    contours = []
    for z in range(SECTIONS):
        inside = 1 - ((z - SECTIONS / 2) / 6) ** 2
        own = radius * np.sqrt(max(inside, 0))
        tumour = np.hypot(y - middle[0], x - middle[1]) < own
        brightness = head * (rng.normal(300, 40, head.shape) + tumour * rng.normal(250, 80, head.shape))
        section = _dataset(MRImageStorage, "MR", frame, series)
        section.ImagePositionPatient, section.ImageOrientationPatient = [0, 0, z * APART_MM], [1, 0, 0, 0, 1, 0]
        section.PixelSpacing, section.SliceThickness = [PIXEL_MM, PIXEL_MM], APART_MM
        section.Rows = section.Columns = EDGE
        section.SamplesPerPixel, section.PhotometricInterpretation, section.PixelRepresentation = 1, "MONOCHROME2", 0
        section.BitsAllocated, section.BitsStored, section.HighBit = 16, 16, 15
        section.PixelData = brightness.clip(0).astype("<u2").tobytes()
        section.save_as(folder / "T1" / f"{z:03d}.dcm", enforce_file_format=True)
        if own > 2:
            turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
            across, down = (middle[1] + own * np.cos(turn), middle[0] + own * np.sin(turn))
            contours.append([(value + (EDGE - 1) / 2) * PIXEL_MM for value in (across, down)] + [z * APART_MM])
    _write_contours(folder / "RS.dcm", frame, contours)


def _write_contours(path: Path, frame: str, contours: Sequence[Sequence[np.ndarray | float]]) -> None:
    """Contours as x, y (point) and z, in mm."""
    found = _dataset(RTStructureSetStorage, "RTSTRUCT", frame, generate_uid())
    structure, drawn = Dataset(), Dataset()
    structure.ROINumber, structure.ROIName, structure.ReferencedFrameOfReferenceUID = 1, "GTV", frame
    drawn.ReferencedROINumber, drawn.ContourSequence = 1, []
    for x, y, z in contours:
        contour = Dataset()
        points = np.column_stack(np.broadcast_arrays(x, y, z))
        contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
        contour.ContourData = [f"{value:.4f}" for value in points.ravel()]
        drawn.ContourSequence.append(contour)
    found.StructureSetROISequence, found.ROIContourSequence = [structure], [drawn]
    found.save_as(path, enforce_file_format=True)


def _dataset(kind: str, modality: str, frame: str, series: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = kind, meta.MediaStorageSOPInstanceUID
    found.Modality, found.FrameOfReferenceUID, found.SeriesInstanceUID = modality, frame, series
    return found


def stage_cohort(table: Path, workers: int, folder: Path) -> Used:
    """The stage; ends where a patient is left out."""
    run_dir = folder / f"run_{workers}"
    given = [f"cohort.table={table}", f"run_dir={run_dir}", f"compute.n_jobs={workers}", *EASY]
    found = used_by(RADSURV, ["run", *given], folder)
    qc = pd.read_csv(run_dir / "qc" / "cohort.csv")
    excluded = qc[qc["status"] == "excluded"]
    if len(excluded):
        raise SystemExit(f"{len(excluded)} patients left out, first: {excluded['reason'].iloc[0]}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=500, help="how many")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2], help="numbers of workers, one after the other"
    )
    parser.add_argument("--folder", type=Path, help="where the files go for a while")
    parser.add_argument("--tiny", action="store_true", help="12 patients: shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    n_patients = 12 if asked.tiny else asked.patients
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        table = write_patients(folder / "cohort", n_patients)
        series = [str(path) for path in sorted((folder / "cohort").glob("*/T1"))]
        found = {"SimpleITK, images alone": used_by(PLAIN, series, folder)}
        for workers in asked.workers:
            called = f"stage cohort, {workers} worker{'s' if workers > 1 else ''}"
            found[called] = stage_cohort(table, workers, folder)
    plain = next(iter(found.values()))
    print(
        f"{n_patients} patients of {SECTIONS} sections of {EDGE} × {EDGE}, {os.cpu_count()} processors; times per patient,"
    )
    print(
        f"of plain SimpleITK's ({1000 * plain.processor / n_patients:.0f} ms of a processor, {1000 * plain.wall / n_patients:.0f} ms)"
    )
    print(f"{'':<26} {'peak MB':>8} {'a worker':>9} {'processor':>10} {'passed':>7}")
    for called, used in found.items():
        times = f"{used.processor / plain.processor:10.2f} {used.wall / plain.wall:7.2f}"
        print(f"{called:<26} {used.parent_mb:8.0f} {used.worker_mb:9.0f} {times}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
