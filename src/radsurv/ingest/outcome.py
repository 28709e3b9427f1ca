"""Which rule turns a table's survival into days and events, and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radsurv.errors import CohortError, ConfigError
from radsurv.formats import first_few
from radsurv.ingest import outcomes
from radsurv.ingest.asked import Asked
from radsurv.ingest.outcome_rule import Followed, OutcomeRule
from radsurv.options.base import members

COLUMNS_SHOWN = 12
OF_RULES = ("time_unit", "date_order", "event_is")  # of `Asked`
RULES: Mapping[str, OutcomeRule] = {
    rule.name: rule() for rule in sorted(members(outcomes.__name__, OutcomeRule), key=lambda rule: rule.order)
}
# Who names a column means the rule that reads it.
OF_ROLES = {
    "time": ("time_and_event",),
    "start": ("dates",),
    "death": ("dates",),
    "last_contact": ("dates",),
}


@dataclass(frozen=True)
class TableOutcome:
    """Follow-up of the rows of a clinical table.

    Attributes
    ----------
    rule : str
        Its name.
    columns : mapping
        Of the table, by what they hold for the rule.
    followed : Followed
    """

    rule: str
    columns: Mapping[str, str]
    followed: Followed


def table_outcome(table: pd.DataFrame, asked: Asked, path: Path) -> TableOutcome:
    """Find the rule that fits a table, and apply it.

    Raises
    ------
    CohortError
        No rule fits, or the one that does cannot tell what is meant.
    ConfigError
        A rule was asked for that is not there, or something of one that it does not look at.
    """
    fitting = {name: columns for name, columns in _fitting(table, asked).items() if columns is not None}
    if not fitting:
        raise CohortError(f"{path}: {_nothing(table, asked)}")
    name, *others = fitting
    columns = fitting[name]
    _require_heeded(name, columns, asked)
    followed = RULES[name].follow_up(table, columns, asked, path)
    said = [f"rule '{name}': {followed.said[0]}", *followed.said[1:]]
    read = set(columns.values())
    for other in others:
        further = fitting[other].values()
        if not set(further) <= read:
            said.append(
                f"not used, though the table would allow it: rule '{other}' ({', '.join(further)}); --outcome {other} takes it"
            )
            read |= set(further)
    return TableOutcome(name, columns, Followed(followed.time, followed.event, followed.reasons, said))


def _fitting(table: pd.DataFrame, asked: Asked) -> dict[str, Mapping[str, str] | None]:
    """The columns of each rule that may be used, in their order."""
    if asked.outcome is not None and asked.outcome not in RULES:
        raise ConfigError(f"--outcome {asked.outcome}: there is no such rule; there are {', '.join(RULES)}")
    names = [asked.outcome] if asked.outcome is not None else list(RULES)
    for role, of_role in OF_ROLES.items():
        if role in asked.columns and asked.outcome is None:
            names = [name for name in names if name in of_role]
    return {name: RULES[name].columns(table, asked) for name in names}


def _require_heeded(name: str, columns: Mapping[str, str], asked: Asked) -> None:
    """What the user decided and nothing would come of is said to be in vain."""
    vain = [
        f"--{option.replace('_', '-')}"
        for option in OF_RULES
        if getattr(asked, option) and option not in RULES[name].heeds
    ]
    vain += [
        f"--column {role}={its}" for role, its in asked.columns.items() if role != "id" and its not in columns.values()
    ]
    if vain:
        raise ConfigError(
            f"{vain[0]} changes nothing: follow-up is read by rule '{name}' from {', '.join(columns.values())}; leave it out, or"
            f" take another rule with --outcome ({', '.join(RULES)})"
        )


def _nothing(table: pd.DataFrame, asked: Asked) -> str:
    wanted = f"rule '{asked.outcome}'" if asked.outcome is not None else "no rule"
    fits = "does not find its columns" if asked.outcome is not None else "finds survival"
    shown = first_few([*map(repr, table.columns)], COLUMNS_SHOWN)
    return (
        f"{wanted} {fits} for --endpoint {asked.endpoint} among the columns {shown}; expected"
        " days_to_death and days_to_last_follow_up, OS_MONTHS and OS_STATUS, dates of diagnosis, death and last contact, a time"
        " with an event, or Survival_days: name yours with --column time=NAME --column event=NAME"
        " (or, if everybody with a time died, --outcome survival_days)"
    )
