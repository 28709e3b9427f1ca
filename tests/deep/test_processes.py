"""The mailbox between processes, and silence."""

import logging
import pickle
import threading
import warnings

import numpy as np

from radsurv.deep.processes import mailbox, quiet


def test_vectors_posted_by_copies_in_other_processes_all_arrive_here():
    """A process that Lightning starts gets the outbox pickled."""
    arrived = {}
    vectors = {f"SIMULATED-{i:03d}": np.full(5, i, dtype=np.float32) for i in range(20)}
    with quiet(), mailbox(lambda patient_id, vector: arrived.update({patient_id: vector})) as post:
        copy = pickle.loads(pickle.dumps(post))  # noqa: S301 (our own)
        writer = threading.Thread(target=lambda: [copy(*letter) for letter in vectors.items()])
        writer.start()
        writer.join()
    assert arrived.keys() == vectors.keys()
    for patient_id, vector in vectors.items():
        np.testing.assert_array_equal(arrived[patient_id], vector)


def test_delivered_before_the_end():
    arrived = threading.Event()
    with mailbox(lambda *_: arrived.set()) as post:
        post("SIMULATED-001", np.zeros(3, dtype=np.float32))
        assert arrived.wait(timeout=600)


def test_error_of_the_receiver_is_raised_and_nobody_waits():
    def full(*_):
        raise OSError("disk full")

    raised = []

    def post_many() -> None:
        try:
            with mailbox(full) as post:
                for i in range(5):
                    post(f"SIMULATED-{i:03d}", np.zeros(10**5, dtype=np.float32))
        except OSError as error:
            raised.append(str(error))

    poster = threading.Thread(target=post_many, daemon=True)
    poster.start()
    poster.join(timeout=600)
    assert raised == ["disk full"]


def test_quiet_ends():
    logger = logging.getLogger("pytorch_lightning")
    level, filters = logger.level, list(warnings.filters)
    with quiet():
        assert not logger.isEnabledFor(logging.WARNING)
    assert logger.level == level
    assert warnings.filters == filters
