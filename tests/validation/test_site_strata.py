"""Sites as strata: every patient in one, small sites together, and none where there is nothing to tell apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from radsurv.survival.outcome import check_outcome
from radsurv.validation.site_strata import site_strata


def strata(sites, events):
    return site_strata(sites, check_outcome(np.ones(len(events)), events))


def test_small_sites_and_patients_without_one_are_together():
    """d has five patients and one event, c two patients; nobody knows the site of the last two."""
    sites = [*"bbbbbb", *"aaaaa", *"cc", *"ddddd", None, float("nan"), ""]
    events = [1, 1, 1, 0, 0, 0, *[1] * 5, *[1] * 2, 1, 0, 0, 0, 0, 1, 0, 1]
    found = strata(sites, events)
    assert [(one.name, len(one), one.n_events, one.pooled) for one in found] == [
        ("a", 5, 5, False), ("b", 6, 3, False), ("other", 10, 5, True),
    ]  # fmt: skip
    assert found[1].members.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_site_called_other_keeps_its_name():
    found = strata([*["other"] * 5, *"aaaaa", "b"], [1] * 11)
    assert [one.name for one in found] == ["a", "other", "other (pooled)"]


def test_one_usable_site_or_none_is_no_strata():
    assert site_strata(None, check_outcome([1.0], [1])) == ()
    assert strata(["a"] * 9, [1] * 9) == ()
    assert strata([*"aaaaa", *"bbbb"], [1] * 9) == ()
    assert strata([*"aaaaa", *"bbbbb"], [1] * 5 + [1, 0, 0, 0, 0]) == ()
    assert strata([None] * 9, [1] * 9) == ()
    assert len(strata([*"aaaaa", *"bbbbb"], [1] * 5 + [1, 1, 0, 0, 0])) == 2


@given(patients=st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.booleans()), min_size=1, max_size=40))
def test_everybody_is_in_one_stratum_and_no_site_is_split(patients):
    sites, events = zip(*patients, strict=True)
    found = strata(sites, events)
    if not found:
        return
    assert sorted(np.concatenate([one.members for one in found])) == list(range(len(patients)))
    for one in found:
        assert one.n_events == sum(events[member] for member in one.members)
        assert one.pooled or {sites[member] for member in one.members} == {one.name}
    for site in set(sites):
        assert sum(any(sites[member] == site for member in one.members) for one in found) == 1
