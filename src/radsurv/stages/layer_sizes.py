"""How many features each layer of a network gives: traced once, and known from then on without the seconds that PyTorch takes to load."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

from radsurv.compute.cache_entry import DamagedEntry
from radsurv.compute.cache_folder import CacheFolder
from radsurv.config import Config
from radsurv.deep.backbones import default_layers, input_size
from radsurv.deep.definitions import CODE_VERSION

KIND = "layers"  # folder in the cache


def layer_sizes(config: Config) -> dict[str, int]:
    """By layer, in the order of the features.

    Raises
    ------
    ConfigError
        Unknown backbone or layer, or patches of a size that the network cannot take.
    """
    backbone, size = config.backbone, config.patch.size or input_size(config.backbone)
    layers = backbone.layers or default_layers(backbone.name)
    asked = {"backbone": backbone.name, "layers": layers, "pool": backbone.pool, "size": size}
    of_code = {"code": CODE_VERSION, "torchvision": version("torchvision")}
    key = hashlib.sha256(json.dumps(asked | of_code, sort_keys=True).encode()).hexdigest()
    cache = CacheFolder(config.compute.cache_folder, KIND)

    def decoded(content: bytes) -> dict[str, int]:
        sizes = json.loads(content)
        if list(sizes) != layers or not all(isinstance(count, int) and count > 0 for count in sizes.values()):
            raise DamagedEntry("no numbers of features by layer")
        return {str(layer): int(count) for layer, count in sizes.items()}

    known = cache.get(key, decoded)
    if known is None:
        from radsurv.deep.layers import feature_counts

        known = feature_counts(backbone, size)
        cache.put(key, json.dumps(known).encode())
    return known
