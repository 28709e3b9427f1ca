"""Follow-up as the terminal tells it, and what about it is not plausible: a wrong unit shows here first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radsurv.cohort.landmark import since_landmark
from radsurv.formats import number, plural
from radsurv.options.cohort_table import DAYS, TimeUnit
from radsurv.survival.kaplan_meier import SurvivalCurve, median_follow_up, median_survival, survival_curve
from radsurv.survival.outcome import check_outcome, of_any_cause

LONGEST_MEDIAN_YEARS = 40.0
LONGEST_LIFE_YEARS = 120.0
# Days since 1900-01-01 of the dates from 1982 to 2064.
EXCEL_SERIALS = (30_000, 60_000)
CALENDAR_YEARS = (1900, 2100)
FEWEST_EVENTS = 5
FEWEST_EVENTS_SHARE = 0.02
# Between "another disease" and "another unit"; months for days are 30, years for days 365.
ANOTHER_UNIT = 15.0
BETWEEN_MONTHS_AND_YEARS = 105.0  # √(30.4 · 365)


@dataclass(frozen=True)
class FollowUp:
    """Follow-up of a cohort, in its own unit.

    Attributes
    ----------
    unit : str
    median_survival : float or None
        The first time at which the Kaplan-Meier curve is at one half or below; None where it stays above.
    median_follow_up : float or None
        The same of the reverse Kaplan-Meier curve, in which being censored is the event [1]_.
    shortest, longest : float
    landmark_days : float or None
        After the start of the table's times, where these start.

    References
    ----------
    .. [1] Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time. Control Clin Trials 1996;17:343.
    """

    unit: TimeUnit
    median_survival: float | None
    median_follow_up: float | None
    shortest: float
    longest: float
    landmark_days: float | None = None

    def describe(self) -> str:
        """Unit, both medians and the range, each by its name; medians in years as well."""
        return (
            f"time in {self.unit} (cohort.time_unit){since_landmark(self.landmark_days)}: median survival"
            f" {self._shown(self.median_survival)} by Kaplan-Meier, median follow-up {self._shown(self.median_follow_up)} by"
            f" reverse Kaplan-Meier, range {number(self.shortest)} to {number(self.longest)}"
        )

    def _shown(self, median: float | None) -> str:
        if median is None:
            return "not reached"
        if self.unit == "years":
            return number(median)
        years = median * _in_years(self.unit)
        return f"{number(median)} ({years:.1f} years)" if years >= 0.1 else f"{number(median)} ({years:.2g} years)"


def follow_up(cohort: pd.DataFrame, unit: TimeUnit, landmark_days: float | None = None) -> FollowUp:
    """Follow-up of the patients of a cohort table (``time``, ``event``, ``event_cause`` where there are several)."""
    outcome = check_outcome(cohort["time"], cohort["event"])
    return FollowUp(
        unit,
        median_survival(outcome).time,
        median_follow_up(of_any_cause(cohort)).time,
        float(outcome.time.min()),
        float(outcome.time.max()),
        landmark_days,
    )


def doubts(cohort: pd.DataFrame, unit: TimeUnit, landmark: float = 0.0) -> list[str]:
    """What is hardly true of the follow-up of a cohort, each with the usual cause.

    Parameters
    ----------
    cohort
    unit
    landmark
        When its times start, in the unit, after those of the table, which are what is doubted.
    """
    cohort = cohort.assign(time=cohort["time"] + landmark)
    time = cohort["time"].to_numpy(float)
    return [*_on_times(time, unit), *_on_ages(cohort, unit), *_on_events(cohort["event"].to_numpy(int))]


def unlike_model(cohort: pd.DataFrame, unit: TimeUnit, curve: SurvivalCurve, of_model: str) -> list[str]:
    """Whether these patients lived so much longer or shorter than those of a model that units were mixed up.

    Compared are the times at which both curves are down to the same share of patients: one half, or the higher one that both
    reach.
    """
    own = survival_curve(check_outcome(cohort["time"], cohort["event"]))
    if not len(own.survival) or not len(curve.survival):
        return []
    share = max(0.5, float(own.survival.min()), float(curve.survival.min()))
    here, there = _time_at(own, share), _time_at(curve, share)
    if here is None or there is None:
        return []
    ratio = max(here / there, there / here)
    if ratio < ANOTHER_UNIT:
        return []
    units = "days and months differ by 30" if ratio < BETWEEN_MONTHS_AND_YEARS else "days and years differ by 365"
    return [
        f"these patients come down to {share:.0%} event-free after {number(here)} {unit}, those of the model ({of_model}) after"
        f" {number(there)}: a factor of {ratio:.0f} ({units}); is cohort.time_unit={unit} true of both?"
    ]


def _time_at(curve: SurvivalCurve, share: float) -> float | None:
    """The first time at which a curve is at a share or below."""
    reached = curve.event_times[curve.survival <= share + 1e-9]
    return float(reached[0]) if len(reached) else None


def _on_times(time: np.ndarray, unit: TimeUnit) -> Iterator[str]:
    years = _in_years(unit)
    middle, longest = float(np.median(time)), float(time.max())
    whole = bool(np.all(time == np.floor(time)))
    asked = f"is cohort.time_unit={unit} right?"
    if whole and np.mean((time >= EXCEL_SERIALS[0]) & (time <= EXCEL_SERIALS[1])) > 0.5:
        yield (
            f"times around {number(middle)} look like dates as Excel stores them (days since 1900); expected the time from"
            " the start to the event: subtract the date of the start"
        )
    elif whole and CALENDAR_YEARS[0] <= time.min() and longest <= CALENDAR_YEARS[1]:
        yield (
            f"times from {number(float(time.min()))} to {number(longest)} look like calendar years; expected the time from the"
            " start to the event"
        )
    elif middle * years > LONGEST_MEDIAN_YEARS or longest * years > LONGEST_LIFE_YEARS:
        yield (
            f"half of the patients are followed for {number(middle)} {unit} or longer ({middle * years:.0f} years), one for"
            f" {number(longest)} ({longest * years:.0f} years), longer than people live: {asked}"
        )
    elif middle * years * 12 < 1:
        like = "months or years" if unit == "days" else "a larger unit"
        yield (
            f"half of the patients are followed for {number(middle)} {unit} or less, not one month"
            f"{'' if whole else ', and times are no whole numbers'}; such times look like {like}: {asked}"
        )
    if len(np.unique(time)) == 1:
        yield f"every time is {number(middle)}: is it the right column?"


def _on_ages(cohort: pd.DataFrame, unit: TimeUnit) -> Iterator[str]:
    if "age" not in cohort:
        return
    age, years = cohort["age"].to_numpy(float), cohort["time"].to_numpy(float) * _in_years(unit)
    old = age > LONGEST_LIFE_YEARS
    if old.any():
        yield (
            f"age is above 120 in {int(old.sum())} patients, first {cohort['patient_id'].iloc[int(np.argmax(old))]} with"
            f" {number(float(age[old][0]))}: years expected, and ages in days are common in archives (divide by 365.25)"
        )
    unborn = age < 0
    if unborn.any():
        yield (
            f"age is below 0 in {plural(int(unborn.sum()), 'patient')}, first {cohort['patient_id'].iloc[int(np.argmax(unborn))]} with"
            f" {number(float(age[unborn][0]))}: years expected; correct it"
        )
    late = (age <= LONGEST_LIFE_YEARS) & (age + years > LONGEST_LIFE_YEARS)
    if late.any():
        at = int(np.argmax(late))
        yield (
            f"age and follow-up together are above 120 years in {int(late.sum())} patients, first"
            f" {cohort['patient_id'].iloc[at]} ({number(float(age[at]))} + {years[at]:.0f}): is cohort.time_unit={unit} right?"
        )


def _on_events(event: np.ndarray) -> Iterator[str]:
    n, n_events = len(event), int(event.sum())
    if n_events == n:
        yield (
            f"all {n} patients have the event: nobody was still followed without it; if that is not so, check event and"
            " cohort.values.event, and whether patients were selected by outcome"
        )
    elif n_events < max(FEWEST_EVENTS, FEWEST_EVENTS_SHARE * n):
        yield (
            f"only {n_events} of {n} patients have the event: too few to learn from, or event is coded the other way round"
            " (1 died or progressed, 0 censored)"
        )


def _in_years(unit: TimeUnit) -> float:
    return DAYS[unit] / DAYS["years"]
