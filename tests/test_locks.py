"""A lock leaves nothing behind, and lets the next one in."""

import errno
import os

import pytest
from filelock import Timeout

from radsurv.locks import SOFT, alone


@pytest.mark.parametrize("knows_locks", [True, False])
def test_one_at_a_time(tmp_path, monkeypatch, knows_locks):
    def flock(descriptor, operation):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    if not knows_locks:
        monkeypatch.setattr("fcntl.flock", flock)
    file = tmp_path / "key.json"
    with alone(file, 0.0):
        with pytest.raises(Timeout) as busy, alone(file, 0.0):
            pass
        assert busy.value.lock_file == f"{file}{'.lock' if knows_locks else SOFT}"
        with alone(tmp_path / "other.json", 0.0):
            pass
    assert list(tmp_path.iterdir()) == []
    with alone(file, 0.0):
        pass


def test_what_cannot_be_written_is_no_wait(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file") as error, alone(tmp_path / "file" / "key.json", 0.0):
        pass
    assert not isinstance(error.value, Timeout)
