"""A file is whole, or it is as it was."""

import errno
import hashlib
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radsurv.errors import in_words
from radsurv.files import about, atomic, repository, sha256


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_the_file_takes_its_place_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "table.csv"
    with atomic(path) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == path.parent, "a rename within a folder is one step"
        assert not path.exists()
    assert path.read_text() == "whole"
    assert names(path.parent) == ["table.csv"]


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("before")

    def write_half():
        with atomic(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_half()
    assert path.read_text() == "before"
    assert names(tmp_path) == ["table.csv"]


def test_a_block_that_fails_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(KeyboardInterrupt), atomic(tmp_path / "table.csv"):
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@pytest.mark.parametrize(("umask", "rights"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_it_has_the_rights_of_any_new_file(tmp_path, umask, rights):
    """Temporary files are their owner's alone, and a group shares a folder to read and replace each other's files."""
    path = tmp_path / "table.csv"
    before = os.umask(umask)
    try:
        with atomic(path) as temporary:
            temporary.write_text("whole")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == rights


def test_in_a_folder_of_a_group_it_is_the_groups(tmp_path):
    if os.getuid() != 0:
        pytest.skip("needs root to give a folder to a group that it is not in")
    tmp_path.chmod(0o2775)
    os.chown(tmp_path, -1, 4321)
    with atomic(tmp_path / "new" / "table.csv") as temporary:
        temporary.write_text("whole")
    assert [(tmp_path / name).stat().st_gid for name in ("new", "new/table.csv")] == [4321, 4321]


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "table.csv"
    with atomic(path) as first, atomic(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer block ends last
    assert names(tmp_path) == ["table.csv"]


def test_hash_of_the_bytes(tmp_path):
    """Vector of FIPS 180-2, appendix B.1."""
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    large = bytes(range(256)) * 5000
    path.write_bytes(large)
    assert sha256(path) == hashlib.sha256(large).hexdigest()


def as_text(target):
    with target.open("w") as file:
        file.write("x" * 100_000)


def as_arrays(target):
    with target.open("wb") as file:
        np.savez_compressed(file, image=np.random.default_rng(0).random(100_000))


def as_parquet(target):
    pq.write_table(pa.table({"x": range(100_000)}), target)


@pytest.mark.parametrize("write", [as_text, as_arrays, as_parquet])
def test_what_cannot_be_written_to_its_end_names_the_file(tmp_path, write):
    """As a full disk does, a limit on the size of files ends a write in the middle; the system's message names no file."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "table"
    path.write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def too_much():
        with atomic(path) as temporary:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
            try:
                write(temporary)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    with pytest.raises(OSError, match="File too large") as error:
        too_much()
    assert in_words(error.value) == f"{path}: File too large: raise the limit on the size of files (ulimit -f)"
    assert path.read_text() == "before"
    assert names(tmp_path) == ["table"]


def test_a_folder_that_cannot_be_written_names_the_file_and_not_its_temporary_name(tmp_path, monkeypatch):
    def refused(path, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("pathlib.Path.touch", refused)
    with pytest.raises(PermissionError) as error, atomic(tmp_path / "table.csv"):
        pass
    assert error.value.filename == str(tmp_path / "table.csv")


def test_other_files_keep_their_own_errors(tmp_path):
    with pytest.raises(FileNotFoundError) as error, about(tmp_path / "table.csv"):
        (tmp_path / "source.csv").read_bytes()
    assert error.value.filename == str(tmp_path / "source.csv")


def test_an_error_without_a_number_keeps_its_words(tmp_path):
    with pytest.raises(OSError, match="closed") as error, about(tmp_path / "table.csv"):
        raise OSError("closed")
    assert in_words(error.value) == f"{tmp_path / 'table.csv'}: closed"


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("home/work", "home"),
        ("home", "home"),
        ("home/.dvc/tmp/exps/tmp1x", "home"),
        ("home/.dvc/tmp/exps/standalone/tmp1x/deeper", "home"),
        ("outside", None),
    ],
)
def test_the_repository_is_the_original_also_in_dvcs_own_copies(tmp_path, monkeypatch, folder, found):
    """`dvc exp run --queue` works below the folder that `--temp` has a folder of its own in."""
    (tmp_path / "home/.dvc").mkdir(parents=True)
    (tmp_path / folder / (".dvc" if "tmp1x" in folder else ".")).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / folder)
    assert repository() == (None if found is None else tmp_path / found)
