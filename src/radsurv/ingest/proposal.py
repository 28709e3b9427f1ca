"""From a folder of images and a clinical table to a cohort: found, joined, written, said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd
import yaml

from radsurv.cohort.schema import ID_LENGTH, is_identifier
from radsurv.cohort.table import read_table
from radsurv.errors import CohortError, ConfigError
from radsurv.files import atomic
from radsurv.formats import plural
from radsurv.ingest.asked import Asked
from radsurv.ingest.choose import Chosen, WhichFiles
from radsurv.ingest.clinical_file import read_clinical
from radsurv.ingest.cohort_file import NAME, cohort_file
from radsurv.ingest.covariates import covariates
from radsurv.ingest.id_match import IdMatch, match_ids
from radsurv.ingest.images import find_images
from radsurv.ingest.outcome import table_outcome
from radsurv.ingest.outline_labels import require_one_label
from radsurv.ingest.patient_rows import PatientRows, by_patient
from radsurv.ingest.placed_files import name_fault, place
from radsurv.options.cohort_table import CohortConfig
from radsurv.stages.conf_folder import conf_dir
from radsurv.stages.follow_up import doubts, follow_up

TABLE, LEFT_OUT, OPTIONS = "clinical.csv", "left_out.csv", f"{NAME}.yaml"
LEFT_OUT_COLUMNS = ["patient_id", "found_in", "reason"]
IMAGES, CLINICAL, BOTH = "images", "clinical table", "images and clinical table"


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a cohort is proposed from, and where it goes."""

    images: Path
    clinical: Path
    out: Path
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user decided.

    Attributes
    ----------
    asked : Asked
        About the clinical table.
    which : WhichFiles
        About images and outlines.
    mask_label : int, optional
    by_patient_id : bool
        Whether patients of DICOM files are called by PatientID.
    keep : tuple of str
        Columns of the clinical table that are kept whatever they are called.
    """

    asked: Asked
    which: WhichFiles
    mask_label: int | None = None
    by_patient_id: bool = False
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A cohort that was written down.

    Attributes
    ----------
    table : Path
        ``clinical.csv``.
    cohort : DataFrame
        ``patient_id, image, mask, time`` (days), ``event``, then the columns that were kept.
    left_out : DataFrame
        ``patient_id, found_in, reason``.
    decided : list of str
        Every decision.
    doubts : list of str
        What is hardly true of the follow-up.
    """

    table: Path
    cohort: pd.DataFrame
    left_out: pd.DataFrame
    decided: list[str]
    doubts: list[str]


def propose(sources: Sources, wishes: Wishes) -> Proposal:
    """Propose a cohort, and write ``clinical.csv``, ``left_out.csv`` and, last, ``cohort.yaml`` to a folder.

    Raises
    ------
    CohortError, ConfigError
        Nothing was written: something cannot be read, or can be read in several ways, or nobody is left.
    """
    _check_out(sources)
    clinical = read_clinical(sources.clinical, wishes.asked)
    outcome = table_outcome(clinical.table, wishes.asked, sources.clinical)
    chosen = find_images(sources.images, sources.out, wishes.which, by_patient_id=wishes.by_patient_id)
    chosen = _nameable(chosen)
    match = match_ids(clinical.table, [*chosen.images, *chosen.reasons], wishes.asked, sources.clinical)
    rows = by_patient(clinical.table[match.column], outcome.followed)
    left_out = _left_out(chosen, match, rows)
    without = set(left_out["patient_id"])
    taking_part = [one for one in sorted(chosen.images) if one not in without]
    if not taking_part:
        raise CohortError(_nobody(left_out, sources))
    their_rows = {match.pairs[one]: rows.rows[match.pairs[one]] for one in taking_part}
    kept = covariates(clinical.table, their_rows, [match.column, *outcome.columns.values()], wishes.keep)
    if wishes.mask_label is None:
        require_one_label({one: sources.images / chosen.masks[one] for one in taking_part})
    files = [path for one in taking_part for path in (chosen.images[one], chosen.masks[one])]
    placed = place(sources.images, files, sources.out, overwrite=sources.overwrite)
    cohort = _cohort(taking_part, chosen, placed.cells, match, rows.table, kept.table)
    decided = [
        *(f"clinical table: {line}" for line in (*clinical.said, *match.said, *rows.said)),
        *(f"follow-up: {line}" for line in (*outcome.followed.said, _counted(cohort))),
        *(f"images: {line.removeprefix('images: ')}" for line in (*chosen.said, *placed.said)),
        *(f"columns: {line}" for line in kept.said),
        f"left out: {plural(len(left_out), 'patient')}, each with the reason in {LEFT_OUT}",
    ]
    _write(sources.out, cohort, left_out, cohort_file(sources.out / TABLE, decided, kept.proposed, wishes.mask_label))
    return Proposal(
        sources.out / TABLE, cohort, left_out, decided, [*doubts(cohort, "days"), *_will_stop(sources.out / TABLE)]
    )


def _check_out(sources: Sources) -> None:
    """Nothing of the user's is overwritten."""
    there = [name for name in (TABLE, LEFT_OUT, OPTIONS) if (sources.out / name).exists()]
    if sources.clinical.exists() and sources.clinical.resolve() in {(sources.out / name).resolve() for name in there}:
        raise ConfigError(
            f"--clinical {sources.clinical} would be overwritten by the cohort table; name another folder with --out"
        )
    if there and not sources.overwrite:
        raise ConfigError(
            f"{sources.out} has {' and '.join(there)} already, perhaps edited; name another folder with --out, or say --overwrite"
        )


def _nameable(chosen: Chosen) -> Chosen:
    """Without patients whose id or files no table can hold."""
    faults = dict(chosen.reasons)
    for one, image in chosen.images.items():
        if not is_identifier(one):
            faults[one] = f"the id is no 1 to {ID_LENGTH} printable characters without slashes: rename the files"
        elif fault := name_fault(image) or name_fault(chosen.masks[one]):
            faults[one] = fault
    images = {one: path for one, path in chosen.images.items() if one not in faults}
    return Chosen(images, {one: chosen.masks[one] for one in images}, faults, chosen.said)


def _left_out(chosen: Chosen, match: IdMatch, rows: PatientRows) -> pd.DataFrame:
    """Everybody who does not take part, once, with all that is lacking."""
    found: list[tuple[str, str, str]] = []
    for one in sorted([*chosen.images, *chosen.reasons]):
        reasons = [chosen.reasons.get(one, ""), match.without_row.get(one, "")]
        its = match.pairs.get(one)
        reasons.append("" if its is None else rows.reasons.get(its, ""))
        if any(reasons):
            found.append((one, IMAGES if its is None else BOTH, "; ".join(filter(None, reasons))))
    found += [(one, CLINICAL, reason) for one, reason in match.without_image.items()]
    printable = [tuple(ascii(cell)[1:-1] if not cell.isprintable() else cell for cell in row) for row in found]
    return pd.DataFrame(printable, columns=LEFT_OUT_COLUMNS, dtype=object)


def _nobody(left_out: pd.DataFrame, sources: Sources) -> str:
    first = left_out.iloc[0]
    return (
        f"{sources.images} and {sources.clinical}: nobody has an image, an outline and follow-up; {len(left_out)} left out, first"
        f" {first['patient_id']}: {first['reason']}"
    )


def _cohort(
    patients: Sequence[str],
    chosen: Chosen,
    cells: Mapping[PurePosixPath, str],
    match: IdMatch,
    followed: pd.DataFrame,
    kept: pd.DataFrame,
) -> pd.DataFrame:
    """The cohort table; ``clinical_id`` only where the clinical table calls somebody otherwise."""
    its = [match.pairs[one] for one in patients]
    table = pd.DataFrame(
        {
            "patient_id": patients,
            "image": [cells[chosen.images[one]] for one in patients],
            "mask": [cells[chosen.masks[one]] for one in patients],
            "time": followed.loc[its, "time"].to_numpy(float),
            "event": followed.loc[its, "event"].to_numpy(int),
        }
    )
    if its != list(patients):
        table["clinical_id"] = its
    for name, column in kept.loc[its].items():
        table[name] = column.to_numpy()
    return table


def _counted(cohort: pd.DataFrame) -> str:
    """Counts of those who take part, and their follow-up."""
    n, n_events = len(cohort), int(cohort["event"].sum())
    return f"{plural(n, 'patient')} take part: {plural(n_events, 'event')}, {n - n_events} censored; {follow_up(cohort, 'days').describe()}"


def _will_stop(table: Path) -> list[str]:
    """What stage ``cohort`` would say of the table before it looks at any image."""
    defaults = yaml.safe_load((conf_dir() / "cohort" / "table.yaml").read_text("utf-8"))
    try:
        read_table(CohortConfig.model_validate({**defaults, "table": str(table)}))
    except CohortError as error:
        return [f"stage cohort will stop: {error}"]
    return []


def _write(out: Path, cohort: pd.DataFrame, left_out: pd.DataFrame, options: str) -> None:
    """The options last: without them there is nothing to run."""
    shown = cohort.assign(time=[f"{time:.12g}" for time in cohort["time"]])
    for table, name in ((shown, TABLE), (left_out, LEFT_OUT)):
        with atomic(out / name) as temporary:
            table.to_csv(temporary, index=False)
    with atomic(out / OPTIONS) as temporary:
        temporary.write_text(options, encoding="utf-8")
