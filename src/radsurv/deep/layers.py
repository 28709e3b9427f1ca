"""Any layer of a network as a vector: its name, its node in the graph, its pooling, its number of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from radsurv.deep.backbones import PENULTIMATE, build, default_layers, first_line, nearest
from radsurv.errors import ConfigError

if TYPE_CHECKING:
    from radsurv.options.imaging import BackboneConfig

# After the ReLU: the paper finds that some 60 % of all features have no spread, which only a ReLU's zeros explain.
VGG_ALIASES = {"fc1": "classifier.1", "fc2": "classifier.4", "fc1_pre": "classifier.0", "fc2_pre": "classifier.3"}
GEM_POWER, GEM_FLOOR = 3.0, 1e-6
_COUNTED: dict[tuple[object, ...], dict[str, int]] = {}  # by what was asked


class FeatureExtractor(nn.Module):
    """A network cut off behind the last layer asked for; its forward pass gives the layers side by side.

    Feature maps are pooled over all positions: ``avg``, ``max``, or ``gem``, the generalised mean with p = 3 [1]_.

    Parameters
    ----------
    network : nn.Module
        The whole network. Its in-place operations are undone.
    name : str
        The backbone's name, for the aliases and for messages.
    layers : sequence of str
        Aliases (``fc1``, ``penultimate``, …), names of modules, or names of nodes of the traced graph. Empty: the
        backbone's default.
    pool : {"avg", "max", "gem"}

    Raises
    ------
    ConfigError
        A layer twice, or one that the network does not have (with the nearest names).

    References
    ----------
    .. [1] Radenović, Tolias & Chum. Fine-tuning CNN image retrieval with no human annotation. TPAMI 2019;41:1655-68.
    """

    def __init__(self, network: nn.Module, name: str, layers: Sequence[str], pool: str) -> None:
        super().__init__()
        self.name, self.pool = name, pool
        self.layers = list(layers) or default_layers(name)
        if len(set(self.layers)) < len(self.layers):
            raise ConfigError(f"backbone.layers={self.layers} names a layer twice: name each once")
        training_nodes, nodes = get_graph_node_names(network, suppress_diff_warning=True)
        self.nodes = [_resolve(layer, name, network, nodes) for layer in self.layers]
        self.network = _without_inplace(
            create_feature_extractor(
                _without_inplace_modules(network),
                train_return_nodes=training_nodes[:1],  # torchvision wants the graph for training too: never used
                eval_return_nodes=list(dict.fromkeys(self.nodes)),
                suppress_diff_warning=True,
            ).eval()
        )

    def vectors(self, images: Tensor) -> list[Tensor]:
        """One ``(patch, feature)`` float32 tensor for each layer, of images ``(patch, 3, y, x)``."""
        outputs = self.network(images)
        vectors = []
        for layer, node in zip(self.layers, self.nodes, strict=True):
            vector = pooled(outputs[node], self.pool, len(images))
            if vector is None:
                raise ConfigError(
                    f"layer {layer!r} of {self.name} gives neither a feature map nor a vector for each patch: "
                    f"take another (`radsurv backbones {self.name}` lists them)"
                )
            vectors.append(vector)
        return vectors

    def forward(self, images: Tensor) -> Tensor:
        """``(patch, feature)``: all layers, in the order asked for."""
        return torch.cat(self.vectors(images), dim=1)


def pooled(output: Any, pool: str, n_patches: int) -> Tensor | None:
    """A layer's output as ``(patch, feature)`` float32; ``None`` if it is no map, tokens or vector for each patch."""
    if not isinstance(output, Tensor) or output.ndim not in (2, 3, 4) or len(output) != n_patches:
        return None
    values = output.float()
    if values.ndim == 2:
        return values
    maps = (values.movedim(-1, 1) if _channels_come_last(values) else values).flatten(2)
    if pool == "max":
        return maps.amax(dim=2)
    if pool == "gem":
        return maps.clamp(min=GEM_FLOOR).pow(GEM_POWER).mean(dim=2).pow(1 / GEM_POWER)
    return maps.mean(dim=2)


def feature_counts(backbone: BackboneConfig, size: int) -> dict[str, int]:
    """How many features each layer gives, found without weights or memory, and once, since the network is traced for it.

    Raises
    ------
    ConfigError
        Unknown backbone or layer, or patches of a size that the network cannot take.
    """
    asked = backbone.name, tuple(backbone.layers), backbone.pool, size
    if asked not in _COUNTED:
        _COUNTED[asked] = _counted(backbone, size)
    return dict(_COUNTED[asked])


def _counted(backbone: BackboneConfig, size: int) -> dict[str, int]:
    extractor = FeatureExtractor(build(backbone, size), backbone.name, backbone.layers, backbone.pool)
    try:
        with torch.no_grad():
            vectors = extractor.vectors(torch.empty(2, 3, size, size, device="meta"))
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"{backbone.name} cannot take patches of {size} × {size} ({first_line(error)}): "
            "leave patch.size=null to use the network's own size"
        ) from None
    return {layer: vector.shape[1] for layer, vector in zip(extractor.layers, vectors, strict=True)}


def nodes_of(network: nn.Module, name: str, layers: Sequence[str]) -> list[str]:
    """The nodes of the traced network whose outputs are these layers.

    Raises
    ------
    ConfigError
        A layer that the network does not have, with the nearest names.
    """
    nodes = get_graph_node_names(network, suppress_diff_warning=True)[1]
    return [_resolve(layer, name, network, nodes) for layer in layers]


def layer_names(network: nn.Module, name: str) -> list[str]:
    """Every name that ``backbone.layers`` takes: aliases first, then nodes in the order of computation."""
    nodes = get_graph_node_names(network, suppress_diff_warning=True)[1]
    return [*_aliases(name), PENULTIMATE, *nodes[1:]]


def _aliases(name: str) -> dict[str, str]:
    return VGG_ALIASES if name.startswith("vgg") else {}


def _resolve(layer: str, name: str, network: nn.Module, nodes: list[str]) -> str:
    """The node of the traced graph whose output is the layer's."""
    if layer == PENULTIMATE:
        return _penultimate(network, nodes)
    wanted = _aliases(name).get(layer, layer)
    within = [node for node in nodes if node == wanted or node.startswith(f"{wanted}.")]
    if not within:
        modules = [module for module, _ in network.named_modules() if module]
        raise ConfigError(
            f"{name} has no layer {layer!r}; {nearest(layer, dict.fromkeys([*layer_names(network, name), *modules]))}; "
            f"`radsurv backbones {name}` lists all"
        )
    return within[-1]


def _penultimate(network: nn.Module, nodes: list[str]) -> str:
    """What the last layer with weights, the classifier proper, takes in; dropout does nothing here and is passed over.

    Nodes come in the order of computation, and in every classification network the end is a chain.
    """
    modules = dict(network.named_modules())
    last = max(i for i, node in enumerate(nodes) if isinstance(modules.get(node), nn.Linear | nn.Conv2d))
    return next(node for node in reversed(nodes[:last]) if not isinstance(modules.get(node), nn.Dropout | nn.Identity))


def _without_inplace_modules(network: nn.Module) -> nn.Module:
    """An in-place ReLU overwrites the layer before it, so that one asked for ``fc1_pre`` would get ``fc1``."""
    for module in network.modules():
        if getattr(module, "inplace", False):
            module.inplace = False  # type: ignore[assignment]
    return network


def _without_inplace(traced: torch.fx.GraphModule) -> torch.fx.GraphModule:
    """The same for calls like ``relu(x, inplace=True)`` (densenet, googlenet, inception)."""
    for node in traced.graph.nodes:
        if node.kwargs.get("inplace"):
            node.update_kwarg("inplace", False)
    traced.recompile()
    return traced


def _channels_come_last(values: Tensor) -> bool:
    """Tokens (vision transformers) and maps whose two equal sides, the patch being square, are not the last two."""
    return values.ndim == 3 or (values.shape[2] != values.shape[3] and values.shape[1] == values.shape[2])
