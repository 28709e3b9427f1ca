"""Of a patient's files, the image and the outline; and why somebody has none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from radsurv.errors import ConfigError
from radsurv.formats import first_few, plural
from radsurv.ingest.folder import FoundFile, Kind, unreadable
from radsurv.ingest.names import CONTRAST_T1

FILES_SHOWN = 4
PATIENTS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class WhichFiles:
    """What the user asks of images and outlines: patterns of paths (``*`` and ``?``), or a sequence."""

    image: str | None = None
    mask: str | None = None
    sequence: str | None = None


@dataclass(frozen=True)
class Chosen:
    """The files of every patient.

    Attributes
    ----------
    images, masks : mapping
        By patient, only of those who have both.
    reasons : mapping
        The other patients.
    said : list of str
    """

    images: Mapping[str, PurePosixPath]
    masks: Mapping[str, PurePosixPath]
    reasons: Mapping[str, str]
    said: list[str]


def choose(root: Path, files: Sequence[FoundFile], which: WhichFiles) -> Chosen:
    """Choose one image and one outline for each patient.

    Raises
    ------
    ConfigError
        A pattern or sequence that nothing has, or several sequences of which none is contrast-enhanced T1.
    """
    files = _asked(files, which)
    wanted, said = _wanted(files, which)
    by_patient: dict[str, list[FoundFile]] = defaultdict(list)
    for one in files:
        by_patient[one.patient].append(one)
    images: dict[str, PurePosixPath] = {}
    masks: dict[str, PurePosixPath] = {}
    reasons: dict[str, str] = {}
    several: list[str] = []
    for patient, its in by_patient.items():
        if all(one.kind == "other" and not one.unusable for one in its):
            continue  # an atlas is nobody
        mask, lacking = _mask(its)
        image, why = _image(its, wanted, mask, patient, several)
        lacking = "; ".join(reason for reason in (why, lacking) if reason) or _faults(root, image, mask)
        if lacking:
            reasons[patient] = lacking
        elif image is not None and mask is not None:
            images[patient], masks[patient] = image.path, mask.path
    if several:
        rule = "that of the outline's session, then the first by its path"
        said.append(
            f"several images fit for {plural(len(several), 'patient')}; taken: {rule} ({first_few(several, PATIENTS_SHOWN, '; ')})"
        )
    others = sum(one.kind == "other" for one in files)
    if others:
        said.append(f"{plural(others, 'file')} that are neither (brain masks, predictions, derivatives): not taken")
    return Chosen(images, masks, reasons, said)


def _asked(files: Sequence[FoundFile], which: WhichFiles) -> list[FoundFile]:
    """What a pattern fits is what the pattern says, whatever its name says."""
    found = list(files)
    asked: tuple[tuple[str, str | None, Kind], ...] = (
        ("--image", which.image, "image"),
        ("--mask", which.mask, "outline"),
    )
    for option, pattern, kind in asked:
        if pattern is None:
            continue
        fits = [_fits(one.path, pattern) for one in found]
        if not any(fits):
            raise ConfigError(
                f"{option} {pattern}: no file is called so, the first is {found[0].path}; expected a pattern with * and ?, of a"
                " name or of a path below FOLDER"
            )
        other: Kind = "other"
        found = [
            replace(one, kind=kind if fit else other if one.kind == kind else one.kind)
            for one, fit in zip(found, fits, strict=True)
        ]
    return found


def _fits(path: PurePosixPath, pattern: str) -> bool:
    return fnmatchcase(path.name, pattern) or fnmatchcase(str(path), pattern)


def _wanted(files: Sequence[FoundFile], which: WhichFiles) -> tuple[str | None, list[str]]:
    """The sequence that is the image; None for whatever images there are."""
    if which.image is not None:
        return None, [f"image: what is called {which.image} (--image)"]
    images = [one for one in files if one.kind == "image"]
    count = Counter(one.sequence for one in images)
    there = ", ".join(f"{name or 'not named'} ({plural(n, 'file')})" for name, n in sorted(count.items()))
    if which.sequence is not None:
        if which.sequence not in count:
            raise ConfigError(f"--sequence {which.sequence}: no image is one; there are {there or 'no images'}")
        return which.sequence, [f"image: {which.sequence} (--sequence), of {there}"]
    if CONTRAST_T1 in count:
        return CONTRAST_T1, [f"image: {CONTRAST_T1}, the default (--sequence asks for another), of {there}"]
    if len(count) > 1:
        raise ConfigError(
            f"there is no contrast-enhanced T1 among the images, but {there}: say which is analysed, with --sequence NAME or"
            " --image PATTERN"
        )
    return None, [f"image: the only kind that there is, {there}"] if count else []


def _mask(its: Sequence[FoundFile]) -> tuple[FoundFile | None, str]:
    masks = [one for one in its if one.kind == "outline"]
    if len(masks) == 1:
        return masks[0], ""
    if masks:
        return None, f"{len(masks)} outlines ({_paths(masks)}); expected one: say which with --mask PATTERN"
    return None, f"no outline among its files ({_paths(its)})"


def _image(
    its: Sequence[FoundFile], wanted: str | None, mask: FoundFile | None, patient: str, several: list[str]
) -> tuple[FoundFile | None, str]:
    images = [one for one in its if one.kind == "image"]
    fitting = [one for one in images if wanted is None or one.sequence == wanted]
    if not fitting:
        what = f"no {wanted}" if wanted is not None and images else "no image"
        return None, f"{what} among its files ({_paths(its)})"
    if len(fitting) > 1:
        same = [one for one in fitting if mask is not None and one.session == mask.session]
        fitting = sorted(same or fitting, key=lambda one: one.path)
        several.append(f"{patient}: {fitting[0].path}")
    return fitting[0], ""


def _faults(root: Path, image: FoundFile | None, mask: FoundFile | None) -> str:
    """Why files that were chosen cannot be taken."""
    for one in (image, mask):
        if one is not None:
            fault = one.unusable or unreadable(root / one.path, one.kind)
            if fault:
                return f"{one.path}: {fault}"
    return ""


def _paths(files: Sequence[FoundFile]) -> str:
    return first_few([str(one.path) for one in files], FILES_SHOWN)
