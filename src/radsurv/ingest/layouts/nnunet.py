"""nnU-Net: imagesTr/CASE_0000.nii.gz, labelsTr/CASE.nii.gz, and dataset.json, which names the channels."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from radsurv.errors import CohortError
from radsurv.ingest.folder import FoundFile, Kind, Tree, stem
from radsurv.ingest.layout import Layout
from radsurv.ingest.names import sequence, tokens

PARTS: dict[str, Kind] = {"imagesTr": "image", "imagesTs": "image", "labelsTr": "outline", "labelsTs": "outline"}
CHANNEL = re.compile(r"(.+)_(\d{4})")
LISTING = PurePosixPath("dataset.json")


class NnUNet(Layout):
    name = "nnU-Net (imagesTr, labelsTr, dataset.json)"
    order = 10

    def fits(self, tree: Tree) -> bool:
        return any(path.parts[0] == "imagesTr" for path in tree.volumes)

    def files(self, tree: Tree) -> list[FoundFile]:
        channels = _channels(tree)
        return [_file(path, channels) for path in tree.volumes]


def _file(path: PurePosixPath, channels: dict[int, str]) -> FoundFile:
    kind = PARTS.get(path.parts[0], "other") if len(path.parts) == 2 else "other"
    name = stem(path)
    channel = CHANNEL.fullmatch(name) if kind == "image" else None
    if channel is None:
        return FoundFile(path, name, kind)
    called = channels.get(int(channel[2]), f"channel {int(channel[2])}")
    return FoundFile(path, channel[1], kind, sequence(tokens(called)) or called.casefold())


def _channels(tree: Tree) -> dict[int, str]:
    """The names of the channels by their numbers; none without dataset.json."""
    path = tree.root / LISTING
    if not path.is_file():
        return {}
    try:
        listing = json.loads(path.read_text("utf-8"))
        named = listing.get("channel_names", listing.get("modality", {}))
        return {int(number): str(name) for number, name in named.items()}
    except (ValueError, AttributeError, OSError) as error:
        raise CohortError(f"{path} is not readable ({error}); expected JSON with channel_names: correct it") from None
