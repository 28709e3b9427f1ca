"""What ``radsurv check`` says of a cohort, one row for each thing, and how serious it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Literal, get_args

import pandas as pd

from radsurv.errors import Fault, RadsurvError, TableFaults

# The most serious first: no run can start; a run goes without the patient; something may be wrong with what is computed; a
# patient is unlike the others, which may well be true; a remark.
Severity = Literal["error", "excluded", "warning", "outlier", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

# Beside the report; no run reads or removes them.
PASSPORT, CHECKS = "passport.html", "checks.csv"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One row of `CHECKS`.

    Attributes
    ----------
    patient_id, column
        Whom it is about, and which column of a table; empty where nobody, or none.
    severity
    what
        What was found.
    remedy
        What to do about it; empty where `what` says it.
    """

    patient_id: str = ""
    column: str = ""
    severity: Severity
    what: str
    remedy: str = ""


CHECK_COLUMNS = tuple(Check.__dataclass_fields__)


def of_error(error: RadsurvError) -> list[Check]:
    """Why no run can start; of a table's faults each by itself."""
    return of_faults(error.faults if isinstance(error, TableFaults) else [Fault(str(error))])


def of_faults(faults: Iterable[Fault]) -> list[Check]:
    """Each of them is a reason why no run can start."""
    return [
        Check(severity="error", what=one.what, remedy=one.remedy, patient_id=one.patient_id, column=one.column)
        for one in faults
    ]


def ordered(checks: Iterable[Check]) -> list[Check]:
    """The most serious first, else as they came; none twice."""
    return sorted(dict.fromkeys(checks), key=lambda check: SEVERITIES.index(check.severity))


def checks_table(checks: Iterable[Check]) -> pd.DataFrame:
    """As it is written."""
    return pd.DataFrame([astuple(check) for check in checks], columns=list(CHECK_COLUMNS), dtype=object)
