"""``radsurv ingest``: its options, and what it prints."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from radsurv.errors import ConfigError
from radsurv.formats import first_few, plural
from radsurv.ingest.asked import ROLES, Asked, DateOrder, Endpoint
from radsurv.options.cohort_table import TimeUnit

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = """\
Propose a cohort: look through FOLDER for an image and an outline of every patient, join the clinical table, and write
DIR/clinical.csv, DIR/cohort.yaml (its options, to be edited) and DIR/left_out.csv (who does not take part, and why).
Every decision is printed; whatever can be read in two ways is refused until you decide it. docs/ingest.md
"""
LEFT_OUT_SHOWN = 10
IDS_SHOWN = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser what the command takes."""
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="images and outlines: BraTS, BIDS, nnU-Net, DICOM, or by name"
    )
    parser.add_argument(
        "--clinical", type=Path, required=True, metavar="FILE", help="CSV, TSV, Excel (.xlsx) or Parquet"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the cohort goes")
    parser.add_argument("--overwrite", action="store_true", help="replace a cohort that is in DIR")
    images = parser.add_argument_group("images")
    images.add_argument(
        "--sequence", metavar="NAME", help="which one is the image, e.g. t1ce (the default if there is one), flair"
    )
    images.add_argument("--image", metavar="PATTERN", help="the same by name or path, e.g. '*_t1post.nii.gz'")
    images.add_argument("--mask", metavar="PATTERN", help="which one is the outline")
    images.add_argument(
        "--mask-label", type=int, metavar="N", help="the label that is analysed, where outlines have several"
    )
    images.add_argument(
        "--dicom-patient-id", action="store_true", help="call patients by PatientID, not by their folder"
    )
    table = parser.add_argument_group("clinical table")
    table.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="ROLE=NAME",
        help=f"name a column: ROLE is one of {', '.join(ROLES)}",
    )
    table.add_argument(
        "--endpoint", choices=get_args(Endpoint), default="OS", help="whose columns, where there are several"
    )
    table.add_argument(
        "--outcome", metavar="RULE", help="how follow-up is read: gdc, cbioportal, dates, time_and_event, survival_days"
    )
    table.add_argument("--time-unit", choices=get_args(TimeUnit), help="of the time column, whatever its name says")
    table.add_argument(
        "--event-is", action="append", default=[], metavar="WORD", help="what says that the event happened"
    )
    table.add_argument("--date-order", choices=get_args(DateOrder), help="of dates such as 03/04/2020")
    table.add_argument("--decimal-comma", action="store_true", help="1,000 is one")
    table.add_argument("--encoding", help="of a text file")
    table.add_argument("--sheet", help="of a workbook")
    table.add_argument(
        "--keep", action="append", default=[], metavar="NAME", help="keep a column that is not known as a covariate"
    )


def run(options: argparse.Namespace) -> int:
    """Propose a cohort and say how, ending with the command that runs it."""
    from radsurv.ingest.choose import WhichFiles
    from radsurv.ingest.cohort_file import run_command
    from radsurv.ingest.proposal import Sources, Wishes, propose

    asked = Asked(
        columns=_columns(options.column),
        endpoint=options.endpoint,
        outcome=options.outcome,
        time_unit=options.time_unit,
        date_order=options.date_order,
        event_is=tuple(options.event_is),
        encoding=options.encoding,
        sheet=options.sheet,
        decimal_comma=options.decimal_comma,
    )
    wishes = Wishes(
        asked=asked,
        which=WhichFiles(image=options.image, mask=options.mask, sequence=options.sequence),
        mask_label=options.mask_label,
        by_patient_id=options.dicom_patient_id,
        keep=tuple(options.keep),
    )
    sources = Sources(images=options.folder, clinical=options.clinical, out=options.out, overwrite=options.overwrite)
    proposal = propose(sources, wishes)
    for line in proposal.decided:
        print(line)
    _print_left_out(proposal.left_out)
    for line in proposal.doubts:
        print(f"doubtful: {line}")
    print(f"\nwritten: {options.out}; look at cohort.yaml, then run\n\n  {run_command(options.out)}")
    return 0


def _print_left_out(left_out: pd.DataFrame) -> None:
    """Those with images one by one: what they lack can be mended. The others of the clinical table are counted."""
    only_clinical = left_out["found_in"] == "clinical table"
    lines = [f"  {patient}: {reason}" for patient, _, reason in left_out[~only_clinical].itertuples(index=False)]
    if lines:
        print(first_few(lines, LEFT_OUT_SHOWN, "\n", "\n  and {} more with images"))
    patients = left_out.loc[only_clinical, "patient_id"].tolist()
    if patients:
        print(
            f"  {plural(len(patients), 'patient')} of the clinical table without an image: {first_few(patients, IDS_SHOWN, more=', …')}"
        )


def _columns(given: list[str]) -> dict[str, str]:
    """``["time=OS"]`` as a mapping."""
    found = {}
    for pair in given:
        role, equals, name = pair.partition("=")
        if role not in ROLES or not equals:
            raise ConfigError(f"--column {pair}: expected ROLE=NAME, ROLE being one of {', '.join(ROLES)}")
        found[role] = name
    return found
