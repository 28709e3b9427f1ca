"""Why something is not on a page that others see."""

from __future__ import annotations

from collections.abc import Mapping

from radsurv.options.run import LoggedPatients
from radsurv.report.places import Places

# A message may name patients, and of a run that failed, or cannot be read, nobody knows which there are.
FAILED = "failed: summary.csv of its sweep, or the terminal, says why"
UNREAD = "cannot be read or shown: the terminal says why"


def told(reasons: Mapping[str, str], patients: LoggedPatients, instead: str) -> dict[str, str]:
    """Reasons by name as they may be seen: in full where ids may, without folders; else, `instead` of each."""
    if patients != "ids":
        return dict.fromkeys(reasons, instead)
    places = Places.here()
    return {name: places.text(reason) for name, reason in reasons.items()}
