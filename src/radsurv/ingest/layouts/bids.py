"""BIDS: sub-01/ses-01/anat/sub-01_ses-01_ce-GAD_T1w.nii.gz, outlines below derivatives or beside it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from radsurv.ingest.folder import FoundFile, Kind, Tree, stem
from radsurv.ingest.layout import Layout
from radsurv.ingest.names import CONTRAST_T1, NO_TUMOUR, sequence, tokens

ENTITIES = re.compile(r"sub-[0-9A-Za-z]+(_[0-9A-Za-z]+-[^_]+)*_[0-9A-Za-z]+")
OUTLINES = frozenset({"mask", "dseg", "seg", "roi", "probseg"})


class Bids(Layout):
    name = "BIDS (sub-…/anat)"
    order = 20

    def fits(self, tree: Tree) -> bool:
        return any(_is_bids(path) for path in tree.volumes)

    def files(self, tree: Tree) -> list[FoundFile]:
        return [_file(path) for path in tree.volumes]


def _is_bids(path: PurePosixPath) -> bool:
    return ENTITIES.fullmatch(stem(path)) is not None and any(part.startswith("sub-") for part in path.parts[:-1])


def _file(path: PurePosixPath) -> FoundFile:
    if not _is_bids(path):
        return FoundFile(path, stem(path), "other")
    *entities, last = stem(path).split("_")
    named = dict(entity.split("-", 1) for entity in entities)
    patient, session = f"sub-{named['sub']}", named.get("ses", "")
    if last in OUTLINES:
        said = {word for value in (named.get("desc", ""), named.get("label", "")) for word in tokens(value)}
        kind: Kind = "other" if said & NO_TUMOUR or last == "probseg" else "outline"
        return FoundFile(path, patient, kind, session=session)
    if "derivatives" in path.parts:
        return FoundFile(path, patient, "other", session=session)
    which = CONTRAST_T1 if last == "T1w" and "ce" in named else sequence(tokens(last)) or last.casefold()
    return FoundFile(path, patient, "image", which, session)
