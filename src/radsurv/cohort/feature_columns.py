"""Which columns of somebody's table are features: programs write beside them what they measured, with what, and how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from radsurv.cohort.delimited import INDEX
from radsurv.cohort.faults import table_error, unknown_name
from radsurv.errors import CohortError, ConfigError
from radsurv.formats import first_few, number, plural
from radsurv.options.cohort_table import CohortConfig

ROW_NAMES = "__index_level_0__"  # an index without a name, as pandas writes it into a Parquet file
INDEX_NAME = re.compile(r"Unnamed: \d+(\.\d+)?|__index_level_\d+__")
DIAGNOSTICS = "diagnostics_*"  # of pyradiomics: versions, settings, hashes, image and mask
NAMES_SHOWN = 3
# As pyradiomics and PyCERR call a feature: image type, class, feature.
FEATURE_NAME = re.compile(r".+_(shape|shape2D|firstorder|firstOrder|glcm|glrlm|glszm|gldm|ngtdm|gtdm)_.+")


@dataclass(frozen=True)
class Program:
    """What a program writes that is no feature, though it may be a number.

    Attributes
    ----------
    written_by
        Columns that all of its tables have.
    own
        Patterns of columns that are no features, beside those of text.
    called
        How a note calls these.
    ids
        The column that names patients; None where whoever extracts the features names it.
    """

    written_by: frozenset[str]
    own: tuple[str, ...]
    called: str
    ids: str | None = None


PROGRAMS = (
    # `pyradiomics BATCH.csv`: columns of the batch file go first, among them which label of the mask was measured.
    Program(frozenset({"Image", "Mask"}), ("Label", "Label_channel"), "of the batch file of pyradiomics"),
    # mirp/_workflows/standardWorkflow.py, _get_feature_set_details
    Program(frozenset({"sample_name", "image_settings_id"}), ("image_*",), "image_* of MIRP", "sample_name"),
    # cerr/radiomics/ibsi1.py, computeScalarFeatures: what preprocessing left, under its own names and those of IBSI.
    Program(
        frozenset({"numVoxelsOrig", "numVoxelsInterpReseg"}),
        (
            "numVoxelsOrig",
            *(f"{which}InterpReseg" for which in ("numVoxels", "meanIntensity", "maxIntensity", "minIntensity")),
        ),
        "diagnostics of PyCERR",
    ),
    Program(frozenset({"diag_n_voxel", "diag_n_voxel_interp_reseg"}), ("diag_*",), "diagnostics of PyCERR"),
)


@dataclass(frozen=True)
class FeatureColumns:
    """What the columns of a table are.

    Attributes
    ----------
    features : list of str
        In the order of the table.
    told : str
        What the others are, with counts; empty where there are none, and nothing was chosen.
    """

    features: list[str]
    told: str


def id_column(cells: pd.DataFrame, cohort: CohortConfig, path: Path, *, shared: bool) -> str:
    """The column of ids.

    It is ``cohort.feature_id``; else ``patient_id``, or what that is called in the cohort table (which goes first in a table that
    is both); else the one in which the program that wrote the table names patients; else a first column without a name.

    Raises
    ------
    CohortError
        There is none, with columns that could be meant.
    """
    if cohort.feature_id is not None:
        asked = cohort.feature_id or INDEX
        if asked not in cells:
            raise table_error(path, [f"cohort.feature_id: {unknown_name(asked, cells)}"])
        return asked
    theirs = cohort.columns.get("patient_id", "patient_id") or INDEX
    of_program = [one.ids for one in _programs(cells) if one.ids is not None]
    candidates = [*([theirs] if shared else []), "patient_id", theirs, *of_program]
    # Also an index column that pandas wrote, but not one from the middle of a table.
    candidates += [name for name in (INDEX, ROW_NAMES) if name == ROW_NAMES or cells.columns[0] == INDEX]
    found = next((name for name in candidates if name in cells), None)
    if found is not None:
        return found
    perhaps = [str(name) for name in cells if not pd.api.types.is_numeric_dtype(cells[name]) and cells[name].is_unique]
    like = f" (every row has another text in {_named(perhaps)})" if perhaps else ""
    raise table_error(
        path, [f"{unknown_name('patient_id', cells)}: name the one of ids with cohort.feature_id=YOURS{like}"]
    )


def feature_columns(
    cells: pd.DataFrame,
    texts: Collection[str],
    ids: str,
    cohort: CohortConfig,
    path: Path,
    clinical: Collection[str] | None,
) -> FeatureColumns:
    """Tell features from what stands beside them, by the names of columns and by which hold text.

    Parameters
    ----------
    cells : DataFrame
        The table.
    texts : collection of str
        Its columns without any number.
    ids : str
        The column of ids.
    cohort : CohortConfig
        With ``feature_columns``, patterns of names (``*``, ``?``, ``[…]``): these are features, and nothing else.
    path : Path
    clinical : collection of str, optional
        Columns that are no features whatever is asked for, of a table that is the cohort table, too; None for any other.

    Raises
    ------
    ConfigError
        A pattern that no column matches, or only columns that are no features.
    CohortError
        There is no feature; or which of the columns of one table are features cannot be told.
    """
    others = [str(name) for name in cells if name != ids]
    kept_out = set(clinical or ()) & set(others)
    kinds = {name: "clinical" for name in others if name in kept_out}
    if cohort.feature_columns:
        _require_matches(cohort, [name for name in others if name not in kept_out], kept_out, path)
        rest = "that cohort.feature_columns does not name"
        kinds |= {name: rest for name in others if name not in kinds and not _matches(name, cohort.feature_columns)}
    else:
        programs = _programs(cells)
        for name in others:
            kind = kinds.get(name) or _kind(name, texts, programs)
            if not kind and clinical is not None and not FEATURE_NAME.fullmatch(name):
                kind = "clinical"
            if kind:
                kinds[name] = kind
    features = [name for name in others if name not in kinds]
    told = _told(kinds)
    if not features and clinical is not None:
        perhaps = _beginnings([name for name in others if name not in kept_out and name not in texts])
        raise CohortError(
            f"{path} is the cohort table and has the features: which of its columns they are cannot be told from the names; expected"
            f" 'cohort.feature_columns=[PATTERN]'{perhaps}"
        )
    if not features:
        beside = f" (not read: {told})" if told else ""
        raise table_error(path, [f"no feature columns{beside}; expected ids, and columns of numbers"])
    return FeatureColumns(features, told)


def _programs(cells: pd.DataFrame) -> list[Program]:
    return [program for program in PROGRAMS if program.written_by <= set(cells)]


def _kind(name: str, texts: Collection[str], programs: Sequence[Program]) -> str:
    """What a column is that is no feature; empty where it is one."""
    if INDEX_NAME.fullmatch(name) or name == "patient_id":  # ids by another name are asked for
        return "index"
    if fnmatchcase(name, DIAGNOSTICS):
        return DIAGNOSTICS
    for program in programs:
        if _matches(name, program.own):
            return program.called
    return "with text" if name in texts else ""


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """Names may have brackets, which a pattern takes for a choice of letters."""
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def _require_matches(cohort: CohortConfig, names: Sequence[str], kept_out: Collection[str], path: Path) -> None:
    for pattern in cohort.feature_columns:
        if any(_matches(name, [pattern]) for name in names):
            continue
        never = [name for name in kept_out if _matches(name, [pattern])]
        why = (
            f"only {_named(sorted(never))}, which the cohort table is read for: an outcome or a covariate is no feature (a covariate:"
            " cohort.covariates)"
            if never
            else f"no column of {path}; it has {_named(names)}"
        )
        raise ConfigError(f"cohort.feature_columns: {pattern!r} matches {why}")


def _beginnings(names: Sequence[str]) -> str:
    """The commonest patterns of names, as an example."""
    found = Counter(f"{start[0]}*" for name in names if (start := re.match(r"[^_.-]+[_.-]", name)))
    common = [pattern for pattern, count in found.most_common(NAMES_SHOWN) if count > 1]
    return f", for instance [{', '.join(common)}]" if common else ""


def _told(kinds: dict[str, str]) -> str:
    """How many columns of each kind, and the first few; of names that a kind says by itself, none."""
    by_kind: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        by_kind.setdefault(kind, []).append(name)
    said = []
    for kind, names in by_kind.items():
        count = plural(len(names), "index column") if kind == "index" else f"{number(len(names))} {kind}"
        said.append(count if "*" in kind else f"{count} ({_named(names)})")
    return ", ".join(said)


def _named(names: Sequence[str]) -> str:
    return first_few([*map(repr, names)], NAMES_SHOWN, more=", …")
