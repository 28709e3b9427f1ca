"""Stage ``rois``: from volumes to one section and outline per patient, and the further readings of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from radsurv.cohort.paths import patient_file
from radsurv.cohort.volume import Volume, read_mask, read_volume
from radsurv.config import Config
from radsurv.errors import PatientError
from radsurv.roi.perturb import perturb_outline
from radsurv.roi.region import Region
from radsurv.roi.section import AXES, extract_region, largest_section, neighbouring_sections
from radsurv.stages import roi_store
from radsurv.stages.cohort import MASK_COLUMNS, SECOND_USABLE
from radsurv.stages.progress import over_patients
from radsurv.stages.qc import QcLog, excluded_note
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.sequences import ANALYSED, image_columns, named, not_shown
from radsurv.stages.stage_result import StageResult


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write the ROI store. A patient without a usable section is excluded, by name."""
    cohort = folder.read(folder.cohort)
    patients = cohort.to_dict("records") if config.cohort.features is None else []
    outcomes = over_patients(partial(_extract, config, folder), patients, label="rois", n_jobs=config.compute.n_jobs)
    qc = QcLog("rois")
    rows: list[dict[str, object]] = []
    for patient, outcome in zip(patients, outcomes, strict=True):
        if outcome.value is None:
            qc.add(patient["patient_id"], "excluded", str(outcome.reason))
        else:
            found, warnings = outcome.value
            rows += found
            qc.warn(patient["patient_id"], warnings)
    roi_store.write_index(folder, rows, simulated=bool(cohort["simulated"].any()))
    folder.write(qc.table(), folder.stage_qc("rois"))
    if config.cohort.features is not None:
        return StageResult("skipped: the cohort brings its features")
    return StageResult(_summary(rows), excluded_note(qc.table()))


def _summary(rows: list[dict[str, object]]) -> str:
    largest = [row for row in rows if row["offset"] == 0 and row["channel"] == ANALYSED]
    n_further = sum(row["reading"] != 0 for row in largest)
    further = f", further readings: {n_further}" if n_further else ""
    n_beside = len(rows) - len(largest)
    beside = f", further sections and sequences: {n_beside}" if n_beside else ""
    return f"{len(largest) - n_further} regions of interest{further}{beside}"


def _extract(config: Config, folder: RunFolder, patient: dict[Any, Any]) -> tuple[list[dict[str, object]], list[str]]:
    """Store the regions of one patient, the analysed one first; returns their rows of the index, and remarks."""
    table = Path(config.cohort.table)
    images = {column: read_volume(patient_file(table, patient[column])) for column in image_columns(config.patch)}
    analysed, *others = MASK_COLUMNS[config.roi.reader]
    mask = _mask(config, patient, analysed)
    section = largest_section(mask, config.roi.section_axis)
    # The cohort stage has looked at the second outline, and warned where it cannot be used.
    readers = (_mask(config, patient, column) for column in others if patient[SECOND_USABLE])
    masks = chain(
        [(mask, section)],
        ((other, largest_section(other, config.roi.section_axis)) for other in readers),
        ((variant, section) for variant in _perturbed(config, images[ANALYSED], mask, section)),
    )
    rows: list[dict[str, object]] = []
    remarks: list[str] = []
    for reading, (outline, largest) in enumerate(masks):
        regions, found = _regions(config, images, outline, largest)
        rows += [
            roi_store.save(
                folder, patient["patient_id"], reading, region, offset=region.section - largest, channel=column
            )
            for column, region in regions
        ]
        remarks += found if reading == 0 else []
    return rows, remarks


def _mask(config: Config, patient: dict[Any, Any], column: str) -> Bool[np.ndarray, "z y x"]:
    return read_mask(patient_file(Path(config.cohort.table), patient[column]), config.cohort.mask_label).array


def _regions(
    config: Config, images: dict[str, Volume], mask: Bool[np.ndarray, "z y x"], section: int
) -> tuple[list[tuple[str, Region]], list[str]]:
    """The section in every image, then those beside it that the network sees too; and why one of these cannot be used."""
    roi = config.roi
    regions, remarks = _of_section(config, images, mask, section), []
    for other in neighbouring_sections(mask, roi.section_axis, section, config.patch.sections, roi.min_pixels):
        try:
            regions += _of_section(config, images, mask, other)
        except PatientError as error:
            remarks.append(not_shown(other, error.reason))
    return regions, remarks


def _of_section(
    config: Config, images: dict[str, Volume], mask: Bool[np.ndarray, "z y x"], section: int
) -> list[tuple[str, Region]]:
    regions = []
    for column, image in images.items():
        with named(column):
            regions.append((column, _region(config, image, mask, section)))
    return regions


def _region(config: Config, image: Volume, mask: Bool[np.ndarray, "z y x"], section: int) -> Region:
    return extract_region(
        image.array,
        mask,
        image.spacing_mm,
        section_axis=config.roi.section_axis,
        context_pixels=config.roi.context_pixels,
        section=section,
    )


def _perturbed(
    config: Config, image: Volume, mask: Bool[np.ndarray, "z y x"], section: int
) -> Iterator[Bool[np.ndarray, "z y x"]]:
    """Masks that hold variants of the outline in the analysed section and those beside it, and nothing elsewhere.

    All sections of a variant are grown and shifted by the same amounts. These hang on the analysed region's content and the
    seed, so neither the order of the patients nor the number of workers plays a part.
    """
    roi = config.roi
    rng = np.random.default_rng([config.seed, int(roi_store.content_hash(_region(config, image, mask, section)), 16)])
    beside = neighbouring_sections(mask, roi.section_axis, section, config.patch.sections, roi.min_pixels)
    outlines = np.moveaxis(mask, AXES.index(roi.section_axis), 0)
    for _ in range(roi.perturbations):
        variant = np.zeros_like(mask)
        drawn = rng.bit_generator.state
        for each in (section, *beside):
            rng.bit_generator.state = drawn
            np.moveaxis(variant, AXES.index(roi.section_axis), 0)[each] = perturb_outline(
                outlines[each], rng, max_pixels=roi.perturbation_pixels, min_pixels=roi.min_pixels
            )
        yield variant
