"""``radsurv cache``: what lies there, what is broken, and what is deleted."""

import errno
import os
from pathlib import Path

import pytest

from radsurv.cli import main
from radsurv.compute.cache_folder import CacheFolder

DAY = 86_400


def key(number):
    return f"{number:064x}"


@pytest.fixture
def cache(tmp_path):
    """Four entries, used on the first days of 1970, and a file of an earlier version."""
    for number, kind in enumerate(("deep", "deep", "radiomics", "search")):
        CacheFolder(tmp_path, kind).put(key(number), bytes(10_000))
        os.utime(path(tmp_path, kind, number), ((number + 1) * DAY + DAY / 2,) * 2)
    earlier = path(tmp_path, "radiomics", 9).with_suffix(".npz")
    earlier.write_bytes(b"PK")
    os.utime(earlier, (DAY * 5.5,) * 2)
    return tmp_path


def path(folder, kind, number):
    return folder / kind / "00" / f"{key(number)}.entry"


@pytest.fixture
def say(cache, capsys):
    """The command on this cache; returns status, standard output by line, standard error."""

    def say(*arguments):
        status = main(["cache", f"compute.cache_dir={cache}", *arguments])
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err

    return say


def rows(lines):
    return {line.split()[0]: line.split()[1:] for line in lines if line.split()[0] in {"deep", "radiomics", "search"}}


def test_kinds_numbers_sizes_and_days(say, cache):
    status, shown, error = say()
    assert (status, error) == (0, "")
    assert shown[0] == f"{cache}: 5 entries, 40.5 KB (compute.cache_limit: at most 20.0 GB)"
    assert shown[1].split() == [
        "kind",
        "entries",
        "size",
        "oldest",
        "use",
        "latest",
        "use",
        "broken",
        "unreadable",
        "earlier",
    ]
    assert rows(shown) == {
        "deep": ["2", "20.2", "KB", "1970-01-02", "1970-01-03", "0", "0", "0"],
        "radiomics": ["2", "10.1", "KB", "1970-01-04", "1970-01-06", "0", "0", "1"],
        "search": ["1", "10.1", "KB", "1970-01-05", "1970-01-05", "0", "0", "0"],
    }


def test_a_wrong_checksum_is_found_by_verifying(say, cache):
    file = path(cache, "search", 3)
    file.write_bytes(file.read_bytes()[:-1] + b"1")
    assert say()[0] == 0
    status, shown, error = say("--verify")
    assert status == 1
    assert rows(shown)["search"][-3:] == ["1", "0", "0"]
    assert error == (
        f"radsurv: error: 1 broken, computed again by the next run that needs them: {file}, its checksum is another\n"
    )


def test_a_wrong_length_is_seen_without(say, cache):
    os.truncate(path(cache, "deep", 1), 500)
    status, shown, error = say()
    assert status == 1
    assert rows(shown)["deep"][-3:] == ["1", "0", "0"]
    assert "bytes of content, expected 10000" in error


def test_what_is_broken_here_is_said_where_the_shared_cache_cannot_be_asked(say, cache):
    os.truncate(path(cache, "deep", 1), 500)
    status, shown, error = say("compute.shared_cache=s33://b/c")
    assert status == 1
    assert rows(shown)["deep"][-3:] == ["1", "0", "0"]
    assert error.startswith("radsurv: error: 1 broken, ")
    assert "; compute.shared_cache: s33://b/c: no storage is known" in error
    assert len(error.splitlines()) == 1


def test_a_shared_cache_at_the_address_of_an_object_is_one_line(say, storage):
    storage.pipe_file("bucket/table.csv", b"id")
    status, _, error = say("compute.shared_cache=memory://bucket/table.csv")
    assert status == 1
    assert error.startswith(
        "radsurv: error: compute.shared_cache: memory://bucket/table.csv is an object; expected a folder"
    )
    assert len(error.splitlines()) == 1


def test_looking_and_verifying_is_no_use(say, cache):
    before = [file.stat().st_mtime_ns for file in sorted(cache.rglob("*.entry"))]
    say("--verify")
    assert [file.stat().st_mtime_ns for file in sorted(cache.rglob("*.entry"))] == before


def test_entries_that_cannot_be_read_are_counted(say, cache, monkeypatch):
    real = Path.open

    def refused(self, *args, **kwargs):
        if self == path(cache, "deep", 0):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refused)
    for arguments in ((), ("--verify",)):
        status, shown, _ = say(*arguments)
        assert status == 0
        assert rows(shown)["deep"][-3:] == ["0", "1", "0"]


@pytest.mark.parametrize(
    ("arguments", "remain"),
    [
        (["--prune", "25kB"], [2, 3]),  # and the earlier one, which is small and was used last
        (["--prune", "0"], []),
        (["compute.cache_limit=15kB", "--prune"], [3]),
        (["--prune"], [0, 1, 2, 3]),
    ],
)
def test_prune_leaves_the_most_recently_used(say, cache, arguments, remain):
    status, shown, _ = say(*arguments)
    assert status == 0
    assert shown[0].startswith("to ")
    assert sorted(int(file.stem, 16) for file in cache.rglob("*.entry")) == remain


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prune", "much"], "--prune much: expected a size, for instance 5GB"),
        (["compute.cache_limit=null", "--prune"], "sets no limit: say to which size"),
        (["compute.cache_limit=much"], "compute.cache_limit: could not parse value"),
    ],
)
def test_a_size_that_is_none_is_one_clear_error(say, cache, arguments, message):
    status, _, error = say(*arguments)
    assert status == 1
    assert message in error
    assert len(error.splitlines()) == 1
    assert len([*cache.rglob("*.entry")]) == 4


def test_what_cannot_be_deleted_ends_with_status_1(say, monkeypatch):
    def refused(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refused)
    status, shown, error = say("--prune", "0")
    assert status == 1
    assert "5 could not be (the first: deep/00/" in shown[0]
    assert "5 entries could not be deleted" in error


def test_a_cache_that_is_not_there_is_empty(tmp_path, capsys):
    assert main(["cache", f"compute.cache_dir={tmp_path / 'none'}"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'none'}: 0 entries, 0 B (compute.cache_limit: at most 20.0 GB)\n"
    assert not (tmp_path / "none").exists()
