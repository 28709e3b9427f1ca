import numpy as np
import pytest
from sksurv.util import Surv

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import check_outcome


def test_structured_outcome_is_that_of_scikit_survival():
    time, event = np.array([3.0, 1.5, 2.0]), np.array([True, False, True])
    expected = Surv.from_arrays(event, time)
    assert np.array_equal(check_outcome(time, event).structured(), expected)
    assert np.array_equal(expected["time"], time)
    assert np.array_equal(expected["event"], event)


def test_events_may_be_numbers():
    assert check_outcome([1, 2], [0, 1]).event.tolist() == [False, True]


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1.0, 0.0], [1, 0], "time of row 1 is 0.0"),
        ([1.0, -2.0], [1, 0], "time of row 1 is -2.0"),
        ([np.inf, 1.0], [1, 0], "time of row 0 is inf"),
        ([1.0, np.nan], [1, 0], "time of row 1 is nan"),
        ([1.0, 2.0], [1, 2], "event of row 1 is 2.0"),
        ([1.0, 2.0], [1, np.nan], "event of row 1 is nan"),
        (["soon", 2.0], [1, 0], "must be numbers"),
        ([1.0, 2.0], [1], "two columns of equal length"),
    ],
)
def test_what_is_no_outcome_is_refused(time, event, message):
    with pytest.raises(TrainingSetError, match=message):
        check_outcome(time, event)
