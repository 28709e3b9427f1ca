"""Whose fault a fault is: the patient's, the run's, or everybody's."""

import errno

import pytest

from radsurv.compute.attempt import Outcome, attempt, require_one
from radsurv.errors import CohortError, EveryPatientFails, PatientError


def raising(error):
    def function(_):
        raise error

    return function


def test_a_value_is_a_value():
    assert attempt(lambda number: number + 1, 2) == Outcome(3, None)


def test_a_fault_that_a_check_has_found_is_told_as_it_is():
    assert attempt(raising(PatientError("the outline is empty")), 0) == Outcome(None, "the outline is empty")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ZeroDivisionError("division by zero\nin three lines\nof text"),
            r"division by zero; look at the patient's files",
        ),
        (RuntimeError("\n\n  ITK ERROR: no luck"), "ITK ERROR: no luck; look"),
        (KeyError(), "line [0-9]+; look"),
        (ValueError("x" * 5000), "x{199}…; look"),
        (RecursionError("too deep"), "too deep"),
        (OSError("not a library's answer that the operating system knows"), "not a library's"),
        (MemoryError("Unable to allocate 9.00 TiB"), r"Unable to allocate 9\.00 TiB; free memory, take fewer workers"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_other_is_the_patient_s_and_said_to_be_unexpected(error, said):
    outcome = attempt(raising(error), 0)
    assert outcome.value is None
    assert outcome.unexpected
    assert outcome.reason.startswith(f"unexpected {type(error).__name__} in test_attempt.py, line ")
    assert "\n" not in outcome.reason
    with pytest.raises(AssertionError, match=said):  # `match` as a search that shows both texts
        raise AssertionError(outcome.reason)


@pytest.mark.parametrize(
    "error",
    [
        CohortError("of everybody"),
        OSError(errno.ENOSPC, "No space left on device", "features.npz"),
        PermissionError(errno.EACCES, "Permission denied", "rois"),
        KeyboardInterrupt(),
        SystemExit(3),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_of_the_run_ends_it(error):
    with pytest.raises(type(error)):
        attempt(raising(error), 0)


def test_a_fault_of_everybody_is_raised_and_one_sound_patient_disproves_it():
    bad = [attempt(raising(ValueError("no codec")), number) for number in range(3)]
    with pytest.raises(
        EveryPatientFails, match=r"^images: 3 of 3 attempts failed.* unexpected ValueError .*: no codec"
    ):
        require_one(bad, "images")
    require_one([*bad, Outcome(1, None)], "images")
    require_one([*bad, Outcome(None, "the outline is empty")], "images")
    require_one([], "images")
