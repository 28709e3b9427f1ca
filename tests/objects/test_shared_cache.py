"""Entries in object storage: where they lie, what is said where they cannot, and that a silent storage costs a minute once."""

import pytest
from fsspec.implementations.memory import MemoryFileSystem

import conf
from radsurv.errors import StorageError
from radsurv.objects import shared_cache
from radsurv.objects.shared_cache import MARK, PAUSE_S, SharedCache
from radsurv.options.urls import Url

NAME, OTHER = "deep/ab/abc.entry", "search/cd/cde.entry"


@pytest.fixture
def shared(storage, monkeypatch):
    monkeypatch.setattr(shared_cache, "_silent", {})
    return SharedCache(Url.parse("memory://bucket/group/cache"))


@pytest.fixture
def failing(monkeypatch):
    """Have a function of the driver fail; returns how often it was called."""

    def failing(name, error):
        calls = []

        def fail(*_args, **_kwargs):
            calls.append(name)
            raise error

        monkeypatch.setattr(MemoryFileSystem, name, fail)
        return calls

    return failing


def test_none_unless_it_is_asked_for():
    assert SharedCache.of(conf.compute()) is None
    assert SharedCache.of(conf.compute(shared_cache="s3://b/c/")) == SharedCache(Url("s3", "b", "c"))


def test_entries_lie_under_their_names(shared, storage):
    shared.send({NAME: b"one", OTHER: b"other"})
    shared.send({NAME: b"two"})
    assert storage.cat_file(f"bucket/group/cache/{NAME}") == b"two"
    assert shared.fetch([OTHER, "deep/ef/ef.entry", NAME]) == [b"other", None, b"two"]
    assert [shared.size(name) for name in (OTHER, "deep/ef/ef.entry", "deep")] == [5, 0, 0]
    shared.require()
    assert {name: size for name, size in shared.sizes().items() if name != MARK} == {NAME: 3, OTHER: 5}
    assert shared.fetch([]) == []
    shared.send({})


def test_one_that_is_not_there_is_begun_and_one_that_is_needs_no_right_to_write(shared, storage, failing):
    assert shared.sizes() == {}
    shared.require()
    assert [*shared.sizes()] == [MARK]
    assert b"may be deleted at any time" in storage.cat_file(f"bucket/group/cache/{MARK}")
    failing("pipe_file", PermissionError("Forbidden"))
    shared.require()


@pytest.mark.parametrize(
    ("name", "error", "said", "briefly"),
    [
        ("pipe_file", PermissionError("Forbidden"), "right to list, read and write", "denied"),
        ("pipe_file", FileNotFoundError("no such bucket"), r"cannot be written \(FileNotFoundError: no such bucket", "FileNotFoundError"),
        ("info", PermissionError("Forbidden"), "right to list and read,", "denied"),
        ("info", TimeoutError("slow"), r"cannot be read \(TimeoutError: slow", "TimeoutError"),
    ],
)  # fmt: skip
def test_one_that_cannot_be_used_is_said(shared, failing, name, error, said, briefly):
    failing(name, error)
    with pytest.raises(StorageError, match=f"^compute.shared_cache: .*{said}") as caught:
        shared.require()
    assert caught.value.briefly == briefly


def test_an_object_is_no_folder(shared, storage):
    storage.pipe_file("bucket/group/cache", b"a table")
    for asked in (shared.require, shared.sizes):
        with pytest.raises(StorageError, match=r"^compute\.shared_cache: .*cache is an object; expected a folder"):
            asked()


@pytest.mark.parametrize("address", ["memory://bucket", "memory://bucket/group/cache"])
def test_what_others_have_beside_it_is_not_looked_through(shared, storage, failing, address):
    shared = SharedCache(Url.parse(address))
    storage.pipe_file(f"{shared.url.path}/{'x' * 300}", b"no file can be called so")
    listed = failing("ls", TimeoutError("ten thousand objects"))
    shared.require()
    shared.send({NAME: b"one"})
    assert shared.size(NAME) == 3
    assert listed == []


def test_a_storage_that_does_not_answer_is_left_alone_for_a_while(shared, failing, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(shared_cache.time, "monotonic", lambda: now[0])
    asked = failing("cat_file", TimeoutError("https://host/bucket is slow"))
    for _ in range(3):
        with pytest.raises(StorageError, match="is slow") as caught:
            shared.fetch([NAME])
        assert caught.value.briefly == "TimeoutError"
    assert len(asked) == 1
    shared.send({NAME: b"one"})  # another right, or another way
    now[0] += PAUSE_S
    with pytest.raises(StorageError, match=r"^compute\.shared_cache: memory://"):
        shared.fetch([NAME])
    assert len(asked) == 2
