"""What the parts of a file's name say: an image or an outline, which sequence, whose."""

from __future__ import annotations

import re
from collections.abc import Sequence

CONTRAST_T1 = "t1ce"
SEQUENCES = {
    **dict.fromkeys(("t1ce", "t1c", "t1gd", "t1post", "t1km", "t1wce", "ce", "cet1", "t1cegd", "t1contrast", "gd"), CONTRAST_T1),
    **dict.fromkeys(("t1", "t1n", "t1w", "t1pre"), "t1"),
    **dict.fromkeys(("t2", "t2w"), "t2"),
    **dict.fromkeys(("flair", "t2f", "t2flair"), "flair"),
    **{name: name for name in ("adc", "dwi", "swi", "pet", "ct", "perf", "asl")},
}  # fmt: skip
# Beside a T1.
AGENT = frozenset({"ce", "gd", "gad", "gado", "post", "contrast", "postcontrast", "gadolinium", "km"})
IMAGES = frozenset({"image", "images", "img", "imgs", "imagestr", "scan", "scans", "volume", "mri", "mr"})
OUTLINES = frozenset(
    {
        "seg", "segm", "segs", "segmentation", "segmentations", "mask", "masks", "label", "labels", "labelstr", "roi", "rois",
        "outline", "outlines", "gt", "tumor", "tumour", "lesion", "dseg", "contour", "gtv", "annotation",
    }
)  # fmt: skip
# Beside a word for an outline: of something else, or by nobody.
NO_TUMOUR = frozenset({"brain", "brainmask", "bet", "skull", "pred", "prediction", "prob", "probability"})
# Folders that are nobody's.
GENERIC = IMAGES | OUTLINES | {"anat", "nifti", "nii", "raw", "data", "train", "training", "dicom", "derivatives"}


def tokens(text: str) -> list[str]:
    """The parts of a name between marks, in lower case.

    >>> tokens("BraTS-GLI-00001-000-t1c")
    ['brats', 'gli', '00001', '000', 't1c']
    """
    return [part for part in re.split(r"[_\-. ]+", text.casefold()) if part]


def sequence(parts: Sequence[str]) -> str:
    """The sequence that some parts of a name say; "" if none does.

    >>> sequence(["ax", "t1", "post"]), sequence(["p01", "t2f"]), sequence(["p01"])
    ('t1ce', 'flair', '')
    """
    said = {SEQUENCES[part] for part in parts if part in SEQUENCES}
    if "t1" in said and AGENT & set(parts):
        return CONTRAST_T1
    if {"t2", "flair"} <= said:
        return "flair"
    return next((SEQUENCES[part] for part in reversed(parts) if part in SEQUENCES), "")


def stripped(stem: str) -> str:
    """A name without the words at its end (and those for images and outlines at its start) that say what it is.

    >>> stripped("P001_t1_post"), stripped("mask_P001"), stripped("tumour-mask")
    ('P001', 'P001', '')
    """
    say = SEQUENCES.keys() | AGENT | IMAGES | OUTLINES | NO_TUMOUR
    while True:
        cut = re.fullmatch(r"(.*?)[_\-. ]*([^_\-. ]+)", stem, re.DOTALL)
        if cut is None or cut[2].casefold() not in say:
            break
        stem = cut[1]
    while True:
        cut = re.fullmatch(r"([^_\-. ]+)[_\-. ]+(.+)", stem, re.DOTALL)
        if cut is None or cut[1].casefold() not in IMAGES | OUTLINES:
            return stem
        stem = cut[2]
