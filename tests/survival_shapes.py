"""Twelve patients whose follow-up was worked out by hand, and the shapes in which archives and people hand it over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

IDS = [f"P{n:02d}" for n in range(1, 13)]
# Whole multiples of 487/16 = 30.4375 days are whole months: 487 days are 16, 974 are 32.
DAYS = [161, 736, 435, 72, 437, 397, 321, 746, 487, 1379, 974, 12]
EVENT = [1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
# From 2015-03-02 on; the last days of follow-up, by hand (2016 is a leap year).
LAST_DAY = [
    "2015-08-10", "2017-03-07", "2016-05-10", "2015-05-13", "2016-05-12", "2016-04-02",
    "2016-01-17", "2017-03-17", "2016-07-01", "2018-12-10", "2017-10-31", "2015-03-14",
]  # fmt: skip
DEAD = [bool(event) for event in EVENT]


def delimited(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    return "".join(separator.join(row) + "\n" for row in rows)


def turned(day: str, pattern: str) -> str:
    year, month, number = day.split("-")
    return pattern.format(y=year, m=month, d=number)


def gdc() -> str:
    rows = [["case_submitter_id", "days_to_death", "days_to_last_follow_up", "vital_status"]]
    for patient, days, dead in zip(IDS, DAYS, DEAD, strict=True):
        rows.append([patient, str(days) if dead else "'--", "'--" if dead else str(days), "Dead" if dead else "Alive"])
    return delimited(rows, "\t")


def biotab() -> str:
    """TCGA's own tables: three lines of names."""
    rows = [
        ["bcr_patient_uuid", "bcr_patient_barcode", "vital_status", "last_contact_days_to", "death_days_to"],
        ["bcr_patient_uuid", "bcr_patient_barcode", "vital_status", "days_to_last_followup", "days_to_death"],
        ["CDE_ID:", "CDE_ID:2673794", "CDE_ID:5", "CDE_ID:3008273", "CDE_ID:3165475"],
    ]
    for patient, days, dead in zip(IDS, DAYS, DEAD, strict=True):
        of_dead = ["Dead", "[Not Available]", str(days)]
        rows.append([f"u-{patient}", patient, *(of_dead if dead else ["Alive", str(days), "[Not Applicable]"])])
    return delimited(rows, "\t")


def cbioportal() -> str:
    above = "#Patient Identifier\tOverall Survival (Months)\tOverall Survival Status\n#…\t…\t…\n#STRING\tNUMBER\tSTRING\n#1\t1\t1\n"
    rows = [["PATIENT_ID", "OS_MONTHS", "OS_STATUS", "PFS_MONTHS", "PFS_STATUS"]]
    for patient, days, dead in zip(IDS, DAYS, DEAD, strict=True):
        status = "1:DECEASED" if dead else "0:LIVING"
        rows.append(
            [patient, repr(days * 16 / 487), status, repr(days * 8 / 487), "1:PROGRESSION" if dead else "0:CENSORED"]
        )
    return above + delimited(rows, "\t")


def brats() -> str:
    rows = [["Brats20ID", "Age", "Survival_days", "Extent_of_Resection"]]
    for patient, days, dead in zip(IDS, DAYS, DEAD, strict=True):
        rows.append([patient, "60.5", str(days) if dead else f"ALIVE ({days} days later)", "GTR"])
    return delimited(rows)


def of_dates(start: str, pattern: str, separator: str = ",") -> str:
    rows = [["patient", "Date of diagnosis", "Date of death", "Date of last contact", "status"]]
    for patient, day, dead in zip(IDS, LAST_DAY, DEAD, strict=True):
        last = turned(day, pattern)
        rows.append(
            [patient, turned(start, pattern), last if dead else "", "" if dead else last, "dead" if dead else "alive"]
        )
    return delimited(rows, separator)


def excel_serials() -> str:
    """2015-03-02 is day 42065 of Excel."""
    rows = [["patient", "diagnosis date", "death date", "last contact date"]]
    for patient, days, dead in zip(IDS, DAYS, DEAD, strict=True):
        last = str(42065 + days)
        rows.append([patient, "42065", last if dead else "", "" if dead else last])
    return delimited(rows)


def with_words(yes: str, no: str, column: str = "dead", time: str = "time_days") -> str:
    rows = [
        ["Patient", time, column],
        *([p, str(d), yes if e else no] for p, d, e in zip(IDS, DAYS, DEAD, strict=True)),
    ]
    return delimited(rows)


def years_with_decimal_comma() -> str:
    rows = [["Patient", "Survival (years)", "Status"]]
    for patient, days, dead in zip(IDS, DAYS, DEAD, strict=True):
        rows.append([patient, f"{days / 365.25:.12f}".replace(".", ","), "Verstorben" if dead else "lebt"])
    return delimited(rows, ";")


SHAPES = {
    "GDC": gdc(),
    "TCGA biotab": biotab(),
    "cBioPortal": cbioportal(),
    "BraTS": brats(),
    "ISO dates": of_dates("2015-03-02", "{y}-{m}-{d}"),
    "German dates": of_dates("2015-03-02", "{d}.{m}.{y}", ";"),
    "dates with slashes, month first": of_dates("2015-03-02", "{m}/{d}/{y}"),
    "dates with slashes, day first": of_dates("2015-03-02", "{d}/{m}/{y}"),
    "Excel's day numbers": excel_serials(),
    "Dead and Alive": with_words("Dead", "Alive", "vital_status"),
    "deceased and living": with_words("deceased", "LIVING", "status"),
    "yes and no": with_words("Yes", "no"),
    "true and false": with_words("TRUE", "FALSE", "event", "time"),
    "Lung1": with_words("1", "0", "deadstatus.event", "Survival.time"),
    "years with a decimal comma": years_with_decimal_comma(),
}


def parquet(path: Path) -> None:
    """The type of a date is no text there."""
    start = pd.Timestamp("2015-03-02")
    last = pd.to_datetime(pd.Series(LAST_DAY))
    dead = pd.Series(DEAD)
    table = {
        "pid": IDS,
        "date_of_diagnosis": [start] * 12,
        "date_of_death": last.where(dead),
        "last_contact": last.where(~dead),
    }
    pd.DataFrame(table).to_parquet(path)


def workbook(path: Path) -> None:
    from datetime import datetime

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["Patient", "Diagnosis date", "Death date", "Last contact date"])
    for patient, day, dead in zip(IDS, LAST_DAY, DEAD, strict=True):
        last = datetime.fromisoformat(day)
        sheet.append([patient, datetime(2015, 3, 2), last if dead else None, None if dead else last])
    book.create_sheet("notes")
    book.save(path)
