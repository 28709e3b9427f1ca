"""Deep features of a cohort: patches and a configuration in, a table of named features out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from radsurv.deep.backbones import normalization
from radsurv.deep.weights import RANDOM_NOTE, load_network, weights_info
from radsurv.errors import ConfigError

if TYPE_CHECKING:
    from radsurv.compute.compute_options import ComputeConfig
    from radsurv.deep.processes import OnPatient, Vector
    from radsurv.options.imaging import BackboneConfig

# Of every network here. Said again in radsurv.options, which this module does without: a GPU host may lack pydantic.
CHANNELS = 3


@dataclass(frozen=True)
class DeepFeatures:
    """Features of all patients.

    Attributes
    ----------
    patient_ids : list of str
        In the order of the patches, without those of `faults`.
    values : (patient, feature) float32
        In the order of :func:`feature_names`; empty where there is no patient.
    weights : dict
        Name, source and SHA-256 of the weights, for provenance.
    notes : list of str
        What the report must say: random weights, unusual preprocessing.
    run_notes : list of str
        What it must say of this run: smaller batches.
    faults : dict of str to str
        By patient whose patch the network or the device fails on, the reason.
    """

    patient_ids: list[str]
    values: Float[np.ndarray, "patient feature"]
    weights: dict[str, Any]
    notes: list[str]
    run_notes: list[str]
    faults: dict[str, str]


def extract(
    patches: Mapping[str, Float[np.ndarray, "*channel y x"]],
    backbone: BackboneConfig,
    compute: ComputeConfig,
    *,
    seed: int,
    on_patient: OnPatient | None = None,
) -> DeepFeatures:
    """Run every patch through the backbone.

    The same patches, configuration, seed, device and number of patches in a batch give the same bytes, whatever
    other patches are computed in the same call.

    Parameters
    ----------
    patches : mapping of patient id to (y, x) or (3, y, x) float32, 0–255
        Square, all of one size, as :func:`radsurv.roi.patch.cnn_patch` makes them; a grey one is shown to the network
        three times. Without any, nothing is loaded.
    seed : int
        Of random weights; otherwise unused.
    on_patient : callable, optional
        Called with patient id and ``(feature,)`` float32 as soon as a patient's batch is done, in this process: what
        it has stored outlives an interrupted run.

    Raises
    ------
    ConfigError
        Unknown backbone or layer; a patch size, device or strategy that cannot be used.
    WeightsError
        Weights that are missing, damaged or of another network.
    """
    notes = _notes(backbone, seed)
    vectors: dict[str, Vector] = {}
    faults: dict[str, str] = {}
    run_notes: list[str] = []
    if patches:
        # PyTorch and Lightning: seconds that a run from the cache need not spend.
        from radsurv.deep.layers import FeatureExtractor, feature_counts
        from radsurv.deep.predict import predict

        size = _side(patches)
        feature_counts(backbone, size)  # a size that the network cannot take is told of before its weights are loaded
        network = load_network(backbone, size, seed=seed)
        extractor = FeatureExtractor(network, backbone.name, backbone.layers, backbone.pool)
        found = predict(extractor, normalization(backbone), patches, backbone.batch_size, compute, on_patient)
        vectors, faults = found.vectors, found.faults
        run_notes += found.run_notes
    values = np.stack(list(vectors.values())) if vectors else np.empty((0, 0), dtype=np.float32)
    return DeepFeatures(list(vectors), values, weights_info(backbone, seed=seed), notes, run_notes, faults)


def feature_names(backbone: str, counts: Mapping[str, int]) -> list[str]:
    """Names of all features, in the order of the table's columns: ``{backbone}_{layer}_{index}``.

    Four digits, or more where a layer has more than 10,000 features: so that names sort as columns do.

    Parameters
    ----------
    counts
        Features by layer, see :func:`radsurv.deep.layers.feature_counts`.
    """
    return [
        f"{backbone}_{layer}_{index:0{max(4, len(str(count - 1)))}d}"
        for layer, count in counts.items()
        for index in range(count)
    ]


def _side(patches: Mapping[str, Float[np.ndarray, "*channel y x"]]) -> int:
    shapes = {np.shape(patch) for patch in patches.values()}
    *channels, height, width = next(iter(shapes))
    if len(shapes) > 1 or channels not in ([], [CHANNELS]) or height != width:
        raise ConfigError(
            f"patches must be square and all of one size, grey or of three channels, found {sorted(shapes)}"
        )
    return int(height)


def _notes(backbone: BackboneConfig, seed: int) -> list[str]:
    if backbone.weights == "random":
        return [RANDOM_NOTE.format(name=backbone.name, seed=seed)]
    if backbone.preprocess == "keras_caffe" and backbone.weights == "imagenet":
        return [
            f"deep: preprocess=keras_caffe feeds {backbone.name} inputs some 60 times larger than its weights were "
            "trained on; it is meant for weights converted from Keras (backbone.weights=/path)"
        ]
    return []
