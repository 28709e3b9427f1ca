"""A folder that people share: rights, faults of the file system, and what is said of them."""

import errno
import os
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from radsurv.compute import cache_folder
from radsurv.compute.cache_folder import CacheFolder
from radsurv.compute.cache_use import CacheUse
from radsurv.errors import StorageError

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


def slow(monkeypatch, name):
    """A function of Path that lets other threads go first."""
    real = getattr(Path, name)

    def wait(self, *args, **kwargs):
        time.sleep(0.001)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, name, wait)


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


def test_threads_lose_no_count(tmp_path, monkeypatch):
    """The switch to another thread comes where it did harm: while an entry is written, or read."""
    cache, keys = CacheFolder(tmp_path, "kind", Elsewhere()), [f"{number:064x}" for number in range(40)]
    for name in ("write_bytes", "read_bytes"):
        slow(monkeypatch, name)
    for told in (lambda key: cache.put(key, b"content"), lambda key: cache.get(key, whole)):
        with ThreadPoolExecutor(4) as threads:
            [*threads.map(told, keys)]
    cache.share()
    assert len([*tmp_path.rglob("*.entry")]) == len(keys)
    assert cache.use == CacheUse(written=len(keys), read=len(keys), shared=len(keys))


def test_what_came_of_it_is_handed_back_by_a_worker_process(tmp_path):
    cache = CacheFolder(tmp_path, "kind")
    cache.put(KEY, b"content")
    assert pickle.loads(pickle.dumps(cache)).use == cache.use == CacheUse(written=1)  # noqa: S301


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


class Elsewhere:
    """A place beyond, in memory; `calls` has what was asked of it, and while `error` is set it cannot be used."""

    def __init__(self):
        self.files, self.calls, self.error = {}, [], None

    def _asked(self, what, names):
        self.calls.append((what, len(names)))
        if self.error is not None:
            raise self.error

    def fetch(self, names):
        self._asked("fetch", names)
        return [self.files.get(name) for name in names]

    def send(self, files):
        self._asked("send", files)
        self.files |= files

    def size(self, name):
        self._asked("size", [name])
        return len(self.files.get(name, b""))


def test_what_one_machine_stores_another_finds(tmp_path):
    beyond = Elsewhere()
    first = CacheFolder(tmp_path / "first", "kind", beyond)
    assert first.get(KEY, whole) is None
    first.put(KEY, b"content")
    assert beyond.files == {}
    first.share()
    first.share()
    assert first.use == CacheUse(written=1, shared=1)
    assert beyond.files == {NAME: (tmp_path / "first" / NAME).read_bytes()}
    second = CacheFolder(tmp_path / "second", "kind", beyond)
    assert [second.get(KEY, whole) for _ in range(2)] == [b"content"] * 2
    assert second.use == CacheUse(read=2, fetched=1)
    assert (tmp_path / "second" / NAME).read_bytes() == beyond.files[NAME]
    assert beyond.calls == [("fetch", 1), ("send", 1), ("fetch", 1)]


def test_many_are_fetched_and_sent_together(tmp_path):
    beyond, keys = Elsewhere(), [f"{number:064x}" for number in range(cache_folder.AT_ONCE + 3)]
    first = CacheFolder(tmp_path / "first", "kind", beyond)
    for key in keys:
        first.put(key, key.encode())
    first.share()
    assert beyond.calls == [("send", cache_folder.AT_ONCE), ("send", 3)]
    second = CacheFolder(tmp_path / "second", "kind", beyond)
    second.put(keys[0], b"its own")
    found = second.get_all([*keys, OTHER], whole)
    assert found == {key: key.encode() for key in keys} | {keys[0]: b"its own"}
    assert (second.use.read, second.use.fetched) == (len(keys), len(keys) - 1)
    assert beyond.calls[2:] == [("fetch", cache_folder.AT_ONCE), ("fetch", 3)]


def test_nothing_that_is_damaged_elsewhere_is_believed_and_it_is_replaced(tmp_path):
    beyond = Elsewhere()
    CacheFolder(tmp_path / "first", "kind", beyond).put(KEY, b"content")
    file = (tmp_path / "first" / NAME).read_bytes()
    for damage in (file[:-3], b"", bytes(len(file)), file + b"x" * 99):
        beyond.files[NAME] = damage
        cache = CacheFolder(tmp_path / "second", "kind", beyond)
        assert cache.get(KEY, whole, grows=True) is None
        assert not (tmp_path / "second").exists()
        assert [*cache.use.damaged] == [f"{NAME} of the shared cache"]
        cache.put(KEY, b"content", grows=True)
        cache.share()
        assert beyond.files[NAME] == file
        (tmp_path / "second" / NAME).unlink()
        for folder in ("second/kind/ab", "second/kind", "second"):
            (tmp_path / folder).rmdir()


def test_what_is_damaged_here_is_fetched(tmp_path):
    beyond = Elsewhere()
    cache = CacheFolder(tmp_path, "kind", beyond)
    cache.put(KEY, b"content")
    cache.share()
    (tmp_path / NAME).write_bytes(b"")
    assert cache.get(KEY, whole) == b"content"
    assert (tmp_path / NAME).read_bytes() == beyond.files[NAME]
    (note,) = cache.use.notes()
    assert note.endswith("is damaged: fetched or computed again and replaced")


def test_of_an_entry_that_grows_the_longest_counts(tmp_path):
    beyond = Elsewhere()
    first, second = (CacheFolder(tmp_path / name, "kind", beyond) for name in ("first", "second"))
    for cache, content in ((first, b"12345"), (second, b"123")):
        cache.put(KEY, content, grows=True)
        cache.share()
    assert (first.use.shared, second.use.shared) == (1, 0)
    assert second.get(KEY, whole) == b"123"
    assert second.get(KEY, whole, grows=True) == b"12345"
    assert (second.use.read, second.use.fetched) == (2, 1)
    second.put(KEY, b"123456", grows=True)
    second.share()
    assert first.get(KEY, whole, grows=True) == b"123456"


def test_a_place_beyond_that_does_not_answer_loses_nothing_and_is_said(tmp_path):
    beyond = Elsewhere()
    cache = CacheFolder(tmp_path, "kind", beyond)
    beyond.error = StorageError("s3://bucket/x: https://host does not answer", "ReadTimeoutError")
    assert cache.get(KEY, whole, grows=True) is None
    for key in (KEY, OTHER):
        cache.put(key, b"content", grows=True)
    cache.share()
    assert cache.get(KEY, whole, grows=True) == b"content"
    assert cache.use.notes() == [
        "not looked for in the shared cache (compute.shared_cache, ReadTimeoutError): 1 result, computed here",
        "not taken by the shared cache (compute.shared_cache, ReadTimeoutError): 2 results;"
        " `radsurv cache --share` uploads what compute.cache_dir has of them",
    ]
    assert (cache.use.read, cache.use.written, cache.use.fetched, cache.use.shared) == (1, 2, 0, 0)
    beyond.error = None
    cache.put(KEY, b"content and more", grows=True)
    cache.share()
    assert [*cache.use.unshared] == [OTHERS_NAME]


def test_an_entry_that_grows_replaces_none_whose_length_is_not_known(tmp_path, monkeypatch):
    """Storage that takes objects and does not say how long those are that it has."""
    beyond = Elsewhere()
    first, second = (CacheFolder(tmp_path / name, "kind", beyond) for name in ("first", "second"))
    first.put(KEY, b"12345", grows=True)
    first.share()
    longest = beyond.files[NAME]

    def denied(_name):
        raise StorageError("s3://bucket/x: denied", "denied")

    with monkeypatch.context() as now:
        now.setattr(beyond, "size", denied)
        second.put(KEY, b"123", grows=True)
        second.share()
        assert beyond.files == {NAME: longest}
        assert second.use == CacheUse(written=1, unshared={NAME: "denied"})
        assert second.get(KEY, whole, grows=True) == b"123"
        assert second.use == CacheUse(written=1, read=1, unshared={NAME: "denied"}, unasked={NAME: "denied"})
    second.put(KEY, b"1234", grows=True)
    second.share()
    assert beyond.files == {NAME: longest}
    assert second.use.unshared == {}


def test_a_folder_that_cannot_be_used_does_without_itself(tmp_path, monkeypatch):
    """The place beyond is then all there is."""
    beyond = Elsewhere()
    (tmp_path / "file").write_text("no folder")
    for content in (b"content", b"other"):
        cache = CacheFolder(tmp_path / "file", "kind", beyond)
        found = cache.get(KEY, whole)
        assert found == (None if content == b"content" else b"content")
        cache.put(OTHER if found else KEY, content)
        cache.share()
    assert [*beyond.files] == [NAME, OTHERS_NAME]
