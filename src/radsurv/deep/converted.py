"""A file of weights that RadSurv converted from Keras: what it says of itself, and how it is meant to be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from radsurv.deep.backbones import build, default_layers, input_size
from radsurv.errors import ConfigError

if TYPE_CHECKING:
    from radsurv.options.imaging import BackboneConfig

NAME = "vgg19"
SUFFIX = ".safetensors"
PREPROCESS = "keras_caffe"  # what the weights were trained with, and the order of their channels: blue first
HEAD = "classifier"  # torchvision's name of the fully connected layers
LAST_MAPS = "features.36"  # the last pooled maps: what a network without its head ends with
# In one entry of the header: of several, safetensors writes now the one first and now the other.
ENTRY, WHOLE, WITHOUT_HEAD = "converted_from", "keras vgg19", "keras vgg19 notop"


@dataclass(frozen=True)
class Converted:
    """What the header of such a file says.

    Attributes
    ----------
    has_head
        Whether it holds the fully connected layers.
    """

    has_head: bool

    def metadata(self) -> dict[str, str]:
        """As a safetensors file keeps it."""
        return {ENTRY: WHOLE if self.has_head else WITHOUT_HEAD}


def read_converted(path: Path) -> Converted | None:
    """Of a file of weights; None for any other, and for one that cannot be read, of which loading it tells."""
    if path.suffix != SUFFIX:
        return None
    try:
        with safe_open(path, framework="pt") as file:
            said = (file.metadata() or {}).get(ENTRY)
    except (SafetensorError, OSError):
        return None
    return Converted(has_head=said == WHOLE) if said in (WHOLE, WITHOUT_HEAD) else None


def check_converted(backbone: BackboneConfig, path: Path) -> Converted | None:
    """That a converted file is used as it is meant to be; None for any other file, and any other network.

    Raises
    ------
    ConfigError
        Images are prepared in another way than for the training of the weights, or the file has no weights of a layer.
    """
    found = read_converted(path)
    if found is None or backbone.name != NAME:
        return None
    if backbone.preprocess != PREPROCESS:
        raise ConfigError(
            f"backbone.weights={path} is converted from Keras and expects images as Keras prepares them; found"
            f" backbone.preprocess={backbone.preprocess}: set backbone.preprocess={PREPROCESS}"
        )
    # Imported here because it takes PyTorch seconds to load, and most weights are not converted.
    from radsurv.deep.layers import nodes_of

    layers = backbone.layers or default_layers(NAME)
    nodes = nodes_of(build(backbone, input_size(backbone)), NAME, layers)
    lacking = [layer for layer, node in zip(layers, nodes, strict=True) if node.split(".")[0] == HEAD]
    if lacking and not found.has_head:
        raise ConfigError(
            f"backbone.weights={path} is converted from Keras' file without fully connected layers, and expects other layers"
            f" than {', '.join(lacking)}: convert the file with them (radsurv convert-weights), or take"
            f" 'backbone.layers=[{LAST_MAPS}]'"
        )
    return found
