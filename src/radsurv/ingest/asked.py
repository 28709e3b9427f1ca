"""What the user decided, so that it need not be found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from radsurv.options.cohort_table import TimeUnit

Endpoint = Literal["OS", "PFS", "DFS", "DSS"]
DateOrder = Literal["DMY", "MDY"]
# What a column of the clinical table can be named for, with --column ROLE=NAME.
ROLES = ("id", "time", "event", "start", "death", "last_contact")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Decisions about the clinical table; None and nothing where the table is to tell.

    Attributes
    ----------
    columns : mapping
        Columns of the table by what they hold, one of `ROLES`.
    endpoint : {"OS", "PFS", "DFS", "DSS"}
        Whose columns are taken where a table has those of several.
    outcome : str, optional
        The name of the rule for follow-up.
    time_unit : {"days", "months", "years"}, optional
        Of the time column, whatever its name says.
    date_order : {"DMY", "MDY"}, optional
        What comes first in 03/04/2020.
    event_is : tuple of str
        The words that mean that the event happened; every other one then means that it did not.
    encoding, sheet : str, optional
        Of a text file; of a workbook.
    decimal_comma : bool
        Whether 1,000 is one.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    endpoint: Endpoint = "OS"
    outcome: str | None = None
    time_unit: TimeUnit | None = None
    date_order: DateOrder | None = None
    event_is: tuple[str, ...] = ()
    encoding: str | None = None
    sheet: str | None = None
    decimal_comma: bool = False
