"""Patients whose image or outline is unlike those of the others: marked to be looked at, never left out.

Nothing here looks at an outcome. That a patient is marked says that somebody should look, not that something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from radsurv.catalogue.checks import Check
from radsurv.cohort.faults import quoted
from radsurv.cohort.robust_distance import joint_distance, robust_z
from radsurv.formats import fixed, number, percent, plural

# A modified z-score above this is an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, p. 12).
LARGEST_Z = 3.5
FEWEST_OF_SITE = 5  # patients of a site with a median of its own
# Times the median: pixels half as large again, sections twice as far apart.
OTHER_PIXELS, OTHER_SECTIONS = 1.5, 2.0
OBLONG = 1.1  # the longer edge of a pixel over the shorter one
FEWEST_INTENSITIES = 8  # half of the fewest grey levels of the paper
COMMONEST = 0.5  # share of one intensity inside the outline
MINORITY = 0.5
INTENSITIES = {
    "level": "median intensity of the section",
    "spread": "spread of intensities in the section",
    "skewness": "skewness of intensities in the section",
    "contrast": "contrast of the tumour to its surroundings",
}
LOOK = "look at the section in passport.html"


def unlike_others(seen: pd.DataFrame, pixels: Mapping[str, Mapping[str, str]]) -> list[Check]:
    """Whom to look at, and why.

    Parameters
    ----------
    seen : DataFrame
        One row per patient: ``patient_id``, the numbers of `Appearance`, ``volume_mm3``, and ``site`` where the table has it.
    pixels : mapping
        By patient and column of images, the hash of its voxels.
    """
    return [
        *_same_pixels(pixels),
        *_scales(seen),
        *_no_spacing(seen),
        *_eight_bit(seen),
        *_flat(seen),
        *_shapes(seen),
        *_volumes(seen),
        *_intensities(seen),
    ]


def _outlier(patient: str, what: str, remedy: str = LOOK) -> Check:
    return Check(patient_id=patient, severity="outlier", what=what, remedy=remedy)


def _same_pixels(pixels: Mapping[str, Mapping[str, str]]) -> Iterator[Check]:
    """One image in two columns, or of two patients."""
    places: dict[str, list[tuple[str, str]]] = {}
    for patient, by_column in pixels.items():
        for column, digest in by_column.items():
            places.setdefault(digest, []).append((patient, column))
    for found in places.values():
        for patient, column in found[1:]:
            first = next((one for one in found if one[0] == patient), found[0])
            other = found[0] if first == (patient, column) else first
            whose = "" if other[0] == patient else f" of patient {quoted(other[0])}"
            yield Check(
                patient_id=patient,
                column=column,
                severity="warning",
                what=f"has the same voxels as {other[1]}{whose}",
                remedy="name the file of this patient's own sequence, or leave out the row or the column",
            )


def _scales(seen: pd.DataFrame) -> Iterator[Check]:
    """Voxels of another size than those of most, or of most of the site."""
    for name, allowed, called in (
        ("in_plane_mm", OTHER_PIXELS, "pixels measure"),
        ("slice_mm", OTHER_SECTIONS, "sections are apart by"),
    ):
        expected, whose = _expected(seen, name)
        for patient, value, middle, of in zip(seen["patient_id"], seen[name], expected, whose, strict=True):
            if max(value / middle, middle / value) > allowed:
                yield _outlier(
                    patient,
                    f"{called} {number(value)} mm, the median {of} is {number(middle)}",
                    "check the header; if it is right, texture features of this patient see another scale (quantization.scales)",
                )
    for patient, ratio in zip(seen["patient_id"], seen["anisotropy"], strict=True):
        if ratio > OBLONG:
            yield _outlier(
                patient,
                f"one edge of a pixel is {fixed(ratio, 2)} times the other",
                "check the header, and that sections are cut along the right axis (roi.section_axis)",
            )


def _no_spacing(seen: pd.DataFrame) -> Iterator[Check]:
    """Voxels of 1 mm in all directions, in one row: what programs write that were told no size."""
    edges = seen[["in_plane_mm", "slice_mm", "anisotropy"]].to_numpy(float)
    cubes = int((edges == 1).all(axis=1).sum())
    if cubes > MINORITY * len(seen):
        yield Check(
            column="image",
            severity="note",
            what=f"the voxels of {cubes} of {plural(len(seen), 'patient')} measure 1 × 1 × 1 mm: resampled to that size, or a size that"
            " got lost on the way, and then no volume in mm³ is one, nor a scale in mm",
            remedy="check how the images were made",
        )


def _expected(seen: pd.DataFrame, name: str) -> tuple[list[float], list[str]]:
    """For each patient the median of their site where it is large enough, else of the cohort; and whose it is."""
    middle = float(seen[name].median())
    if "site" not in seen:
        return [middle] * len(seen), ["of the cohort"] * len(seen)
    by_site = seen.groupby("site")[name].agg(["median", "size"])
    large = by_site.loc[by_site["size"] >= FEWEST_OF_SITE, "median"].to_dict()
    return (
        [float(large.get(site, middle)) for site in seen["site"]],
        [f"of site {site}" if site in large else "of the cohort" for site in seen["site"]],
    )


def _eight_bit(seen: pd.DataFrame) -> Iterator[Check]:
    """Images that were exported as pictures: by patient if they are few, in one row if they are many."""
    marked = seen.loc[seen["eight_bit"].astype(bool), "patient_id"].tolist()
    what = "whole numbers from 0 to 255, as pictures do: exporting one may have cut off or rescaled intensities"
    remedy = "take the images as they were acquired, if there are any"
    if len(marked) > MINORITY * len(seen):
        yield Check(
            column="image",
            severity="note",
            what=f"the images of {len(marked)} of {plural(len(seen), 'patient')} hold {what}",
            remedy=remedy,
        )
    else:
        for patient in marked:
            yield _outlier(patient, f"the image holds {what}; those of most others do not", remedy)


def _flat(seen: pd.DataFrame) -> Iterator[Check]:
    """Hardly any texture inside the outline."""
    for patient, count, share in zip(seen["patient_id"], seen["n_intensities"], seen["commonest"], strict=True):
        if count < FEWEST_INTENSITIES or share > COMMONEST:
            yield _outlier(
                patient,
                f"nearly constant inside the outline: {count} different intensit{'y' if count == 1 else 'ies'},"
                f" {percent(share)} of the pixels have the same one",
                "check that image and mask belong together, and that the image is no mask",
            )


def _shapes(seen: pd.DataFrame) -> Iterator[Check]:
    """What a slip of the pen leaves."""
    for row in seen.to_dict("records"):
        if row["n_islands"] > 1:
            yield _outlier(
                row["patient_id"],
                f"the outline has {row['n_islands']} islands in the analysed section; the largest holds"
                f" {percent(row['largest_island'])} of its pixels",
            )
        if row["at_border"]:
            yield _outlier(row["patient_id"], "the outline touches the border of the image: the tumour may be cut off")
        if row["thin"]:
            yield _outlier(
                row["patient_id"],
                "the outline is one pixel wide everywhere: a contour that was not filled?",
                "fill the contour",
            )


def _volumes(seen: pd.DataFrame) -> Iterator[Check]:
    z = robust_z(np.log(seen["volume_mm3"].to_numpy(float)))
    middle = float(seen["volume_mm3"].median())
    for patient, volume, score in zip(seen["patient_id"], seen["volume_mm3"], z, strict=True):
        if abs(score) > LARGEST_Z:
            yield _outlier(
                patient,
                f"the outline is very {'large' if score > 0 else 'small'}: {number(round(volume))} mm³, the median is"
                f" {number(round(middle))} (logarithm {_sds(score)})",
                f"{LOOK}, and check the header and cohort.mask_label",
            )


def _intensities(seen: pd.DataFrame) -> Iterator[Check]:
    """Another sequence, contrast or scale: one number of intensities far from the others, or all together."""
    numbers = seen[list(INTENSITIES)].to_numpy(float)
    z = np.column_stack([robust_z(column) for column in numbers.T])
    far = np.abs(z) > LARGEST_Z
    joint = joint_distance(numbers)
    for patient, scores, is_far, distance in zip(seen["patient_id"], z, far, joint, strict=True):
        if not is_far.any() and not distance > 1:
            continue
        names = list(INTENSITIES.values())
        said = [f"{names[place]} {_sds(scores[place])}" for place in _farthest(scores, is_far)]
        together = f" (all together {fixed(distance, 1)} times as far as allowed)" if distance > 1 else ""
        yield _outlier(
            patient,
            f"{', '.join(said)}{together}: intensities unlike those of the others",
            f"{LOOK}: another sequence, another contrast, an inverted or rescaled image?",
        )


def _farthest(scores: Float[np.ndarray, "number"], far: Bool[np.ndarray, "number"]) -> list[int]:
    """The numbers that are far off, or else the one that is farthest; the farthest first."""
    order = np.argsort(-np.abs(scores)).tolist()
    return [place for place in order if far[place]] or order[:1]


def _sds(score: float) -> str:
    return f"{fixed(abs(score), 1)} robust SD {'above' if score > 0 else 'below'} the median"
