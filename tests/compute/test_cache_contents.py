"""What counts as an entry, which goes first, and several processes at once."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

from radsurv.compute.cache_contents import contents, prune
from radsurv.compute.cache_folder import CacheFolder


def key(number):
    return f"{number:064x}"[::-1]


def filled(folder, n=6, size=1000):
    """So many entries of two kinds, each used an hour after the one before; with their files, the least recently used first."""
    files = []
    for number in range(n):
        kind = "deep" if number % 2 else "radiomics"
        CacheFolder(folder, kind).put(key(number), bytes(size))
        file = folder / kind / key(number)[:2] / f"{key(number)}.entry"
        os.utime(file, (3600 * (number + 1),) * 2)
        files.append(file)
    return files


def left(files):
    return [file.exists() for file in files]


def test_the_least_recently_used_go_first(tmp_path):
    files = filled(tmp_path)
    each = files[0].stat().st_size
    assert contents(tmp_path).size == 6 * each
    assert CacheFolder(tmp_path, "radiomics").get(key(0), bytes) is not None  # used just now
    pruned = prune(tmp_path, 3 * each)
    assert left(files) == [True, False, False, False, True, True]
    assert (pruned.n_entries, pruned.n_bytes, pruned.bytes_left) == (3, 3 * each, 3 * each)
    assert prune(tmp_path, 3 * each).n_entries == 0
    assert prune(tmp_path, 3 * each - 1).n_entries == 1
    assert prune(tmp_path, 0).bytes_left == 0


def test_nothing_else_is_counted_or_deleted(tmp_path):
    """A folder that was given by mistake loses nothing."""
    name = "ab" * 32
    strangers = (
        f"{name}.entry",
        f"radiomics/{name}.entry",
        f"radiomics/cd/{name}.entry",
        f"radiomics/ab/{name}.txt",
        f"radiomics/ab/{name[:-1]}.entry",
        f"radiomics/ab/deeper/{name}.entry",
        f"ab/{name[2:40]}",
    )
    for stranger in strangers:
        (tmp_path / stranger).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / stranger).write_bytes(b"somebody's")
    (tmp_path / f"radiomics/ab/{'ab' * 31}ac.entry").symlink_to(tmp_path / strangers[0])
    assert contents(tmp_path).entries == []
    prune(tmp_path, 0)
    assert left(tmp_path / stranger for stranger in strangers) == [True] * len(strangers)


def test_files_of_earlier_versions_count_and_go(tmp_path):
    files = [tmp_path / "radiomics/ab" / f"{'ab' * 32}.npz", tmp_path / "search/cd" / f"{'cd' * 32}.json"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_bytes(bytes(10))
    assert contents(tmp_path).size == 20
    prune(tmp_path, 0)
    assert left(files) == [False, False]


def test_drafts_of_killed_processes_go_after_a_day(tmp_path):
    (entry,) = filled(tmp_path, 1)
    young, old = (entry.with_name(f".{entry.name}.{name}.tmp") for name in ("young", "old"))
    for draft, hours in ((young, 23), (old, 25)):
        draft.write_bytes(b"half")
        os.utime(draft, (time.time() - 3600 * hours,) * 2)
    assert len(contents(tmp_path).drafts) == 2
    prune(tmp_path, 10**9)
    assert left([young, old, entry]) == [True, False, True]


def test_a_folder_that_is_not_there_is_empty(tmp_path):
    assert prune(tmp_path / "nowhere", 0).n_entries == 0


def test_what_cannot_be_deleted_is_said_and_others_go(tmp_path, monkeypatch):
    files = filled(tmp_path)
    real = Path.unlink

    def refused(self, *args, **kwargs):
        if self == files[0]:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "unlink", refused)
    pruned = prune(tmp_path, 0)
    assert pruned.failed == {files[0]: "Permission denied"}
    assert pruned.n_entries == 5
    assert pruned.bytes_left == files[0].stat().st_size


def test_an_entry_used_since_it_was_listed_stays(tmp_path, monkeypatch):
    files = filled(tmp_path, 2)
    real = Path.unlink

    def meanwhile(self, *args, **kwargs):
        CacheFolder(tmp_path, "deep").get(key(1), bytes)
        real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "unlink", meanwhile)
    assert prune(tmp_path, 0).n_entries == 1
    assert left(files) == [False, True]


def test_a_folder_that_cannot_be_looked_into_is_said(tmp_path, monkeypatch):
    files = filled(tmp_path, 2)
    real = os.scandir

    def refused(folder):
        if folder == files[0].parent:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(folder)

    monkeypatch.setattr("radsurv.compute.cache_contents.os.scandir", refused)
    found = contents(tmp_path)
    assert [entry.path for entry in found.entries] == [files[1]]
    assert found.closed == [files[0].parent]


# Each process stores, reads back and prunes to a third of what both store; what it reads is right or absent.
SCRIPT = """
import hashlib, sys
from pathlib import Path
from radsurv.compute.cache_contents import prune
from radsurv.compute.cache_folder import CacheFolder

root, first = Path(sys.argv[1]), int(sys.argv[2])
cache, found = CacheFolder(root, "kind"), 0
for round in range(3):
    for number in range(100):
        key = hashlib.sha256(str((number + first) % 100).encode()).hexdigest()
        content = key.encode() * 16
        kept = cache.get(key, bytes)
        assert kept is None or kept == content
        found += kept is not None
        if kept is None:
            cache.put(key, content)
        if number % 10 == 0:
            pruned = prune(root, 40_000)
            assert not pruned.failed, pruned
assert not cache.use.notes(), cache.use
print(found, cache.use.written)
"""


def test_two_processes_write_read_and_prune_at_once(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), first], stdout=subprocess.PIPE, text=True, env=environment
        )
        for first in ("0", "50")
    ]
    for process in started:
        found, written = map(int, process.communicate()[0].split())
        assert process.returncode == 0
        assert found + written == 300
    prune(tmp_path, 40_000)
    found = contents(tmp_path)
    assert 0 < found.size <= 40_000
    assert found.drafts == []
