"""Whoever fails alone is found, whoever does not is not."""

import errno

import pytest

from radsurv.deep.one_by_one import one_by_one


@pytest.mark.parametrize("bad", [set(), {0}, {7}, {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7}], ids=str)
@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_the_bad_ones_are_named_and_all_others_done(bad, batch_size):
    ids, done, runs = [f"P{number}" for number in range(8)], {}, []
    bad = {f"P{number}" for number in bad}

    def run(group):
        runs.append(group)
        for start in range(0, len(group), batch_size):
            batch = group[start : start + batch_size]
            if bad & set(batch):
                raise ValueError(f"one of {batch}")
            done.update(dict.fromkeys(batch))

    faults = one_by_one(run, ids, done, lambda: True)
    assert set(faults) == bad
    assert set(done) == set(ids) - bad
    assert all(reason.startswith("unexpected ValueError") for reason in faults.values())
    assert len(runs) <= 1 + 2 * len(bad) * 4  # by halves


def test_what_fails_with_anything_is_nobody_s_fault():
    with pytest.raises(ValueError, match="the device is gone"):
        one_by_one(lambda _: raising(ValueError("the device is gone")), ["a", "b"], {}, lambda: False)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_nor_is_a_fault_of_the_machine(error):
    with pytest.raises(type(error)):
        one_by_one(lambda _: raising(error), ["a", "b"], {}, lambda: True)


def raising(error):
    raise error
