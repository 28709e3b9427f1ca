"""Features of a patch from a pretrained network: any backbone, any layer, any device."""

from radsurv.deep.backbones import input_size
from radsurv.deep.extract import CODE_VERSION, DeepFeatures, extract, feature_names
from radsurv.deep.weights import fetch_weights, weights_fingerprint, weights_info

__all__ = [
    "CODE_VERSION",
    "DeepFeatures",
    "extract",
    "feature_names",
    "fetch_weights",
    "input_size",
    "weights_fingerprint",
    "weights_info",
]
