"""Compiled code on disk: never another's, whoever else compiles at the same time."""

import pytest
from numba.core.caching import IndexDataCacheFile

from radsurv.compiling import Files, kernel


def at_the_same_time(kind, folder):
    """Two processes, neither of which has seen the other's index: what is found later for the kinds of arguments of each."""
    folder.mkdir()
    one, other = (kind(str(folder), "loops.add-1.py311", "stamp") for _ in range(2))
    save = one._save_data

    def while_the_other_has_begun(name, data):
        other_name = other._data_name(1)
        save(name, data)
        other._save_data(other_name, "for integers")

    one._save_data = while_the_other_has_begun
    one.save("numbers", "for numbers")
    return kind(str(folder), "loops.add-1.py311", "stamp").load("numbers")


def test_the_code_of_one_kind_is_never_that_of_another(tmp_path):
    assert at_the_same_time(IndexDataCacheFile, tmp_path / "numba") == "for integers"  # why there is another
    assert at_the_same_time(Files, tmp_path / "ours") == "for numbers"


@pytest.fixture
def files(tmp_path):
    return lambda stamp: Files(str(tmp_path), "loops.add-1.py311", stamp)


def test_what_no_index_names_is_not_kept(files, tmp_path):
    (tmp_path / "loops.add-1.py311.1.nbc").write_bytes(b"numbered, of an earlier version")
    (tmp_path / "loops.added-1.py311.1.nbc").write_bytes(b"of another function")
    files("first").save("numbers", 1)
    files("second").save("integers", 2)
    assert files("second").load("integers") == 2
    assert files("second").load("numbers") is None
    assert len([*tmp_path.glob("loops.add-1.py311.*.nbc")]) == 1
    assert (tmp_path / "loops.added-1.py311.1.nbc").exists()


def test_code_that_was_announced_and_never_written_is_compiled_again(files, monkeypatch):
    killed = files("first")
    monkeypatch.setattr(killed, "_save_data", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        killed.save("numbers", 1)
    assert files("first").load("numbers") is None


def test_a_kernel_is_what_the_function_is():
    @kernel()
    def doubled(number):
        return 2 * number

    assert (doubled(3), doubled(1.5)) == (6, 3.0)
    assert isinstance(doubled._cache._cache_file, Files)
