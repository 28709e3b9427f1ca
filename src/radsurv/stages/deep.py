"""Stage ``deep``: features of a pretrained network, only for patients who are not in the cache yet."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from radsurv.config import Config
from radsurv.deep.backbones import input_size
from radsurv.deep.extract import CODE_VERSION, extract, feature_names
from radsurv.deep.weights import fetch_weights, weights_fingerprint
from radsurv.features.cache import FeatureCache
from radsurv.roi.patch import cnn_patch
from radsurv.stages import roi_store
from radsurv.stages.progress import download_bar, over_patients, progress_bar
from radsurv.stages.qc import QcLog, excluded_note
from radsurv.stages.reading_tables import ReadingTables
from radsurv.stages.roi_store import StoredRegion
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``deep.parquet``: one row per patient; and further readings."""
    qc = QcLog("deep")
    wanted = config.backbone.name != "none" and config.cohort.features is None
    tables = ReadingTables(feature_names(config.backbone, config.patch.size) if wanted else [], qc)
    result = StageResult("no backbone" if config.cohort.features is None else "skipped: the cohort brings its features")
    if wanted:
        result = _deep_features(config, folder, tables)
    simulated = bool(folder.read(folder.cohort)["simulated"].any())
    tables.write(folder, folder.deep, folder.deep_readings, simulated=simulated)
    folder.write(qc.table(), folder.stage_qc("deep"))
    result.notes.extend(excluded_note(qc.table()))
    return result


def _deep_features(config: Config, folder: RunFolder, tables: ReadingTables) -> StageResult:
    """Fill the tables. Regions go by the hash of their content: what two readings share is computed once."""
    regions = roi_store.read_index(folder)
    cache = FeatureCache(Path(config.compute.cache_dir) / "deep", _recipe(config))
    known = {region.content_hash: cache.get(region.content_hash) for region in regions}
    vectors = {digest: features.values for digest, features in known.items() if features is not None}
    patches, reasons = _patches(config, [region for region in regions if region.content_hash not in vectors])
    if patches:
        with download_bar("weights") as downloaded:
            fetch_weights(config.backbone, downloaded)
    with progress_bar("deep", len(patches)) as advance:

        def keep(digest: str, vector: np.ndarray) -> None:
            cache.put(digest, vector)
            advance()

        found = extract(patches, config.backbone, config.compute, seed=config.seed, on_patient=keep)
    cached = set(vectors)
    vectors |= dict(zip(found.patient_ids, found.values, strict=True))
    for region in regions:
        digest = region.content_hash
        if digest in reasons:
            tables.fail(region, reasons[digest])
        else:
            tables.add(region, vectors[digest], cached=digest in cached)
    return StageResult(tables.summary(f" of {config.backbone.name}"), found.notes, {"weights": found.weights})


def _recipe(config: Config) -> dict[str, object]:
    backbone = config.backbone.model_dump(mode="json", exclude={"weights"})
    return {
        "kind": "deep",
        "code": CODE_VERSION,
        "backbone": backbone,
        "patch": config.patch.model_dump(mode="json"),
        "precision": config.compute.precision,
        "weights": weights_fingerprint(config.backbone, seed=config.seed),
    }


def _patches(config: Config, regions: list[StoredRegion]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Patches, and the reasons why there is none, by the hash of the region's content."""
    size = config.patch.size or input_size(config.backbone)
    outcomes = over_patients(partial(_patch, config, size), regions, label="patches", n_jobs=1)
    patches, reasons = {}, {}
    for region, outcome in zip(regions, outcomes, strict=True):
        if outcome.value is None:
            reasons[region.content_hash] = str(outcome.reason)
        else:
            patches[region.content_hash] = outcome.value
    return patches, reasons


def _patch(config: Config, size: int, stored: StoredRegion) -> np.ndarray:
    return cnn_patch(stored.load(), config.patch, size)
