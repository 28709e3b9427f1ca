"""The outcome among the features: refused by name, unless ``cohort.allow`` names it too."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from radsurv.cohort.causes import cause_name, is_competing
from radsurv.cohort.faults import FAULTS_SHOWN
from radsurv.errors import CohortError, ConfigError
from radsurv.formats import number
from radsurv.options.cohort_table import EVENT_CAUSE, CohortConfig
from radsurv.survival.outcome import Outcome, check_outcome, of_any_cause
from radsurv.survival.outcome_copies import Copy, copies_of_outcome

if TYPE_CHECKING:
    from radsurv.validation.patients import Patients


def check_outcome_columns(cohort: CohortConfig, table: pd.DataFrame, features: pd.DataFrame) -> list[str]:
    """Refuse features of a ready table, and covariates, that are the outcome.

    The outcome of all patients is looked at, but nothing is selected by it: the run stops, or a note says what was let in.

    Parameters
    ----------
    cohort : CohortConfig
    table : DataFrame
        The cohort table of the patients who take part.
    features : DataFrame
        ``patient_id``, then features, for the same patients in the same order; or no row.

    Returns
    -------
    list of str
        Notes on what ``cohort.allow`` let in.

    Raises
    ------
    CohortError
        Naming the columns and what was found.
    ConfigError
        ``cohort.allow`` names a column that is not there.
    """
    outcome = check_outcome(table["time"], table["event"])
    sources = [table[list(dict.fromkeys(cohort.covariates))]]
    if len(features) == len(table):
        sources.append(features.iloc[:, 1:])
    names = [str(name) for source in sources for name in source]
    _require_known(cohort, names)
    found = [copy for source in sources for copy in copies_of_outcome(source, outcome)]
    for whose, other in _of_other_causes(cohort, table):
        told = {copy.name for copy in found}
        found += [
            Copy(copy.name, f"{copy.evidence} (events of {whose})")
            for source in sources
            for copy in copies_of_outcome(source, other)
            if copy.name not in told
        ]
    told = {copy.name for copy in found}
    found += [Copy(name, "bears the name of a column of the outcome") for name in _namesakes(cohort, names, told)]
    refused = [copy for copy in found if copy.name not in cohort.allow]
    if refused:
        raise _error(cohort, refused)
    return [
        f"cohort.allow lets {copy.name!r} in, which {copy.evidence}: no number below counts as a prediction unless it was known"
        " before follow-up began"
        for copy in found
    ]


def _of_other_causes(cohort: CohortConfig, table: pd.DataFrame) -> Iterator[tuple[str, Outcome]]:
    """What else became of patients, where events have several causes: a death says something of a progression."""
    if EVENT_CAUSE not in table or not is_competing(table).any():
        return
    yield "any cause", of_any_cause(table)
    for cause in sorted(table.loc[is_competing(table), EVENT_CAUSE].unique()):
        yield cause_name(cohort, int(cause)), check_outcome(table["time"], table[EVENT_CAUSE] == cause)


def selection_notes(cohort: CohortConfig) -> list[str]:
    """Where ``cohort.select`` picks patients by what became of them."""
    return [
        f"cohort.select picks patients by {name}, the outcome itself: survival among them is not that of the patients one"
        " meets, and every number below holds for nobody whose outcome is not known yet"
        for name in cohort.select
        if name in ("time", "event")
    ]


def plausibility_notes(patients: Patients) -> list[str]:
    """Features whose own concordance is beyond what a measurement at the start can have."""
    # Imported here because it is compiled code: the stage that reads the cohort does without the compiler.
    from radsurv.survival.implausible_features import implausible_features

    found = implausible_features(patients.measured.values, patients.names, patients.outcome)
    if not found:
        return []
    shown = ", ".join(f"{name} (C {c:.3f})" for name, c in list(found.items())[:FAULTS_SHOWN])
    more = f" and {len(found) - FAULTS_SHOWN} more" if len(found) > FAULTS_SHOWN else ""
    several = len(found) > 1
    return [
        f"{number(len(found))} feature{'s' * several} alone order{'s' * (not several)} the patients by their outcome, C or 1 − C"
        f" of at least 0.95: {shown}{more}; hardly anything measured before follow-up began does: see what"
        f" {'they are' if several else 'it is'}"
    ]


def _namesakes(cohort: CohortConfig, names: Sequence[str], told: set[str]) -> list[str]:
    """Other columns that are called like the column that time or event came from."""
    outcome = {cohort.columns.get(name, name).casefold() for name in ("time", "event")} | {"time", "event"}
    return [name for name in names if name.casefold() in outcome and name not in told]


def _require_known(cohort: CohortConfig, names: Sequence[str]) -> None:
    for name in cohort.allow:
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
            like = f"; nearest: {', '.join(map(repr, nearest))}" if nearest else ""
            raise ConfigError(
                f"cohort.allow: no column of cohort.features and no covariate is called {name!r}{like}; expected names of those"
                " that look like the outcome"
            )


def _error(cohort: CohortConfig, refused: list[Copy]) -> CohortError:
    source = cohort.source if cohort.features is None else f"{cohort.features}, {cohort.source}"
    shown = "; ".join(f"{copy.name!r} {copy.evidence}" for copy in refused[:FAULTS_SHOWN])
    more = f"; and {len(refused) - FAULTS_SHOWN} more" if len(refused) > FAULTS_SHOWN else ""
    names = ", ".join(copy.name for copy in refused[:FAULTS_SHOWN])
    return CohortError(
        f"{source}: {shown}{more}: the outcome cannot be among what predicts it; remove the column"
        f"{'s' * (len(refused) > 1)}, or, if known before follow-up began, say 'cohort.allow=[{names}]'"
    )
