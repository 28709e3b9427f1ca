"""Whose patch it is that a network or a device fails on."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from radsurv.compute.attempt import is_of_one_patient, reason_of


def one_by_one(
    run: Callable[[list[str]], None], patient_ids: Sequence[str], done: Container[str], works: Callable[[], bool]
) -> dict[str, str]:
    """Work on all patients at once; where that fails, on ever smaller groups of them, down to the one who is at fault.

    Parameters
    ----------
    run : callable
        Works on some patients, and puts each into `done` who is.
    patient_ids : sequence of str
    done : container of str
    works : callable
        Whether the same work succeeds with something that nothing is wrong with. Asked after each failure.

    Returns
    -------
    dict of str to str
        By patient who is not `done`, the reason.

    Raises
    ------
    Exception
        What `run` raises, where it is no single patient's fault.
    """
    faults: dict[str, str] = {}
    groups = [list(patient_ids)]
    while groups:
        group = [patient_id for patient_id in groups.pop() if patient_id not in done]
        if not group:
            continue
        try:
            run(group)
        except Exception as error:
            if not is_of_one_patient(error) or not works():
                raise
            left = [patient_id for patient_id in group if patient_id not in done]
            if left == group and len(group) == 1:
                faults[group[0]] = reason_of(error)
            else:
                groups += [left[len(left) // 2 :], left[: len(left) // 2]]
    return faults
