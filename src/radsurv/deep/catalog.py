"""What there is to choose from: the tables behind ``radsurv backbones``."""

from __future__ import annotations

import pandas as pd
import torch

from radsurv.deep.backbones import FAVOURITES, build, default_layers, input_size, names, weight_enum
from radsurv.deep.layers import FeatureExtractor, feature_counts, layer_names, pooled
from radsurv.deep.weights import weights_file
from radsurv.options.imaging import BackboneConfig

MIB = 2**20
N_PATCHES = 2


def list_backbones() -> pd.DataFrame:
    """All backbones; the ones that the documentation speaks of come first, and only theirs are counted.

    Returns
    -------
    DataFrame
        ``backbone``, ``layers`` (the default ones), ``features`` (of these layers; missing where not counted),
        ``patch_size`` (pixels), ``weights_mib`` (of the file), ``present`` (whether the weights are on this machine).
    """
    return pd.DataFrame([_row(name) for name in [*FAVOURITES, *sorted(set(names()) - set(FAVOURITES))]])


def _published(name: str) -> BackboneConfig:
    """A network with its published weights and default layers; it is looked at, not run."""
    return BackboneConfig(
        name=name, layers=[], weights="imagenet", pool="avg", preprocess="native", batch_size=N_PATCHES
    )


def _row(name: str) -> dict[str, object]:
    backbone = _published(name)
    entry, path = weight_enum(backbone), weights_file(backbone)
    assert path is not None, "only random weights have no file"
    counted = name in FAVOURITES
    return {
        "backbone": name,
        "layers": ", ".join(default_layers(name)),
        "features": sum(feature_counts(backbone, input_size(backbone)).values()) if counted else pd.NA,
        "patch_size": input_size(backbone),
        "weights_mib": path.stat().st_size / MIB if entry is None else entry.meta["_file_size"],
        "present": path.is_file(),
    }


def list_layers(name: str) -> pd.DataFrame:
    """Every layer of a backbone that can be asked for.

    Returns
    -------
    DataFrame
        ``layer`` (aliases first, then in the order of computation), ``features`` (after pooling).

    Raises
    ------
    ConfigError
        Unknown backbone.
    """
    backbone = _published(name)
    size = input_size(backbone)
    network = build(backbone, size)
    extractor = FeatureExtractor(network, name, layer_names(network, name), backbone.pool)
    with torch.no_grad():
        outputs = extractor.network(torch.empty(N_PATCHES, 3, size, size, device="meta"))
    vectors = [pooled(outputs[node], backbone.pool, N_PATCHES) for node in extractor.nodes]
    rows = [
        (layer, vector.shape[1]) for layer, vector in zip(extractor.layers, vectors, strict=True) if vector is not None
    ]
    return pd.DataFrame(rows, columns=["layer", "features"])
