"""Keras' weights of VGG-19, which the paper's network had, in torchvision's layout."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

from radsurv.deep.backbones import few, first_line
from radsurv.deep.converted import SUFFIX, Converted
from radsurv.errors import ConfigError, WeightsError
from radsurv.files import atomic

# Layers with weights, in the order of computation: the convolutions of five blocks, then what ``_notop`` leaves out.
CONVOLUTIONS = tuple(
    f"block{block}_conv{number}" for block, count in enumerate((2, 2, 4, 4, 4), 1) for number in range(1, count + 1)
)
FULLY_CONNECTED = ("fc1", "fc2", "predictions")
# What keras.applications.vgg19 downloads, by the MD5 that it expects.
PUBLISHED = {
    "cbe5617147190e668d6c5d5026f83318": "vgg19_weights_tf_dim_ordering_tf_kernels.h5",
    "253f8cb515780f3b799900260a226db6": "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
EXPECTED = f"expected {' or '.join(PUBLISHED.values())}, as keras.applications downloads them"

Array = Float[np.ndarray, "..."]


def convert_keras(source: Path, target: Path) -> Converted:
    """Write Keras' weights of VGG-19 as a file that ``backbone.weights`` takes.

    Values stay as they are, in float32; only their order changes. The means that Keras subtracts are not folded into the first
    convolution: images are padded with zeros after these are subtracted, so that the two would differ along the borders.

    Parameters
    ----------
    source
        ``vgg19_weights_tf_dim_ordering_tf_kernels.h5``, the same with ``_notop``, or other values in this layout.
    target
        A safetensors file; whole or absent, and replaced where it is there.

    Raises
    ------
    ConfigError
        The target has another ending.
    WeightsError
        The source is no HDF5 file, or not of this network.
    """
    if target.suffix != SUFFIX:
        raise ConfigError(f"cannot write {target}: expected a name that ends in {SUFFIX}")
    with torch.device("meta"):
        network = models.vgg19()
    state = keras_state(source, network)
    found = Converted(has_head=len(state) == len(network.state_dict()))
    with atomic(target) as temporary:
        save_file(state, temporary, found.metadata())
    return found


def published_as(source: Path) -> str | None:
    """The name under which Keras publishes this very file; None where it does not."""
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return PUBLISHED.get(digest.hexdigest())


def keras_state(source: Path, network: nn.Module) -> dict[str, Tensor]:
    """State dict of a network built like VGG-19; without the fully connected layers where Keras' file has none.

    A kernel of a convolution goes from (y, x, in, out) to (out, in, y, x), that of a fully connected layer from (in, out) to
    (out, in). What the first of these takes in are maps, flattened by Keras as (y, x, channel), by torch as (channel, y, x).

    Parameters
    ----------
    source
        Every layer is a group with a kernel and a bias, whatever they are called: versions of Keras differ in that.
    network
        Its shapes count, not its values.

    Raises
    ------
    WeightsError
        No HDF5 file; layers that are missing, unexpected, or of another shape.
    """
    modules = [(name, module) for name, module in network.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    wanted = dict(zip((*CONVOLUTIONS, *FULLY_CONNECTED), modules, strict=True))
    arrays = _read(source)
    if not set(FULLY_CONNECTED) & set(arrays):
        wanted = {layer: wanted[layer] for layer in CONVOLUTIONS}
    _compare(source, arrays, {layer: module for layer, (_, module) in wanted.items()})
    state: dict[str, Tensor] = {}
    channels = 0
    for layer, (name, _) in wanted.items():
        kernel, bias = arrays.pop(layer)
        if layer == FULLY_CONNECTED[0]:
            kernel = _channels_first(kernel, channels)
        channels = len(bias)
        ordered = kernel.transpose(3, 2, 0, 1) if layer in CONVOLUTIONS else kernel.T
        state[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(ordered))
        state[f"{name}.bias"] = torch.from_numpy(bias)
    return state


def _channels_first(kernel: Float[np.ndarray, "yxc out"], channels: int) -> Float[np.ndarray, "cyx out"]:
    """Of square maps."""
    side = isqrt(len(kernel) // channels)
    maps: Float[np.ndarray, "c y x out"] = kernel.reshape(side, side, channels, -1).transpose(2, 0, 1, 3)
    return maps.reshape(kernel.shape)


def _read(source: Path) -> dict[str, list[Array]]:
    """Arrays of numbers by group, kernel first. Nothing that lies in another file is read."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise WeightsError(
            f"reading {source} needs the package h5py, which is not installed: run `uv sync --extra keras`, or `pip install h5py`"
        ) from None
    arrays: dict[str, list[Array]] = {}

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not item.external and not item.is_virtual:
            arrays.setdefault(name.split("/")[0], []).append(np.asarray(item[()], dtype=np.float32))

    if not source.is_file():
        raise WeightsError(f"{source} is no file: {EXPECTED}; correct the path")
    try:
        with h5py.File(source, "r") as file:
            file.visititems(keep)
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(f"{source} cannot be read as weights in HDF5 ({first_line(error)}): {EXPECTED}") from None
    return {group: sorted(found, key=np.ndim, reverse=True) for group, found in arrays.items()}


def _compare(source: Path, arrays: Mapping[str, list[Array]], wanted: Mapping[str, nn.Conv2d | nn.Linear]) -> None:
    """Raise, with what is missing, what is unexpected and what has another shape."""
    found = {layer: [array.shape for array in group] for layer, group in arrays.items()}
    shapes = {layer: _keras_shapes(module) for layer, module in wanted.items()}
    faults = {
        "missing": [layer for layer in wanted if layer not in found],
        "unexpected": [layer for layer in found if layer not in wanted],
        "of another shape": [
            f"{layer} {_listed(found[layer])} instead of {_listed(shapes[layer])}"
            for layer in wanted
            if layer in found and found[layer] != shapes[layer]
        ],
    }
    clauses = [f"{len(layers)} {fault}: {few(layers)}" for fault, layers in faults.items() if layers]
    if clauses:
        raise WeightsError(
            f"{source} does not hold the {len(wanted)} layers of VGG-19 ({'; '.join(clauses)}): {EXPECTED}"
        )


def _keras_shapes(module: nn.Conv2d | nn.Linear) -> list[tuple[int, ...]]:
    """Of kernel and bias."""
    outputs, inputs, *sides = module.weight.shape
    return [(*sides, inputs, outputs), (outputs,)]


def _listed(shapes: Iterable[tuple[int, ...]]) -> str:
    return " and ".join(str(shape) for shape in shapes)
