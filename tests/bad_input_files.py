"""Images and outlines with faults: rows of docs/bad-input.md, each with how the files are made."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import dicom_files
import numpy as np
import SimpleITK as sitk
from bad_input import TAKEN, Bad

SPACING, ORIGIN = (0.5, 0.5, 6.0), (-20.0, 10.0, 4.0)
IMAGE = np.random.default_rng(0).normal(100, 10, (5, 20, 24)).astype(np.float32)
MASK = np.zeros((5, 20, 24), np.uint8)
MASK[1, 6:12, 8:16] = 1
MASK[2, 5:13, 7:17] = 1
MASKS = Path(__file__).parents[2] / "shared" / "images" / "masks"

Make = Callable[[Path], tuple[str, str]]


def picture(array: np.ndarray, spacing: tuple[float, ...] = SPACING, origin: tuple[float, ...] = ORIGIN) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing(spacing[: made.GetDimension()])
    made.SetOrigin(origin[: made.GetDimension()])
    return made


def put(folder: Path, name: str, what: np.ndarray | sitk.Image | bytes) -> str:
    """Where it is, from the folder of the table."""
    path = folder / name
    if isinstance(what, bytes):
        path.write_bytes(what)
    else:
        sitk.WriteImage(picture(what) if isinstance(what, np.ndarray) else what, str(path))
    return f"{folder.name}/{name}"


def image(what: np.ndarray | sitk.Image | bytes | Callable[[bytes], bytes], name: str = "image.nii") -> Make:
    """Of a patient with a sound outline: an image, or what a function makes of a sound one's bytes."""

    def make(folder: Path) -> tuple[str, str]:
        if callable(what):
            put(folder, f"sound.{name.split('.', 1)[1]}", IMAGE)
            return put(folder, name, what((folder / f"sound.{name.split('.', 1)[1]}").read_bytes())), outline_of(folder)
        return put(folder, name, what), outline_of(folder)

    return make


def outline(what: np.ndarray | sitk.Image | bytes | Callable[[bytes], bytes], name: str = "mask.nii") -> Make:
    """The same with a sound image."""

    def make(folder: Path) -> tuple[str, str]:
        its = what
        if callable(its):
            put(folder, f"sound.{name.split('.', 1)[1]}", MASK)
            its = its((folder / f"sound.{name.split('.', 1)[1]}").read_bytes())
        return put(folder, "image.nii", IMAGE), put(folder, name, its)

    return make


def outline_of(folder: Path) -> str:
    return put(folder, "mask.nii", MASK)


def cell(path: str) -> Make:
    """What stands in the table for the image."""
    return lambda folder: (path, outline_of(folder))


def patched(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content[:at] + value + content[at + len(value) :]


def line(name: str, value: str) -> Callable[[bytes], bytes]:
    """A line of an NRRD header with another value."""

    def change(content: bytes) -> bytes:
        header, _, pixels = content.partition(b"\n\n")
        lines = [one for one in header.split(b"\n") if not one.startswith(name.encode() + b":")]
        return b"\n".join([*lines, f"{name}: {value}".encode()]) + b"\n\n" + pixels

    return change


def link(target: str, folder: Path) -> tuple[str, str]:
    (folder / "image.nii").symlink_to(target)
    return f"{folder.name}/image.nii", outline_of(folder)


def pipe(folder: Path) -> tuple[str, str]:
    os.mkfifo(folder / "image.nii")
    return f"{folder.name}/image.nii", outline_of(folder)


def a_folder(folder: Path) -> tuple[str, str]:
    (folder / "image.nii").mkdir()
    return f"{folder.name}/image.nii", outline_of(folder)


def spoilt(array: np.ndarray, at: tuple[int | slice, ...], value: float) -> np.ndarray:
    other = array.copy()
    other[at] = value
    return other


def ones(*at: tuple[int | slice, ...]) -> np.ndarray:
    mask = np.zeros_like(MASK)
    for one in at:
        mask[one] = 1
    return mask


def of_others(name: str) -> Make:
    """An outline of the development material, with its image."""

    def make(folder: Path) -> tuple[str, str]:
        found = {path.name: path.read_bytes() for path in (MASKS / "img.nii.gz", MASKS / name)}
        return put(folder, "img.nii.gz", found["img.nii.gz"]), put(folder, name, found[name])

    return make


# --- DICOM -------------------------------------------------------------------------------------------------------

VOXELS = np.random.default_rng(0).integers(1, 900, (5, 20, 24)).astype(np.int16)
SQUARE = [(-17, 12.25, 7), (-10, 12.25, 7), (-10, 17.25, 7), (-17, 17.25, 7)]


def dicom(change: Callable[[Path], object] = lambda series: None) -> Make:
    """A series with something changed, and sound contours."""

    def make(folder: Path) -> tuple[str, str]:
        series = dicom_files.series(folder / "series", VOXELS)
        dicom_files.contours(folder / "RS.dcm", {"GTV": [SQUARE]})
        change(series)
        return f"{folder.name}/series", f"{folder.name}/RS.dcm"

    return make


def drawn(draw: Callable[[Path], object]) -> Make:
    """A sound series, and what is drawn on it."""

    def make(folder: Path) -> tuple[str, str]:
        dicom_files.series(folder / "series", VOXELS)
        draw(folder / "RS.dcm")
        return f"{folder.name}/series", f"{folder.name}/RS.dcm"

    return make


def files(series: Path) -> list[Path]:
    return sorted(series.iterdir())


def at_z(series: Path, z: int) -> Path:
    return series / f"{dicom_files.uid('T1', z)[-12:]}.dcm"


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def section_twice(series: Path) -> None:
    dicom_files.save(series / "again.dcm", dicom_files.section(VOXELS[2] + 1, (-20, 10, 10), "T1"))


def section_of(series: Path, **changes: object) -> None:
    dicom_files.save(at_z(series, 2), dicom_files.section(VOXELS[2], (-20, 10, 10), "T1", **changes))


def another_series(series: Path) -> None:
    dicom_files.series(series, VOXELS, "T2")


def emptied(series: Path) -> None:
    for path in files(series):
        path.unlink()


def contours(structures: dict[str, list], **options: str) -> Make:
    return drawn(lambda path: dicom_files.contours(path, structures, **options))


def segments(*numbers: int, names: tuple[str, ...] = ("Tumour",), **options: object) -> Make:
    pixels = np.zeros((20, 24), np.uint8)
    pixels[5:13, 7:17] = 1
    frames = [(number, (-20, 10, 4 + 3 * z), pixels) for z, number in enumerate(numbers)]
    return drawn(lambda path: dicom_files.segmentation(path, frames, names, **options))


def seg_cut(path: Path) -> None:
    dicom_files.segmentation(path, [(1, (-20, 10, 4), np.ones((20, 24), np.uint8))])
    cut(path, 0.5)


SERIES, STRUCTURES, SEGMENTS = "DICOM series", "RTSTRUCT", "DICOM-SEG"
NIFTI, NRRD, PATHS, VALUES, OUTLINES, OTHERS = "NIfTI", "NRRD", "paths", "intensities", "outlines", "masks of others"
NAN, INF = float("nan"), float("inf")

ROWS = [
    Bad(kind=NIFTI, given="a file of 0 bytes", said="image.nii is empty (0 bytes); copy it again", make=image(b"")),
    Bad(
        kind=NIFTI,
        given="a file of 0 bytes called .nii.gz",
        said="image.nii.gz is empty (0 bytes); copy it again",
        make=image(b"", "image.nii.gz"),
    ),
    Bad(
        kind=NIFTI,
        given="the first half of a file",
        said="image.nii is cut short: 4,976 bytes, expected 9,952; copy it again",
        make=image(lambda content: content[: len(content) // 2]),
    ),
    Bad(
        kind=NIFTI,
        given="the first 100 bytes",
        said="image.nii is not a NIfTI file, whatever its name says; convert it to NIfTI or NRRD",
        make=image(lambda content: content[:100]),
    ),
    Bad(
        kind=NIFTI,
        given="the first half of a compressed file",
        said="image.nii.gz is cut short: its compressed data end too early; copy it again",
        make=image(lambda content: content[: len(content) // 2], "image.nii.gz"),
    ),
    Bad(
        kind=NIFTI,
        given="a compressed file with wrong bytes in the middle",
        said="image.nii.gz is damaged",
        make=image(patched(2000, b"\x55" * 40), "image.nii.gz"),
    ),
    Bad(
        kind=NIFTI,
        given="an image followed by 50 MB of zeros, compressed to 50 kB",
        said="image.nii.gz has more behind its pixels than the 65,536 bytes that may follow them",
        make=image(lambda content: gzip.compress(gzip.decompress(content) + bytes(50_000_000), 9), "image.nii.gz"),
    ),
    Bad(
        kind=NIFTI,
        given="a header of 32,767 × 32,767 × 32,767 voxels",
        said="image.nii says that it has 32767 × 32767 × 32767 voxels (x × y × z); expected from 1 to 1,073,741,824",
        make=image(patched(42, b"\xff\x7f" * 3)),
    ),
    Bad(
        kind=NIFTI,
        given="a header of −5 voxels",
        said="image.nii says that it has -5 × 20 × 5 voxels (x × y × z); expected from 1 to 1,073,741,824",
        make=image(patched(42, b"\xfb\xff")),
    ),
    Bad(
        kind=NIFTI,
        given="a text called .nii",
        said="image.nii is not a NIfTI file, whatever its name says; convert it to NIfTI or NRRD",
        make=image(b"patient_id,time,event\n" * 40),
    ),
    Bad(
        kind=NIFTI,
        given="a PNG called .nii.gz",
        said="image.nii.gz is not a NIfTI file, whatever its name says; convert it to NIfTI or NRRD",
        make=image(b"\x89PNG\r\n\x1a\n" + bytes(400), "image.nii.gz"),
    ),
    Bad(
        kind=NIFTI,
        given="a picture of one section",
        said="image.nii has 2 dimensions (24 × 20); expected one 3-D volume",
        make=image(picture(IMAGE[2])),
    ),
    Bad(
        kind=NIFTI,
        given="four volumes in one file",
        said="image.nii has 4 dimensions (24 × 20 × 5 × 4); expected one 3-D volume",
        make=image(sitk.JoinSeries([picture(IMAGE)] * 4)),
    ),
    Bad(
        kind=NIFTI,
        given="colours",
        said="image.nii holds 3 values per voxel (24 × 20 × 5 voxels); expected one",
        make=image(sitk.GetImageFromArray(np.zeros((5, 20, 24, 3), np.uint8), isVector=True)),
    ),
    Bad(
        kind=NIFTI,
        given="complex numbers",
        said="image.nii holds 2 values per voxel (24 × 20 × 5 voxels); expected one",
        make=image(picture(IMAGE.astype(np.complex64))),
    ),
    Bad(
        kind=NIFTI,
        given="pixels in another file (ni1, .hdr and .img)",
        said="image.nii has 'ni1' where a NIfTI file has 'n+1'; expected header and pixels in one file",
        make=image(patched(344, b"ni1\0")),
    ),
    Bad(
        kind=NIFTI,
        given="NaN for the place of the first voxel",
        said="image.nii says where it lies in the patient with numbers that are none",
        make=image(patched(268, np.float32(NAN).tobytes())),
    ),
    Bad(
        kind=NRRD,
        given="a file of 0 bytes",
        said="image.nrrd is empty (0 bytes); copy it again",
        make=image(b"", "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="the first half of a file",
        said="image.nrrd is cut short: 4,951 bytes, expected 9,902; copy it again",
        make=image(lambda content: content[: len(content) // 2], "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`data file: /etc/passwd`",
        said="image.nrrd keeps its pixels in another file; expected header and pixels in one NRRD file",
        make=image(line("data file", "/etc/passwd"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`data file: LIST`",
        said="image.nrrd keeps its pixels in another file; expected header and pixels in one NRRD file",
        make=image(line("data file", "LIST"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`sizes: 1000000 1000000 1000000`",
        said="image.nrrd says that it has 1e+06 × 1e+06 × 1e+06 voxels (x × y × z); expected from 1 to 1,073,741,824",
        make=image(line("sizes", "1000000 1000000 1000000"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`sizes: 24 20 0`",
        said="image.nrrd says that it has 24 × 20 × 0 voxels (x × y × z); expected from 1 to 1,073,741,824: correct or crop it",
        make=image(line("sizes", "24 20 0"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`sizes: 24 -20 5`",
        said="image.nrrd has the sizes '24 -20 5' in its header; expected a whole number for each of its 3 axes",
        make=image(line("sizes", "24 -20 5"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`dimension: 99999999`",
        said="expected a whole number for each of its 99999999 axes",
        make=image(line("dimension", "99999999"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`encoding: magic`",
        said="image.nrrd has pixels with the encoding 'magic' (in its header)",
        make=image(line("encoding", "magic"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="`space directions: (nan,0,0) (0,0.5,0) (0,0,6)`",
        said="image.nrrd does not say how large its voxels are; expected 'space directions' or 'spacings' in its header",
        make=image(line("space directions", "(nan,0,0) (0,0.5,0) (0,0,6)"), "image.nrrd"),
    ),
    Bad(
        kind=NRRD,
        given="a header without end",
        said="image.nrrd has no blank line, which ends a NRRD header, in its first 1,048,576 bytes",
        make=image(b"NRRD0005\n" + b"# endless\n" * 200_000, "image.nrrd"),
    ),
    Bad(
        kind=PATHS,
        given="`../../etc/passwd`",
        said="expected a path inside the table's folder (or cohort.root), relative to it, with forward slashes; copy the file there",
        make=cell("../../etc/passwd"),
        severity="error",
    ),
    Bad(
        kind=PATHS,
        given="a symbolic link to /etc/passwd called image.nii",
        said="expected a path inside the table's folder (or cohort.root), relative to it, with forward slashes; copy the file there",
        make=partial(link, "/etc/passwd"),
        severity="error",
    ),
    Bad(
        kind=PATHS,
        given="a symbolic link to itself",
        said="expected a path inside the table's folder (or cohort.root), relative to it, with forward slashes; copy the file there",
        make=partial(link, "image.nii"),
        severity="error",
    ),
    Bad(
        kind=PATHS,
        given="a named pipe",
        said="image.nii is a pipe, a socket or a device; expected a file: correct the table",
        make=pipe,
    ),
    Bad(
        kind=PATHS,
        given="a folder called image.nii",
        said="image.nii cannot be opened (Is a directory); check the file and its rights",
        make=a_folder,
    ),
    Bad(
        kind=PATHS,
        given="a file that is not there",
        said="nowhere/image.nii.gz does not exist; correct the table or add the file",
        make=cell("nowhere/image.nii.gz"),
    ),
    Bad(
        kind=PATHS,
        given="`C:\\data\\image.nii`",
        said="expected a path inside the table's folder (or cohort.root), relative to it, with forward slashes; copy the file there",
        make=cell("C:\\data\\image.nii"),
        severity="error",
    ),
    Bad(
        kind=PATHS,
        given="`https://example.org/image.nii`",
        said="example.org/image.nii does not exist; correct the table or add the file",
        make=cell("https://example.org/image.nii"),
    ),
    Bad(
        kind=PATHS,
        given="`~/image.nii`",
        said="~/image.nii does not exist; correct the table or add the file",
        make=cell("~/image.nii"),
    ),
    Bad(
        kind=PATHS,
        given="a name of 5,000 letters",
        said="expected a path inside the table's folder",
        make=cell("x" * 5000 + ".nii"),
        severity="error",
    ),
    Bad(
        kind=PATHS,
        given="`<script>alert(1)</script>.nii`",
        said=".nii does not exist; correct the table or add the file",
        make=cell("<script>alert(1)</script>.nii"),
    ),
    Bad(kind=PATHS, given="no path at all", said="the table names no image", make=cell("")),
    Bad(
        kind=PATHS,
        given="a picture.jpg",
        said="picture.jpg is neither DICOM series (a folder, or one of its files), MetaImage (.mha, .mhd), NIfTI (.nii, .nii.gz)",
        make=image(b"\xff\xd8\xff", "picture.jpg"),
    ),
    Bad(
        kind=VALUES,
        given="NaN in a pixel of the outline",
        said="1 pixel of section 2 in the rectangle around the outline, 1 of them inside the outline, is not finite (NaN or inf)",
        make=image(spoilt(IMAGE, (2, 8, 9), NAN)),
    ),
    Bad(
        kind=VALUES,
        given="infinity in a pixel of the outline",
        said="1 pixel of section 2 in the rectangle around the outline, 1 of them inside the outline, is not finite (NaN or inf)",
        make=image(spoilt(IMAGE, (2, 8, 9), INF)),
    ),
    Bad(
        kind=VALUES,
        given="NaN everywhere",
        said="80 pixels of section 2 in the rectangle around the outline, 80 of them inside the outline, are not finite (NaN or inf)",
        make=image(spoilt(IMAGE, (slice(None),), NAN)),
    ),
    Bad(
        kind=VALUES,
        given="0 everywhere",
        said="all 80 pixels inside the outline of section 2 have the intensity 0; expected varying intensities",
        make=image(spoilt(IMAGE, (slice(None),), 0)),
    ),
    Bad(
        kind=OUTLINES,
        given="nothing outlined",
        said="the outline is empty: no voxel is marked; trace the tumour or check the mask file",
        make=outline(ones()),
    ),
    Bad(
        kind=OUTLINES,
        given="one voxel",
        said="the outline has at most 1 pixel in a section (2); expected at least 16 (roi.min_pixels)",
        make=outline(ones((2, 8, 9))),
    ),
    Bad(
        kind=OUTLINES,
        given="labels 1 and 2",
        said="mask.nii has 2 labels (1, 2); expected one: choose it with cohort.mask_label",
        make=outline(spoilt(MASK, (1,), 2)),
    ),
    Bad(
        kind=OUTLINES,
        given="a map of probabilities",
        said="mask.nii has values such as 0.1; expected whole-number labels: threshold it first",
        make=outline((MASK * 0.3 + 0.1).astype(np.float32)),
    ),
    Bad(
        kind=OUTLINES,
        given="NaN outside of the tumour",
        said="mask.nii has values such as nan; expected whole-number labels: threshold it first",
        make=outline(np.where(MASK, 1, NAN).astype(np.float32)),
    ),
    Bad(
        kind=OUTLINES,
        given="an outline of another size",
        said="image and mask differ in size: 24 × 20 × 5 and 24 × 19 × 5 voxels (x × y × z)",
        make=outline(MASK[:, :-1]),
    ),
    Bad(
        kind=OUTLINES,
        given="an outline 30 mm away",
        said="corresponding corners are up to 30 mm apart, allowed are 0.01",
        make=outline(picture(MASK, origin=(10.0, 10.0, 4.0))),
    ),
    Bad(
        kind=OUTLINES,
        given="an outline of 0 bytes",
        said="mask.nii is empty (0 bytes); copy it again",
        make=outline(b""),
    ),
    Bad(
        kind=OUTLINES,
        given="the image in place of the outline",
        said="mask.nii has values such as 61.0058; expected whole-number labels: threshold it first",
        make=outline(IMAGE),
    ),
    Bad(
        kind=OUTLINES,
        given="every voxel of the image",
        said="the outline touches the border of the image: the tumour may be cut off",
        make=outline(np.ones_like(MASK)),
        severity="outlier",
    ),
    Bad(
        kind=OTHERS,
        given="seg_empty.nii.gz",
        said="the outline is empty: no voxel is marked; trace the tumour or check the mask file",
        make=of_others("seg_empty.nii.gz"),
        shared=True,
    ),
    Bad(
        kind=OTHERS,
        given="seg_two_labels.nii.gz",
        said="seg_two_labels.nii.gz has 2 labels (1, 2); expected one: choose it with cohort.mask_label",
        make=of_others("seg_two_labels.nii.gz"),
        shared=True,
    ),
    Bad(
        kind=OTHERS,
        given="seg_multilabel.nrrd",
        said="seg_multilabel.nrrd has 2 labels (1, 2); expected one: choose it with cohort.mask_label",
        make=of_others("seg_multilabel.nrrd"),
        shared=True,
    ),
    Bad(
        kind=OTHERS, given="seg_single_slice.nii.gz", said=TAKEN, make=of_others("seg_single_slice.nii.gz"), shared=True
    ),
    Bad(kind=OTHERS, given="seg_one_label.nii.gz", said=TAKEN, make=of_others("seg_one_label.nii.gz"), shared=True),
    Bad(
        kind=OTHERS,
        given="seg_dilated_10mm.nii.gz",
        said="the outline touches the border of the image: the tumour may be cut off",
        make=of_others("seg_dilated_10mm.nii.gz"),
        shared=True,
        severity="outlier",
    ),
    Bad(
        kind=SERIES,
        given="an empty folder",
        said="series holds no DICOM image; expected the files of one series: correct the table or copy them",
        make=dicom(emptied),
    ),
    Bad(
        kind=SERIES,
        given="two series in one folder",
        said="expected one: choose it with cohort.series, or name one of its files in the table",
        make=dicom(another_series),
    ),
    Bad(
        kind=SERIES,
        given="a section missing",
        said="series: series 'T1' lacks 1 section",
        make=dicom(lambda series: at_z(series, 2).unlink()),
    ),
    Bad(
        kind=SERIES,
        given="two sections in one place",
        said="series: series 'T1' has 6 sections at 5 places",
        make=dicom(section_twice),
    ),
    Bad(
        kind=SERIES,
        given="a section with other pixel spacing",
        said="has sections that differ in size: 4 of 24 × 20 pixels of 0.75 × 0.5 mm, 1 of 24 × 20 pixels of 0.5 × 0.5 mm",
        make=dicom(partial(section_of, PixelSpacing=[0.5, 0.5])),
    ),
    Bad(
        kind=SERIES,
        given="a section without its place",
        said="does not say where its sections lie in the patient: no position; expected an image of a scanner",
        make=dicom(partial(section_of, ImagePositionPatient=None)),
    ),
    Bad(
        kind=SERIES,
        given="65,535 × 65,535 pixels in a header",
        said="has sections that differ in size: 4 of 24 × 20 pixels of 0.75 × 0.5 mm, 1 of 65535 × 65535 pixels",
        make=dicom(partial(section_of, Rows=65535, Columns=65535)),
    ),
    Bad(
        kind=SERIES,
        given="half of one file",
        said="is cut short or damaged, or breaks the rules of DICOM; copy or export it again",
        make=dicom(lambda series: cut(at_z(series, 2), 0.5)),
    ),
    Bad(
        kind=SERIES,
        given="one file of 0 bytes among them",
        said="is no DICOM file, whatever its name says; copy it again",
        make=dicom(lambda series: cut(at_z(series, 2), 0)),
    ),
    Bad(
        kind=STRUCTURES,
        given="a file of 0 bytes",
        said="RS.dcm is neither DICOM-SEG (a DICOM file), MetaImage (.mha, .mhd), NIfTI (.nii, .nii.gz), NRRD (.nrrd)",
        make=drawn(lambda path: path.write_bytes(b"")),
    ),
    Bad(
        kind=STRUCTURES,
        given="two structures",
        said="RS.dcm holds 2 structures (1 'GTV', 2 'Brain'); expected one: choose it with cohort.structure",
        make=contours({"GTV": [SQUARE], "Brain": [SQUARE]}),
    ),
    Bad(
        kind=STRUCTURES,
        given="a structure without contours",
        said="RS.dcm holds no structure; expected the tumour: export it again",
        make=contours({"GTV": []}),
    ),
    Bad(
        kind=STRUCTURES,
        given="open contours",
        said="RS.dcm holds no structure; expected the tumour: export it again",
        make=contours({"GTV": [SQUARE]}, kind="OPEN_PLANAR"),
    ),
    Bad(
        kind=STRUCTURES,
        given="another frame of reference",
        said="structure 'GTV' of RS.dcm was drawn in another frame of reference (1.2.3) than the image's",
        make=contours({"GTV": [SQUARE]}, frame="1.2.3"),
    ),
    Bad(
        kind=STRUCTURES,
        given="contours a metre away",
        said="no contour of structure 'GTV' of RS.dcm encloses a voxel of the image",
        make=contours({"GTV": [[(x + 1000, y, z) for x, y, z in SQUARE]]}),
    ),
    Bad(
        kind=STRUCTURES,
        given="NaN among the coordinates",
        said="RS.dcm has a contour of 15 coordinates that are no points; export it again",
        make=contours({"GTV": [[*SQUARE, (NAN, NAN, 7)]]}),
    ),
    Bad(
        kind=SEGMENTS,
        given="two segments",
        said="RS.dcm holds 2 structures (1 'Tumour', 2 'Oedema'); expected one: choose it with cohort.structure",
        make=segments(1, 2, names=("Tumour", "Oedema")),
    ),
    Bad(
        kind=SEGMENTS,
        given="half of a file",
        said="RS.dcm is cut short or damaged, or breaks the rules of DICOM; copy or export it again",
        make=drawn(seg_cut),
    ),
    Bad(
        kind=SEGMENTS,
        given="another frame of reference",
        said="RS.dcm was drawn in another frame of reference (1.2.3) than the image's",
        make=segments(1, 1, frame_of_reference="1.2.3"),
    ),
    Bad(
        kind=SEGMENTS,
        given="a text called .dcm",
        said="RS.dcm is neither DICOM-SEG (a DICOM file), MetaImage (.mha, .mhd), NIfTI (.nii, .nii.gz), NRRD (.nrrd)",
        make=drawn(lambda path: path.write_text("no DICOM")),
    ),
]
