"""Faults of a configuration that would otherwise show only after the features of all patients have been computed."""

from __future__ import annotations

from pathlib import Path

from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.config import Config
from radsurv.errors import ConfigError
from radsurv.validation.search_options import SearchOptions


def check(config: Config) -> None:
    """Look at what is cheap to know before the first stage.

    Whether weights that are not here can be downloaded is not: a run whose features are all cached does without them.

    Raises
    ------
    ConfigError
        No source of features; a network or layer that is not there; patches of a size that the network cannot take; a cache
        folder that is not there and cannot be made (one that is there and cannot be written is used for reading).
    WeightsError
        ``backbone.weights`` is neither a known name nor a file.
    """
    last = STAGE_NAMES.index(config.until)
    if config.computes_deep and last >= STAGE_NAMES.index("deep"):
        _check_network(config)
    if last >= STAGE_NAMES.index("radiomics"):
        _check_cache(config)
    none = not config.computes_deep and not config.computes_radiomics and config.cohort.features is None
    if none and not config.cohort.covariates and last >= STAGE_NAMES.index("evaluate"):
        raise ConfigError(
            "there will be no features to analyse (radiomics=none, backbone=none): choose radiomics or a backbone, or give"
            " cohort.features or cohort.covariates"
        )


def _check_cache(config: Config) -> None:
    if not (config.computes_deep or config.computes_radiomics or isinstance(config.search, SearchOptions)):
        return
    try:
        Path(config.compute.cache_dir).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"compute.cache_dir={config.compute.cache_dir} cannot be made ({error.strerror}): name a folder that can be written"
        ) from None


def _check_network(config: Config) -> None:
    # Imported here because it takes PyTorch seconds to load, and runs without a network need none of it.
    from radsurv.deep.backbones import input_size
    from radsurv.deep.layers import feature_counts
    from radsurv.deep.weights import weights_file

    weights_file(config.backbone)
    if config.backbone.layers or config.patch.size is not None:  # a network's own cannot be wrong
        feature_counts(config.backbone, config.patch.size or input_size(config.backbone))
