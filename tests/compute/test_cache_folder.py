"""A folder that people share: rights, faults of the file system, and what is said of them."""

import errno
import os
import time
from pathlib import Path

import pytest

from radsurv.compute import cache_folder
from radsurv.compute.cache_folder import CacheFolder, CacheUse

KEY, OTHER = "ab" * 32, "cd" * 32
NAME, OTHERS_NAME = f"kind/ab/{KEY}.entry", f"kind/cd/{OTHER}.entry"
DENIED, BROKEN = PermissionError(errno.EACCES, "Permission denied"), OSError(errno.EIO, "Input/output error")


def whole(content):
    return content


@pytest.fixture
def umask():
    """Sets it; as before at the end."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(
    ("mask", "root", "folders", "entry"),
    [
        (0o002, 0o2775, 0o2775, 0o664),
        (0o022, 0o2775, 0o2775, 0o664),  # the next of the group must be able to store beside it, and to mark it as used
        (0o077, 0o2770, 0o2770, 0o660),
        (0o022, 0o755, 0o755, 0o644),
        (0o077, 0o700, 0o700, 0o600),
    ],
)
def test_entries_have_the_rights_that_their_folder_gives(tmp_path, umask, mask, root, folders, entry):
    shared = tmp_path / "cache"
    shared.mkdir()
    shared.chmod(root)
    umask(mask)
    CacheFolder(shared, "kind").put(KEY, b"content")
    assert [(shared / name).stat().st_mode & 0o7777 for name in ("kind", "kind/ab")] == [folders, folders]
    assert (shared / NAME).stat().st_mode & 0o7777 == entry


def failing(monkeypatch, name, error, only=""):
    """A function of Path that fails for paths that hold `only`."""
    real = getattr(Path, name)

    def fail(self, *args, **kwargs):
        if only in str(self):
            raise error
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, name, fail)


@pytest.mark.parametrize("error", [DENIED, BROKEN])
def test_what_cannot_be_read_is_left_and_said(tmp_path, monkeypatch, error):
    CacheFolder(tmp_path, "kind").put(KEY, b"somebody's")
    before = (tmp_path / NAME).stat()
    cache = CacheFolder(tmp_path, "kind")
    with monkeypatch.context() as now:
        failing(now, "open", error, only=KEY)  # what read_bytes goes through
        assert cache.get(KEY, whole) is None
        cache.put(KEY, b"mine")
    after = (tmp_path / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert cache.use == CacheUse(unreadable={NAME: error.strerror})
    assert CacheFolder(tmp_path, "kind").get(KEY, whole) == b"somebody's"


@pytest.mark.skipif(os.getuid() == 0, reason="rights do not bind root")
def test_rights_that_bind(tmp_path):
    CacheFolder(tmp_path, "kind").put(KEY, b"somebody's")
    (tmp_path / NAME).chmod(0)
    cache = CacheFolder(tmp_path, "kind")
    assert cache.get(KEY, whole) is None
    assert cache.use.unreadable == {NAME: "Permission denied"}


def test_a_folder_that_cannot_be_written_is_used_for_reading(tmp_path, monkeypatch):
    CacheFolder(tmp_path, "kind").put(KEY, b"somebody's")
    cache = CacheFolder(tmp_path, "kind")

    def read_only(*_args, **_kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    monkeypatch.setattr(Path, "touch", read_only)
    monkeypatch.setattr(cache_folder.os, "utime", read_only)
    assert cache.get(KEY, whole) == b"somebody's"
    assert cache.get(OTHER, whole) is None
    cache.put(OTHER, b"mine")
    assert cache.use == CacheUse(unwritable={OTHERS_NAME: "Read-only file system"}, read=1)


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    failing(monkeypatch, "write_bytes", OSError(errno.ENOSPC, "No space left on device"))
    cache = CacheFolder(tmp_path, "kind")
    cache.put(KEY, b"content")
    assert cache.use == CacheUse(unwritable={NAME: "No space left on device"})
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_use_is_marked(tmp_path):
    cache = CacheFolder(tmp_path, "kind")
    cache.put(KEY, b"content")
    os.utime(tmp_path / NAME, (0, 0))
    started = time.time()
    assert cache.get(KEY, whole) == b"content"
    assert (tmp_path / NAME).stat().st_mtime >= started - 5  # clocks of file systems tick more slowly


def test_an_entry_that_vanishes_while_it_is_read(tmp_path):
    cache = CacheFolder(tmp_path, "kind")
    cache.put(KEY, b"content")

    def deleting(content):
        (tmp_path / NAME).unlink()
        return content

    assert cache.get(KEY, deleting) == b"content"
    assert cache.get(KEY, whole) is None
    assert cache.use == CacheUse(written=1, read=1)


def test_notes_count_and_name_the_first():
    use = CacheUse(unreadable={"kind/ab/1.entry": "Permission denied"})
    use.add(CacheUse(damaged={"kind/cd/2.entry": "it is empty"}))
    use.add(CacheUse(damaged={"kind/cd/2.entry": "it is empty", "kind/ef/3.entry": "format 1"}, written=2))
    assert use.written == 2
    assert [note.partition(":")[0] for note in CacheUse(unwritable={"a": "Full", "b": "Full"}).notes()] == [
        "the cache (compute.cache_dir) cannot be written, Full"
    ]
    unreadable, damaged = use.notes()
    assert unreadable.startswith(
        "1 entry of the cache (kind/ab/1.entry, Permission denied) cannot be read: left as it is"
    )
    assert damaged == (
        "each of 2 entries of the cache (the first: kind/cd/2.entry, it is empty) is damaged: computed again and replaced"
    )
    use.add(CacheUse(unwritable={"a": "Full"}))
    assert use.notes()[1].endswith("is damaged: computed again")
    assert CacheUse(written=3).notes() == []
