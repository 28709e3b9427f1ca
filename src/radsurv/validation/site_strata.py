"""The sites of a cohort as strata: inside of which outcomes are shuffled, and by which results are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from radsurv.survival.outcome import Outcome

# A site of less has next to no orders of its own that a test could tell apart, and no hazard ratio.
FEWEST_PATIENTS, FEWEST_EVENTS = 5, 2
FEWEST_SITES = 2
OTHER, OTHER_POOLED = "other", "other (pooled)"  # the second where a site has the name of the first


@dataclass(frozen=True)
class Stratum:
    """Patients of one site, or those of all that are too small, together.

    Attributes
    ----------
    name
        Of the site.
    members : (member,) int64
        Positions of the patients, ascending.
    n_events
    pooled
        Whether it is several sites, or patients without one.
    """

    name: str
    members: Int[np.ndarray, "member"]
    n_events: int
    pooled: bool = False

    def __len__(self) -> int:
        return len(self.members)

    @property
    def usable(self) -> bool:
        """Whether there are enough patients and events to say something of them."""
        return len(self) >= FEWEST_PATIENTS and self.n_events >= FEWEST_EVENTS


def site_strata(sites: Sequence[object] | None, outcome: Outcome) -> tuple[Stratum, ...]:
    """Every patient in one stratum: usable sites in the order of the alphabet, then all others together.

    A site is usable with at least `FEWEST_PATIENTS` patients and `FEWEST_EVENTS` events: counts that no shuffle inside of it
    changes.

    Parameters
    ----------
    sites
        Of the patients; what is no text, or empty, is no site. None where the cohort table has none.
    outcome
        Of the same patients.

    Returns
    -------
    tuple of Stratum
        Empty with fewer than two usable sites: then there is nothing to tell apart.
    """
    if sites is None:
        return ()
    found = [_stratum(name, inside, outcome) for name, inside in members_by_site(sites).items()]
    usable = [one for one in found if one.usable]
    if len(usable) < FEWEST_SITES:
        return ()
    names = [one.name for one in usable]
    rest = ~np.isin(site_names(sites), names)
    if not rest.any():
        return tuple(usable)
    return (*usable, _stratum(OTHER_POOLED if OTHER in names else OTHER, rest, outcome, pooled=True))


def every_site(sites: Sequence[object], outcome: Outcome) -> tuple[Stratum, ...]:
    """Every site as a stratum, however small, in the order of the alphabet; a patient without one is in none."""
    return tuple(_stratum(name, inside, outcome) for name, inside in members_by_site(sites).items())


def site_names(sites: Sequence[object]) -> np.ndarray:
    """(patient,) text: the site, empty where there is none."""
    return np.array([site if isinstance(site, str) else "" for site in sites], dtype=object)


def members_by_site(sites: Sequence[object]) -> dict[str, Bool[np.ndarray, "patient"]]:
    """Who is of each site, in the order of the alphabet."""
    names = site_names(sites)
    return {name: names == name for name in sorted(set(names) - {""})}


def _stratum(name: str, inside: Bool[np.ndarray, "patient"], outcome: Outcome, *, pooled: bool = False) -> Stratum:
    return Stratum(name, np.flatnonzero(inside), int(outcome.event[inside].sum()), pooled)
