"""A stage that stored something keeps the cache within its limit, and a run says what was wrong once."""

import errno
import os
from pathlib import Path

import pytest

import conf
from radsurv.compute.cache_contents import contents
from radsurv.compute.cache_folder import CacheFolder
from radsurv.compute.cache_use import CacheUse
from radsurv.stages.cache_limit import settle


@pytest.fixture
def three(tmp_path):
    """Three entries of 1 kB and a line; their files, the least recently used first."""
    for number in range(3):
        CacheFolder(tmp_path, "deep").put(f"{number:064x}", bytes(1000))
    files = [tmp_path / "deep/00" / f"{number:064x}.entry" for number in range(3)]
    for number, file in enumerate(files):
        os.utime(file, (number, number))
    return files


def settled(folder, limit, use):
    return settle(conf.compute(cache_dir=str(folder), cache_limit=limit), use)


def test_within_the_limit_after_storing(tmp_path, three):
    assert settled(tmp_path, "3 kB", CacheUse()) == [], "the cache has not grown"
    assert settled(tmp_path, None, CacheUse(written=1)) == []
    assert settled(tmp_path, "1 MB", CacheUse(written=1)) == []
    assert len(contents(tmp_path).entries) == 3
    (note,) = settled(tmp_path, "3 kB", CacheUse(written=1))
    size = three[1].stat().st_size
    assert note == (
        f"the cache has reached compute.cache_limit, 3.0 KB: 1 least recently used entry deleted ({size / 1000:.1f} KB)"
    )
    assert [file.exists() for file in three] == [False, True, True]


def test_what_others_own_is_said(tmp_path, three, monkeypatch):
    def refused(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refused)
    (note,) = settled(tmp_path, "3 kB", CacheUse(written=1))
    assert note.endswith(
        f"0 least recently used entries deleted (0 B), 3 could not be (the first: deep/00/{three[0].name}, Permission denied)"
    )


def test_troubles_are_notes(tmp_path):
    use = CacheUse(unreadable={"deep/ab/1.entry": "Permission denied"}, unwritable={"deep/cd/2.entry": "Full"})
    assert settled(tmp_path, "3 kB", use) == use.notes()
