"""Sentences about a patient's files without what the files, or their names, may say of the patient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from radsurv.cohort.patient import Patient

HIDDEN = "…"
LONG_ENOUGH = 4  # characters of an id, or digits of a file's name, that cannot be a number of something else
# A text of a file or a table stands in quotes (`faults.quoted`, repr), in double ones if it has a single one in it.
_QUOTED = re.compile(r"(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)|\"(?:[^\"\\]|\\.)*\"")
_UID = re.compile(r"(?<![\w.])\d+(?:\.\d+){4,}(?![\w.]|\.\d)")
_PATH = re.compile(r"(?<![\w./~])(?:/[^\s/'\",;:()]+){2,}/?")


def discreet(sentence: str, files: Mapping[str, str]) -> str:
    """A sentence without quoted texts, identifiers of DICOM objects, absolute paths and names of files.

    Parameters
    ----------
    sentence
    files
        What to say in place of a name of a file or folder.

    >>> discreet("MEIER/t1.nii holds 2 series ('MEIER T1' of 24 sections, 1.2.840.1.2); choose one", {"t1.nii": "image"})
    "image holds 2 series ('…' of 24 sections, UID); choose one"
    """
    for name in sorted((one for one in files if one in sentence), key=len, reverse=True):
        # Folders that stand before it in the sentence go with it.
        whole = rf"(?<![\w./-])(?:[^\s'\",;:()]*/)?{re.escape(name)}(?!\w|\.\w)"
        sentence = re.sub(whole, files[name], sentence)
    for pattern, instead in ((_QUOTED, f"'{HIDDEN}'"), (_UID, "UID"), (_PATH, "a path")):
        sentence = pattern.sub(instead, sentence)
    return sentence


def names_of_files(patient: Patient) -> dict[str, str]:
    """Names that messages of the readers may have, and what to say in their place: the column of the table.

    A reader of series looks at all files of a folder. A name of few digits is none of them: it may be a count.
    """
    own: dict[str, list[str]] = {}
    beside: dict[str, list[str]] = {}
    for column, path in (*patient.images.items(), *patient.outlines.items()):
        if path is None:
            continue
        folder = path if path.is_dir() else path.parent
        for name in _files_in(folder):
            beside.setdefault(name, []).append(column)
            beside.setdefault(f"{folder.name}/{name}", []).append(column)
        for name in (str(path), f"{path.parent.name}/{path.name}", path.name):
            own.setdefault(name, []).append(column)
    found = {name: f"a file of {_any_of(columns)}" for name, columns in beside.items()}
    found |= {name: _any_of(columns) for name, columns in own.items()}
    return {name: instead for name, instead in found.items() if not (name.isdecimal() and len(name) < LONG_ENOUGH)}


def _any_of(columns: list[str]) -> str:
    """One name may be that of an image and of its outline, in two folders."""
    return " or ".join(dict.fromkeys(columns))


def _files_in(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
