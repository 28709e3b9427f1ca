"""What stage ``attribution`` computes: how far each chosen feature falls when a part of the patch is covered."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import ATTRIBUTION
from radsurv.cohort.parts import part_of
from radsurv.compute.attempt import attempt
from radsurv.compute.progress import Effort
from radsurv.config import Config
from radsurv.deep.backbones import input_size
from radsurv.deep.extract import DeepFeatures, extract, feature_names
from radsurv.deep.occlusion import WINDOW, covered, over_cells
from radsurv.errors import WeightsError
from radsurv.features.cache import FeatureCache
from radsurv.formats import plural
from radsurv.objects.shared_cache import SharedCache
from radsurv.options.run import Occlusion
from radsurv.roi.patch import outline_patch
from radsurv.stages import roi_store
from radsurv.stages.deep_features import picture, recipe
from radsurv.stages.layer_sizes import layer_sizes
from radsurv.stages.roi_store import StoredView
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult, result
from radsurv.stages.terminal import progress_bar

# Part of the cache key: raised when a change of the covering changes an effect.
CODE_VERSION = 1


def occlusion_maps(
    config: Config, options: Occlusion, folder: RunFolder, choice: pd.DataFrame
) -> tuple[pd.DataFrame, StageResult]:
    """The chosen rows with patch and effects, or none of them where the network cannot be loaded."""
    chosen = [*choice.columns]
    views = {
        _whose(sections[0].patient_id, sections[0].regions[0].part): sections[0]
        for sections in roi_store.read_views(folder, config.patch.channels)
        if sections[0].regions[0].reading == 0
    }
    parts = {view.regions[0].part for view in views.values()}
    shown_in = [part_of(feature, parts) for feature in choice["feature"]]
    choice = choice.assign(
        whose=[_whose(patient, part) for patient, (part, _) in zip(choice["patient_id"], shown_in, strict=True)],
        own_name=[name for _, name in shown_in],
    )
    size = config.patch.size or input_size(config.backbone)
    wanted = {whose: views[whose] for whose in choice["whose"].unique()}
    outcomes = {whose: attempt(partial(picture, config.patch, size), view) for whose, view in wanted.items()}
    patches = {whose: outcome.value for whose, outcome in outcomes.items() if outcome.value is not None}
    faults = {whose: str(outcome.reason) for whose, outcome in outcomes.items() if outcome.value is None}
    names = feature_names(config.backbone.name, layer_sizes(config))
    n_windows = (options.cells - WINDOW + 1) ** 2
    key = {**recipe(config), "kind": "occlusion", "covering": CODE_VERSION, "cells": options.cells}
    compute = config.compute
    cache = FeatureCache(compute.cache_folder, "occlusion", key, (n_windows, len(names)), SharedCache.of(compute))
    try:
        effects, n_cached, said = _effects(config, options, cache, wanted, patches, faults)
    except WeightsError as error:
        # The features themselves came from the cache: a finished evaluation must not fail for its illustration.
        left_out = [f"maps of deep features left out: {error}"]
        return choice.head(0)[chosen], result("skipped: the network is not here", left_out, cache.use)
    column = {name: position for position, name in enumerate(names)}
    rows = []
    for row in choice[choice["whose"].isin(list(effects))].to_dict("records"):
        whose, cells = row["whose"], options.cells
        region = wanted[whose].regions[0]
        effect = over_cells(effects[whose][:, column[row["own_name"]]].astype(np.float64), cells)
        rows.append(
            row
            | {
                "section": region.section,
                "size": size,
                "patch": np.round(_first_channel(patches[whose])).astype(np.uint8).ravel(),
                "outline": outline_patch(region.load(), config.patch, size).astype(np.uint8).ravel(),
                "cells": cells,
                "effect": effect.ravel(),
            }
        )
    n_features = plural(choice["feature"].nunique(), "deep feature")
    notes = [*said.notes, *(f"no map of patient {whose}: {reason}" for whose, reason in faults.items())]
    n_patients = len({wanted[whose].patient_id for whose in effects})
    summary = f"{n_features} in {plural(n_patients, 'patient')}, {n_cached} from the cache"
    return pd.DataFrame(rows, columns=list(ATTRIBUTION.columns)), result(summary, notes, cache.use, said.run_notes)


def _whose(patient: str, part: str) -> str:
    """The patient, with the part of the tumour where it has a name: ids hold any sign but a slash."""
    return f"{patient}/{part}" if part else patient


def _first_channel(patch: np.ndarray) -> np.ndarray:
    return patch.reshape(-1, *patch.shape[-2:])[0]


def _effects(
    config: Config,
    options: Occlusion,
    cache: FeatureCache,
    views: dict[str, StoredView],
    patches: dict[str, np.ndarray],
    faults: dict[str, str],
) -> tuple[dict[str, np.ndarray], int, DeepFeatures]:
    """By patient, how far every feature falls when each window is covered: ``(window, feature)``; others get into `faults`; and what
    the network said."""
    known = cache.get_all(views[patient].content_hash for patient in patches)
    effects = {patient: known[digest].values for patient in patches if (digest := views[patient].content_hash) in known}
    n_cached = len(effects)
    pictures = {
        f"{place}/{patient}": shown
        for patient, patch in patches.items()
        if patient not in effects
        for place, shown in enumerate([patch, *covered(patch, options.cells)])
    }
    n_places = (options.cells - WINDOW + 1) ** 2
    vectors: dict[str, dict[int, np.ndarray]] = {}
    with progress_bar("maps", len(pictures), effort=Effort(plural(len(pictures), "picture"), kept=True)) as advance:

        def keep(name: str, vector: np.ndarray) -> None:
            place, _, patient = name.partition("/")
            found = vectors.setdefault(patient, {})
            found[int(place)] = vector
            if len(found) == 1 + n_places:
                effects[patient] = found[0] - np.stack([found[1 + each] for each in range(n_places)])
                cache.put(views[patient].content_hash, effects[patient])
            advance()

        try:
            said = extract(pictures, config.backbone, config.compute, seed=config.seed, on_patient=keep)
        finally:
            cache.share()
    faults |= {name.partition("/")[2]: reason for name, reason in said.faults.items()}
    return effects, n_cached, said
