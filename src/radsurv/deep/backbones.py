"""The networks: EfficientNet-Lite0 and every classification model of torchvision, by name."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from radsurv.errors import ConfigError, WeightsError

# torch and torchvision are imported where a network is looked at: they take seconds, and runs with EfficientNet-Lite0 whose
# features are all cached, or whose table is missing, need neither.
if TYPE_CHECKING:
    from torch import nn
    from torchvision.models import WeightsEnum

    from radsurv.options.imaging import BackboneConfig

LITE = "efficientnet_lite0"
NAMES_SHOWN = 4
PENULTIMATE = "penultimate"
FAVOURITES = ("vgg19", "vgg16", "resnet50", "resnet18", "densenet121", LITE)

# Keras' "caffe" mode, the preprocessing of its VGG models: blue, green, red; means of ImageNet; no division.
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)
IMAGENET_MEAN_RGB, IMAGENET_SD_RGB = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Normalization:
    """From intensities of 0–255 to the network's input: ``(intensity / divisor - mean) / sd``, by channel."""

    divisor: float
    mean: tuple[float, float, float]
    sd: tuple[float, float, float]


# Of the TensorFlow original (efficientnet_lite_builder.py: MEAN_RGB, STDDEV_RGB).
LITE_NORMALIZATION = Normalization(1.0, (127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
PREPROCESSING = {
    "imagenet": Normalization(255.0, IMAGENET_MEAN_RGB, IMAGENET_SD_RGB),
    "keras_caffe": Normalization(1.0, CAFFE_MEAN_BGR, (1.0, 1.0, 1.0)),
}


def names() -> list[str]:
    """Every backbone, by its name in the configuration."""
    import torchvision

    return sorted([LITE, *torchvision.models.list_models(module=torchvision.models)])


def check_name(name: str) -> None:
    """Raise :class:`ConfigError` with the nearest names unless ``name`` is a backbone."""
    if name not in names():
        raise ConfigError(f"backbone {name!r} is unknown; {nearest(name, names())}; `radsurv backbones` lists all")


def default_layers(name: str) -> list[str]:
    """The layers meant by ``backbone.layers=[]``: the paper's two for a VGG, else what the last layer looks at."""
    return ["fc1", "fc2"] if name.startswith("vgg") else [PENULTIMATE]


def nearest(name: str, candidates: Iterable[str]) -> str:
    """A clause that names the candidates most like ``name``."""
    matches = difflib.get_close_matches(name, list(candidates), n=5, cutoff=0.4)
    return f"nearest: {', '.join(matches)}" if matches else "nothing is spelt like it"


def first_line(error: Exception) -> str:
    """What a library's exception says, short enough for a message of ours."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(map(str, names[:NAMES_SHOWN])) + more


def weight_enum(backbone: BackboneConfig) -> WeightsEnum | None:
    """torchvision's entry for the weights: the one that ``backbone.weights`` names, else the first that was published.

    The first one (``IMAGENET1K_V1``) is what the literature used, hence the meaning of ``imagenet``. ``None`` for
    EfficientNet-Lite0, which is not torchvision's. With random weights or a file, the entry still says which size and
    normalisation the architecture is used with.
    """
    if backbone.name == LITE:
        return None
    check_name(backbone.name)
    import torchvision

    members = torchvision.models.get_model_weights(backbone.name).__members__
    return members.get(backbone.weights) or next(iter(members.values()))


def input_size(backbone: BackboneConfig) -> int:
    """Side of the square patch that the network was trained on, in pixels."""
    entry = weight_enum(backbone)
    return 224 if entry is None else int(entry.transforms().crop_size[0])


def normalization(backbone: BackboneConfig) -> Normalization:
    """What ``backbone.preprocess`` stands for; ``native`` is what the weights were trained with."""
    if backbone.preprocess != "native":
        return PREPROCESSING[backbone.preprocess]
    entry = weight_enum(backbone)
    if entry is None:
        return LITE_NORMALIZATION
    preset = entry.transforms()
    return Normalization(255.0, tuple(preset.mean), tuple(preset.std))


def build(backbone: BackboneConfig, size: int, device: str = "meta") -> nn.Module:
    """The bare architecture, in evaluation mode.

    On the ``meta`` device it has shapes but neither memory nor values: enough to list layers and to count features,
    and the place to put loaded weights without first drawing random ones.

    Parameters
    ----------
    size : int
        Side of the patches. EfficientNet-Lite0 pads as TensorFlow does, which depends on it; vision transformers keep
        the size that they were trained on.
    """
    import torch
    import torchvision

    check_name(backbone.name)
    make = partial(torchvision.models.get_model, backbone.name, weights=None, **_options(backbone))
    with torch.device(device), warnings.catch_warnings():
        # googlenet and inception announce a change of their initialisation, which loaded weights replace.
        warnings.filterwarnings("ignore", message="The default weight initialization", category=FutureWarning)
        if backbone.name == LITE:
            return _lite(size)
        try:
            return make().eval()
        except NotImplementedError:  # regnet computes its widths with tensors, which need values
            if device != "meta":
                raise
            with torch.device("cpu"):
                return make().to("meta").eval()


def _options(backbone: BackboneConfig) -> dict[str, Any]:
    """What torchvision adds to a model when it is asked for one with its weights."""
    if backbone.name in ("googlenet", "inception_v3"):
        return {"transform_input": True}
    return {"image_size": input_size(backbone)} if backbone.name.startswith("vit_") else {}


def _lite(size: int) -> nn.Module:
    try:
        from efficientnet_lite_pytorch import EfficientNet
    except ModuleNotFoundError:
        raise WeightsError(
            f"backbone={LITE} needs the package efficientnet-lite-pytorch, which is not installed: run `uv sync`"
        ) from None
    return EfficientNet.from_name("efficientnet-lite0", image_size=size).eval()
