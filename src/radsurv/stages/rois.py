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
from radsurv.roi.perturb import perturb_outline
from radsurv.roi.region import Region
from radsurv.roi.section import AXES, extract_region
from radsurv.stages import roi_store
from radsurv.stages.cohort import MASK_COLUMNS, SECOND_USABLE
from radsurv.stages.progress import over_patients
from radsurv.stages.qc import QcLog, excluded_note
from radsurv.stages.run_folder import RunFolder
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
            rows += outcome.value
    roi_store.write_index(folder, rows, simulated=bool(cohort["simulated"].any()))
    folder.write(qc.table(), folder.stage_qc("rois"))
    if config.cohort.features is not None:
        return StageResult("skipped: the cohort brings its features")
    n_further = sum(row["reading"] != 0 for row in rows)
    further = f", further readings: {n_further}" if n_further else ""
    return StageResult(f"{len(rows) - n_further} regions of interest{further}", excluded_note(qc.table()))


def _extract(config: Config, folder: RunFolder, patient: dict[Any, Any]) -> list[dict[str, object]]:
    """Store the regions of one patient, the analysed one first; returns their rows of the index."""
    image = read_volume(patient_file(Path(config.cohort.table), patient["image"]))
    analysed, *others = MASK_COLUMNS[config.roi.reader]
    mask = _mask(config, patient, analysed)
    first = _region(config, image, mask)
    # The cohort stage has looked at the second outline, and warned where it cannot be used.
    further = (_mask(config, patient, column) for column in others if patient[SECOND_USABLE])
    masks = chain(further, _perturbed(config, first, mask))
    regions = chain([first], (_region(config, image, other) for other in masks))
    return [roi_store.save(folder, patient["patient_id"], reading, region) for reading, region in enumerate(regions)]


def _mask(config: Config, patient: dict[Any, Any], column: str) -> Bool[np.ndarray, "z y x"]:
    return read_mask(patient_file(Path(config.cohort.table), patient[column]), config.cohort.mask_label).array


def _region(config: Config, image: Volume, mask: Bool[np.ndarray, "z y x"]) -> Region:
    return extract_region(
        image.array,
        mask,
        image.spacing_mm,
        section_axis=config.roi.section_axis,
        context_pixels=config.roi.context_pixels,
    )


def _perturbed(
    config: Config, analysed: Region, mask: Bool[np.ndarray, "z y x"]
) -> Iterator[Bool[np.ndarray, "z y x"]]:
    """Masks that hold a variant of the analysed outline, and nothing in other sections.

    The amounts hang on the region's content and the seed, so neither the order of the patients nor the number of workers
    plays a part.
    """
    rng = np.random.default_rng([config.seed, int(roi_store.content_hash(analysed), 16)])
    sections = np.moveaxis(mask, AXES.index(config.roi.section_axis), 0)
    for _ in range(config.roi.perturbations):
        variant = np.zeros_like(mask)
        np.moveaxis(variant, AXES.index(config.roi.section_axis), 0)[analysed.section] = perturb_outline(
            sections[analysed.section], rng, max_pixels=config.roi.perturbation_pixels, min_pixels=config.roi.min_pixels
        )
        yield variant
