"""What there is at an address, and what is said where nobody can tell."""

import sys

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from radsurv.errors import PatientError, StorageError
from radsurv.objects import storage as module
from radsurv.objects.storage import contents_of, objects_at
from radsurv.options.urls import Url


def at(key):
    return Url.parse(f"memory://bucket/{key}")


def test_an_object_a_folder_and_nothing(storage):
    for key in ("a.csv", "series/2.dcm", "series/1[a].dcm", "series/below/3.dcm", "other/4.dcm"):
        storage.pipe_file(f"bucket/{key}", key.encode())
    assert [(one.url, one.size) for one in objects_at(at("a.csv"))] == [(at("a.csv"), 5)]
    series = objects_at(at("series"))
    assert [one.url for one in series] == [at("series/1[a].dcm"), at("series/2.dcm")]
    assert contents_of(series) == [b"series/1[a].dcm", b"series/2.dcm"]
    assert objects_at(at("serie")) == objects_at(at("a.csv/b")) == contents_of([]) == []


def test_another_content_is_another_version(storage):
    storage.pipe_file("bucket/a", b"1")
    first = objects_at(at("a"))
    assert objects_at(at("a")) == first
    assert first[0].version
    storage.pipe_file("bucket/a", b"2")
    assert objects_at(at("a")) != first


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ({"ETag": '"ab"', "LastModified": "x"}, "ab"),
        ({"etag": "cd", "md5Hash": "ef"}, "cd"),
        ({"mtime": 12.5}, "12.5"),
        ({"ETag": None}, ""),
    ],
)
def test_drivers_tell_versions_in_several_ways(storage, monkeypatch, told, version):
    found = {"name": "/bucket/a", "size": 3, "type": "file"}
    monkeypatch.setattr(MemoryFileSystem, "info", lambda *_, **__: found | told)
    assert [one.version for one in objects_at(at("a"))] == [version]


@pytest.mark.parametrize("name", ["..", "a" * 300, "b\0c"])
def test_a_key_that_no_file_can_have_is_the_patients_fault(storage, monkeypatch, name):
    listed = [{"name": f"/bucket/series/{name}", "size": 3, "type": "file", "created": 1}]
    monkeypatch.setattr(MemoryFileSystem, "info", lambda *_, **__: {"type": "directory"})
    monkeypatch.setattr(MemoryFileSystem, "ls", lambda *_, **__: listed)
    with pytest.raises(PatientError, match=r"^series holds an object called .*rename it$"):
        objects_at(at("series"))


def test_a_folder_that_is_an_object_of_no_bytes_is_none_of_its_own_files(storage, monkeypatch):
    listed = [{"name": f"/bucket/series/{name}", "size": 0, "type": "file", "created": 1} for name in ("", "1.dcm")]
    monkeypatch.setattr(MemoryFileSystem, "info", lambda *_, **__: {"type": "directory"})
    monkeypatch.setattr(MemoryFileSystem, "ls", lambda *_, **__: listed)
    assert [one.url.name for one in objects_at(at("series"))] == ["1.dcm"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError("Forbidden"), "the storage denies it .*right to list and read"),
        (
            TimeoutError("https://h/a?X-Amz-Signature=SECRET is slow"),
            r"cannot be read \(TimeoutError: https://h/a is slow\)",
        ),
        (OSError(5, "broken"), "check credentials, endpoint and region"),
    ],
)
def test_faults_of_the_storage_are_nobodys_fault_and_one_line(storage, monkeypatch, error, said):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(MemoryFileSystem, "info", fail)
    with pytest.raises(StorageError, match=said) as caught:
        objects_at(at("a"))
    assert not isinstance(caught.value, PatientError)
    assert "SECRET" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_fault_while_bytes_are_read_is_not_taken_for_bytes(storage):
    storage.pipe_file("bucket/a", b"1")
    found = objects_at(at("a"))
    storage.rm("bucket/a")
    with pytest.raises(StorageError, match="cannot be read"):
        contents_of(found)


@pytest.mark.parametrize(("scheme", "extra"), [("s3", "s3"), ("gs", "gs"), ("az", "azure")])
def test_a_driver_that_is_not_installed_is_named_with_what_brings_it(monkeypatch, scheme, extra):
    for driver in ("s3fs", "gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, driver, None)
        for known in fsspec.registry:
            assert driver not in fsspec.registry[known].__module__
    with pytest.raises(StorageError, match=rf"pip install 'radsurv\[{extra}\]'"):
        objects_at(Url(scheme, "bucket", "a"))
    assert module.EXTRAS[scheme] == extra


def test_an_unknown_kind_of_storage():
    with pytest.raises(StorageError, match="no storage is known by s33://"):
        objects_at(Url("s33", "bucket", "a"))
