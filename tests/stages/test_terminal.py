"""Work over patients: order kept, one patient's fault kept to that patient, a fault of the run raised."""

import os
import signal
import threading

import pytest

from radsurv.errors import CohortError, PatientError
from radsurv.stages import terminal
from radsurv.stages.terminal import PATIENTS_WORTH_PROCESSES, over_patients


def halve(number):
    if number % 2:
        raise PatientError(f"{number} is odd")
    if number > 100:
        raise CohortError("too large for everybody")
    return number // 2


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_outcomes_come_in_order_with_reasons(n_jobs):
    outcomes = over_patients(halve, [4, 3, 0, 10], whose=str, label="halve", n_jobs=n_jobs)
    assert [outcome.value for outcome in outcomes] == [2, None, 0, 5]
    assert [outcome.reason for outcome in outcomes] == [None, "3 is odd", None, None]


def test_no_patients_is_no_error_and_other_errors_stop_the_run():
    assert over_patients(halve, [], whose=str, label="halve", n_jobs=2) == []
    with pytest.raises(CohortError):
        over_patients(halve, [2, 102], whose=str, label="halve", n_jobs=1)


@pytest.mark.slow
def test_few_patients_stay_in_this_thread_and_many_go_to_processes():
    """Two threads that read their first image at once corrupt ITK's memory, about once in twenty-five starts."""

    def where(_):  # nested, so that it travels by value: a worker process cannot always import the tests
        return os.getpid(), threading.current_thread() is threading.main_thread()

    few = over_patients(where, [0, 1, 2], whose=str, label="few", n_jobs=2)
    assert {outcome.value for outcome in few} == {(os.getpid(), True)}
    many = over_patients(where, list(range(PATIENTS_WORTH_PROCESSES)), whose=str, label="many", n_jobs=2)
    assert os.getpid() not in {outcome.value[0] for outcome in many}


def test_silent_when_not_a_terminal(capfd):
    over_patients(halve, [2, 4], whose=str, label="halve", n_jobs=1)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_unexpected_faults_are_outcomes_in_this_process_and_in_others(n_jobs, monkeypatch):
    monkeypatch.setattr(terminal, "PATIENTS_WORTH_PROCESSES", 1)

    def work(number):
        if number == 1:
            raise MemoryError(f"no room for {number}")
        return 6 // number

    outcomes = over_patients(work, [0, 1, 2, 3], whose=str, label="divide", n_jobs=n_jobs)
    assert [outcome.value for outcome in outcomes] == [None, None, 3, 2]
    assert [outcome.unexpected is not None for outcome in outcomes] == [True, True, False, False]
    assert outcomes[0].reason.startswith("unexpected ZeroDivisionError in test_terminal.py, line ")
    assert "no room for 1; free memory" in outcomes[1].reason


@pytest.mark.slow
def test_a_worker_that_the_system_ends_is_one_patient_s_outcome(monkeypatch):
    monkeypatch.setattr(terminal, "PATIENTS_WORTH_PROCESSES", 1)

    def work(number):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    outcomes = over_patients(work, [1, 2, 3, 4], whose=str, label="work", n_jobs=2)
    assert [outcome.value for outcome in outcomes] == [1, None, 3, 4]
    assert outcomes[1].unexpected
    assert "ended a worker process (SIGKILL) each time it worked on this patient" in outcomes[1].reason
