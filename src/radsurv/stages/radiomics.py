"""Stage ``radiomics``: hand-crafted features of every region of interest, from the cache where they are known."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path

from radsurv.catalogue.tables import COHORT, RADIOMICS, RADIOMICS_READINGS
from radsurv.compute.attempt import require_one
from radsurv.compute.cache_use import CacheUse
from radsurv.compute.parallel import all_cores
from radsurv.compute.progress import Effort
from radsurv.config import Config
from radsurv.features.cache import CachedFeatures, FeatureCache
from radsurv.formats import plural
from radsurv.objects.shared_cache import SharedCache
from radsurv.radiomics.definitions import FAMILY_VERSIONS
from radsurv.radiomics.vector import feature_names, radiomics_features
from radsurv.stages import roi_store
from radsurv.stages.qc import QcLog, excluded_note
from radsurv.stages.reading_tables import ReadingTables
from radsurv.stages.roi_store import StoredRegion
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.stage_result import StageResult, result
from radsurv.stages.terminal import over_patients


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``radiomics.parquet``: one row per patient, NaN where a feature cannot be computed; and further readings."""
    qc, use = QcLog("radiomics"), CacheUse()
    tables = ReadingTables(
        feature_names(config.quantization, config.radiomics) if config.computes_radiomics else [], qc
    )
    regions = roi_store.read_index(folder) if config.computes_radiomics else []
    outcomes = over_patients(
        partial(_features, config, config.compute.cache_folder),  # others may work in another folder
        regions,
        whose=attrgetter("patient_id"),
        label="radiomics",
        n_jobs=config.compute.n_jobs,
        effort=Effort(plural(len(regions), "region"), ", ".join(all_cores(config.compute.n_jobs)), kept=True),
    )
    require_one(outcomes, "radiomics")
    for region, outcome in zip(regions, outcomes, strict=True):
        if outcome.value is None:
            tables.fail(region, str(outcome.reason))
        else:
            features, was_cached, its_use = outcome.value
            tables.add(region, features.values, features.warnings, cached=was_cached)
            use.add(its_use)
    simulated = made_up(folder.read(COHORT))
    tables.write(folder, RADIOMICS, RADIOMICS_READINGS, simulated=simulated)
    folder.write_csv(qc.table(), folder.stage_qc("radiomics"))
    if config.cohort.features is not None:
        return result("skipped: the cohort brings its features")
    return result(tables.summary(), excluded_note(qc.table()), use)


def _features(config: Config, cache_dir: Path, stored: StoredRegion) -> tuple[CachedFeatures, bool, CacheUse]:
    """Of one region; whether they were in the cache; and what came of using it, since this may be another process."""
    recipe = {
        "kind": "radiomics",
        "definitions": FAMILY_VERSIONS,
        "quantization": config.quantization.model_dump(mode="json"),
        "radiomics": config.radiomics.model_dump(mode="json"),
    }
    n_features = len(feature_names(config.quantization, config.radiomics))
    cache = FeatureCache(cache_dir, "radiomics", recipe, (n_features,), SharedCache.of(config.compute))
    known = cache.get(stored.content_hash)
    if known is not None:
        return known, True, cache.use
    values, warnings = radiomics_features(stored.load(), config.quantization, config.radiomics)
    cache.put(stored.content_hash, values, warnings)
    cache.share()
    return CachedFeatures(values, warnings), False, cache.use
