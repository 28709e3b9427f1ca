"""What stage ``deep`` computes: features of a pretrained network, only for patients who are not in the cache yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import attrgetter

import numpy as np

from radsurv.catalogue.record import StageRecord, WeightsRecord
from radsurv.cohort.patient import named
from radsurv.compute.attempt import Outcome, require_one
from radsurv.compute.progress import Effort
from radsurv.config import Config
from radsurv.deep.backbones import input_size
from radsurv.deep.definitions import CODE_VERSION
from radsurv.deep.extract import extract, feature_names
from radsurv.deep.weights import fetch_weights, weights_fingerprint
from radsurv.features.cache import FeatureCache
from radsurv.objects.shared_cache import SharedCache
from radsurv.options.imaging import PatchConfig
from radsurv.roi.outline_readings import not_shown
from radsurv.roi.patch import cnn_patch, resize_method
from radsurv.stages import roi_store
from radsurv.stages.layer_sizes import layer_sizes
from radsurv.stages.qc import QcLog
from radsurv.stages.reading_tables import ReadingTables
from radsurv.stages.roi_store import StoredView
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult
from radsurv.stages.terminal import download_bar, over_patients, progress_bar


def compute(config: Config, folder: RunFolder, qc: QcLog) -> tuple[ReadingTables, StageResult]:
    """Tables and result. Sections go by the hash of their content: what two readings share is computed once."""
    names = feature_names(config.backbone.name, layer_sizes(config))
    tables = ReadingTables(names, qc)
    readings = roi_store.read_views(folder, config.patch.channels)
    views = {view.content_hash: view for sections in readings for view in sections}
    compute = config.compute
    cache = FeatureCache(compute.cache_folder, "deep", recipe(config), (len(names),), SharedCache.of(compute))
    vectors = {digest: features.values for digest, features in cache.get_all(views).items()}
    outcomes = _patches(config, {digest: view for digest, view in views.items() if digest not in vectors})
    if not vectors:
        require_one(list(outcomes.values()), "patches")
    patches = {digest: outcome.value for digest, outcome in outcomes.items() if outcome.value is not None}
    reasons = {digest: str(outcome.reason) for digest, outcome in outcomes.items() if outcome.value is None}
    if patches:
        with download_bar("weights") as downloaded:
            fetch_weights(config.backbone, downloaded)
    with progress_bar("deep", len(patches), effort=Effort(f"{len(patches):,} patches", kept=True)) as advance:

        def keep(digest: str, vector: np.ndarray) -> None:
            cache.put(digest, vector)
            advance()

        try:
            found = extract(patches, config.backbone, compute, seed=config.seed, on_patient=keep)
        finally:
            cache.share()
    reasons |= found.faults
    cached = set(vectors)
    vectors |= dict(zip(found.patient_ids, found.values, strict=True))
    for sections in readings:
        largest, *beside = sections
        region, digest = largest.regions[0], largest.content_hash
        if digest in reasons:
            tables.fail(region, reasons[digest])
            continue
        shown = [digest, *(view.content_hash for view in beside if view.content_hash in vectors)]
        failed = [view for view in beside if view.content_hash in reasons]
        remarks = [not_shown(view.regions[0].section, reasons[view.content_hash]) for view in failed]
        values = _over_sections([vectors[each] for each in shown])
        tables.add(region, values, remarks, cached=cached.issuperset(shown))
    notes = [*found.notes, *_sections_note(config, readings, vectors)]
    record = StageRecord(notes=notes, weights=WeightsRecord.model_validate(found.weights), resized_by=resize_method())
    return tables, StageResult(tables.summary(f" of {config.backbone.name}"), record, cache.use, found.run_notes)


def _over_sections(vectors: list[np.ndarray]) -> np.ndarray:
    """The mean over sections; of one section, its own bytes."""
    return np.mean(vectors, axis=0, dtype=np.float64).astype(vectors[0].dtype)


def _sections_note(config: Config, readings: list[list[StoredView]], vectors: Mapping[str, np.ndarray]) -> list[str]:
    """How many sections the means were taken over, where more than one was asked for."""
    wanted = config.patch.sections
    if wanted == 1:
        return []
    analysed = [sections for sections in readings if sections[0].regions[0].reading == 0]
    found: dict[str, list[int]] = {}
    for sections in analysed:
        found.setdefault(sections[0].patient_id, []).append(sum(view.content_hash in vectors for view in sections))
    counts = list(map(min, found.values()))  # over the parts of a tumour
    fewer = sum(0 < count < wanted for count in counts)
    note = f"deep features are means over {wanted} sections, the largest and those beside it"
    return [f"{note}; {fewer} of {len(counts)} patients have fewer that can be used" if fewer else note]


def recipe(config: Config) -> dict[str, object]:
    """All that the features of one section depend on besides its pixels.

    Neither the number of sections nor the names of the channels: a section is the same picture alone and beside others.
    """
    backbone = config.backbone.model_dump(mode="json", exclude={"weights"})
    return {
        "kind": "deep",
        "code": CODE_VERSION,
        "backbone": backbone,
        "patch": config.patch.model_dump(mode="json", exclude={"sections", "channels"}),
        "precision": config.compute.precision,
        "weights": weights_fingerprint(config.backbone, seed=config.seed),
    }


def _patches(config: Config, views: dict[str, StoredView]) -> dict[str, Outcome[np.ndarray]]:
    """Patches, or the reasons why there is none, by the hash of the view's content."""
    size = config.patch.size or input_size(config.backbone)
    outcomes = over_patients(
        partial(picture, config.patch, size),
        list(views.values()),
        whose=attrgetter("patient_id"),
        label="patches",
        n_jobs=1,
    )
    return dict(zip(views, outcomes, strict=True))


def picture(patch: PatchConfig, size: int, view: StoredView) -> np.ndarray:
    """``(y, x)`` of one channel, ``(channel, y, x)`` of three; each sequence is scaled to 0–255 by itself."""
    channels = []
    for region in view.regions:
        with named(region.channel):
            channels.append(cnn_patch(region.load(), patch, size))
    return channels[0] if len(channels) == 1 else np.stack(channels)
