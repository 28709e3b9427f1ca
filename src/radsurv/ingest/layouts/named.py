"""Files whose names say what they are: BraTS, a folder for each patient, one folder for images and one for outlines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from radsurv.ingest.folder import FoundFile, Kind, Tree, stem, suffix
from radsurv.ingest.layout import Layout
from radsurv.ingest.names import GENERIC, IMAGES, NO_TUMOUR, OUTLINES, SEQUENCES, sequence, stripped, tokens

Place = tuple[str, ...]


class Named(Layout):
    """Whose a file is, is said by its name, or by the folder where all names in that folder are the same for everybody."""

    name = "by the names of files and folders"
    order = 90

    def fits(self, tree: Tree) -> bool:
        return bool(tree.volumes)

    def files(self, tree: Tree) -> list[FoundFile]:
        rest = {path: stripped(stem(path)) for path in tree.volumes}
        kinds = {path: _kind(path) for path in tree.volumes}
        shared = _shared(rest, kinds)
        owned = _owned(rest) - shared
        places: dict[str, set[Place]] = defaultdict(set)
        for path, name in rest.items():
            places[name].add(_place(path))

        def patient(path: PurePosixPath) -> str:
            place, name = _place(path), rest[path]
            if not place or (len(places[name]) == 1 and place not in owned):
                return name
            return place[-1] if place not in shared else f"{place[-1]}_{name}"

        return [_file(path, patient(path), kinds[path]) for path in tree.volumes]


def _file(path: PurePosixPath, patient: str, kind: Kind) -> FoundFile:
    unusable = "" if patient else "neither its name nor a folder says whose it is"
    return FoundFile(path, patient, kind, sequence(tokens(stem(path))) if kind == "image" else "", unusable=unusable)


def _kind(path: PurePosixPath) -> Kind:
    """By the ending, by the last word of the name that says it, else by the nearest folder that does."""
    own = tokens(stem(path))
    if set(tokens(suffix(path.name))) & OUTLINES:  # .seg.nrrd
        return "outline"
    for part in reversed(own):
        if part in OUTLINES or part in NO_TUMOUR:
            return "other" if NO_TUMOUR & set(own) else "outline"
        if part in IMAGES or part in SEQUENCES:
            break
    else:
        for folder in reversed(path.parts[:-1]):
            if set(tokens(folder)) & OUTLINES:
                return "outline"
            if set(tokens(folder)) & IMAGES:
                break
    return "image"


def _place(path: PurePosixPath) -> Place:
    """The folders that may be somebody's."""
    return tuple(part for part in path.parts[:-1] if not set(tokens(part)) <= GENERIC | SEQUENCES.keys())


def _owned(rest: Mapping[PurePosixPath, str]) -> set[Place]:
    """Folders in which a file has no name beside words that say what it is, or one that begins with the folder's."""
    return {
        place
        for path, name in rest.items()
        if (place := _place(path)) and (not name or name.casefold().startswith(place[-1].casefold()))
    }


def _shared(rest: Mapping[PurePosixPath, str], kinds: Mapping[PurePosixPath, Kind]) -> set[Place]:
    """Folders of several patients: two names or more have both an image and an outline there."""
    found: dict[tuple[Place, str], set[Kind]] = defaultdict(set)
    for path, name in rest.items():
        found[_place(path), name].add(kinds[path])
    whole = Counter(place for (place, _), its in found.items() if {"image", "outline"} <= its)
    return {place for place, n in whole.items() if n > 1}
