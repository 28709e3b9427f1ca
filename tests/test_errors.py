"""Errors in words."""

import errno
import os

import pytest

from radsurv.errors import ConfigError, in_words


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, ": make room on the disk"),
        (errno.EACCES, ": change its rights, or name another place"),
        (errno.ENOENT, ": correct the path, or make the folder"),
        (errno.EIO, ""),
    ],
)
def test_an_error_of_the_system_names_its_file_and_a_remedy_that_fits(number, remedy):
    error = OSError(number, os.strerror(number), "images/A.nii")
    assert in_words(error) == f"images/A.nii: {os.strerror(number)}{remedy}"


def test_what_has_a_message_of_its_own_keeps_it():
    assert in_words(ConfigError("seed: too small")) == "seed: too small"
    assert in_words(OSError("closed")) == "closed"
