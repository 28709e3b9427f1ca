"""Objects are fetched once for each version, and kept within a limit."""

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from radsurv.compute.cache_contents import contents
from radsurv.compute.cache_use import CacheUse
from radsurv.errors import StorageError
from radsurv.objects.mirror import AT_ONCE, Mirror
from radsurv.options.urls import Url


@pytest.fixture
def fetched(storage, monkeypatch):
    """Paths whose bytes were asked for."""
    paths: list[str] = []
    read = MemoryFileSystem.cat_file

    def cat_file(self, path, *given, **named):
        paths.append(path)
        return read(self, path, *given, **named)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", cat_file)
    return paths


def at(key):
    return Url.parse(f"memory://bucket/{key}")


def test_an_object_is_fetched_once_for_each_version(storage, fetched, tmp_path):
    mirror, use = Mirror(tmp_path / "cache", None), CacheUse()
    storage.pipe_file("bucket/a.nii", b"one")
    for number in range(3):
        mirror.bring(at("a.nii"), tmp_path / f"{number}/a.nii", use)
        assert (tmp_path / f"{number}/a.nii").read_bytes() == b"one"
    assert (len(fetched), use.written, use.read) == (1, 1, 2)
    storage.pipe_file("bucket/a.nii", b"two")
    mirror.bring(at("a.nii"), tmp_path / "a.nii", use)
    assert (tmp_path / "a.nii").read_bytes() == b"two"
    assert len(fetched) == 2


def test_a_folder_comes_with_its_objects_and_only_new_ones_are_fetched(storage, fetched, tmp_path):
    mirror, use = Mirror(tmp_path / "cache", None), CacheUse()
    names = [f"{number:03d}.dcm" for number in range(AT_ONCE + 3)]
    for name in names:
        storage.pipe_file(f"bucket/s/{name}", name.encode())
    places = mirror.bring(at("s"), tmp_path / "s", use)
    assert places == {name: tmp_path / "s" / name for name in names}
    assert all(places[name].read_bytes() == name.encode() for name in names)
    storage.pipe_file("bucket/s/new.dcm", b"new")
    fetched.clear()
    numbered = mirror.bring(at("s"), tmp_path / "t", use, numbered=True)
    assert [path.rpartition("/")[2] for path in fetched] == ["new.dcm"]
    assert numbered["002.dcm"].name == "000002.dcm"
    assert numbered["new.dcm"].read_bytes() == b"new"
    assert len(list((tmp_path / "t").iterdir())) == len(names) + 1


def test_where_nothing_is_nothing_comes(storage, tmp_path):
    assert Mirror(tmp_path / "cache", None).bring(at("a"), tmp_path / "a", CacheUse()) == {}
    assert list(tmp_path.iterdir()) == []


def test_what_changes_while_it_is_fetched_is_not_kept(storage, monkeypatch, tmp_path):
    mirror, read = Mirror(tmp_path / "cache", None), MemoryFileSystem.cat_file
    storage.pipe_file("bucket/a", b"one")

    def cat_file(self, path, *given, **named):
        storage.pipe_file("bucket/a", b"two")
        return read(self, path, *given, **named)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", cat_file)
    with pytest.raises(StorageError, match="changed while it was fetched: run again"):
        mirror.bring(at("a"), tmp_path / "a", CacheUse())
    assert contents(mirror.folder).entries == []


def test_what_is_kept_stays_within_the_limit_of_its_own(storage, tmp_path):
    mirror, use = Mirror(tmp_path / "cache", 10_000), CacheUse()
    for number in range(20):
        storage.pipe_file(f"bucket/{number}", bytes([number]) * 1_000)
        mirror.bring(at(str(number)), tmp_path / str(number), use)
    storage.pipe_file("bucket/large", bytes(10_001))
    mirror.bring(at("large"), tmp_path / "large", use)
    assert (tmp_path / "large").stat().st_size == 10_001
    mirror.prune()
    kept = contents(mirror.folder)
    assert 5_000 < kept.size <= 10_000
    assert contents(tmp_path / "cache").entries == []  # the cache of features counts none of it


def test_a_damaged_entry_and_a_cache_that_cannot_be_written_cost_a_fetch(storage, fetched, tmp_path):
    mirror, use = Mirror(tmp_path / "cache", None), CacheUse()
    storage.pipe_file("bucket/a", b"one")
    mirror.bring(at("a"), tmp_path / "a", use)
    (entry,) = contents(mirror.folder).entries
    entry.path.write_bytes(entry.path.read_bytes()[:-1] + b"x")
    mirror.bring(at("a"), tmp_path / "a", use)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert list(use.damaged.values()) == ["its checksum is another"]
    (tmp_path / "file").write_text("no folder")
    other = Mirror(tmp_path / "file", None)
    other.bring(at("a"), tmp_path / "b", use)
    assert (tmp_path / "b").read_bytes() == b"one"
    assert use.unwritable or use.unreadable
    assert len(fetched) == 3


def test_what_may_tell_of_a_person_is_not_kept(storage, fetched, tmp_path):
    mirror, use = Mirror(tmp_path / "cache", None, keeps=False), CacheUse()
    storage.pipe_file("bucket/a", b"one")
    for _ in range(2):
        mirror.bring(at("a"), tmp_path / "a", use)
    assert len(fetched) == 2
    assert not (tmp_path / "cache").exists()
