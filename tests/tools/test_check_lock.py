"""Which differences of dvc.lock end a check, and which another processor explains."""

import pytest
from check_lock import differing, verdict

LOCK = {"stages": {name: {"md5": name} for name in ("compose", "cohort", "radiomics", "deep", "report")}}


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ([], 0, "is what the demo gives"),
        (["deep", "report"], 0, "differs in stage deep, report. Another type of processor"),
        (["radiomics", "deep"], 1, "stage radiomics. If a change"),
        (["compose"], 1, "stage compose"),
        (["new"], 0, "stage new"),
    ],
)
def test_only_what_is_the_same_everywhere_ends_the_check(changed, status, said):
    found = {"stages": LOCK["stages"] | {name: {"md5": "other"} for name in changed}}
    assert differing(LOCK, found) == changed
    assert verdict(changed)[0] == status
    assert said in verdict(changed)[1]
