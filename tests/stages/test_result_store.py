"""Finished pieces of an analysis, kept on disk."""

from radsurv.compute.cache_folder import CacheFolder
from radsurv.compute.cache_use import CacheUse
from radsurv.objects.shared_cache import SharedCache
from radsurv.options.urls import Url
from radsurv.stages.result_store import ResultStore


def test_a_file_that_is_torn_or_absent_is_no_result(tmp_path):
    store = ResultStore(tmp_path)
    assert store.get("search", "abc") is None
    assert store.use == CacheUse()
    store.put("search", "abc", [[{"cindex": 0.6, "lambda_rule": "1se"}, 0.1 + 0.2]])
    assert store.get("search", "abc") == [[{"cindex": 0.6, "lambda_rule": "1se"}, 0.1 + 0.2]]
    assert store.get("permutation", "abc") is None
    (file,) = (tmp_path / "search").rglob("*.entry")
    file.write_bytes(file.read_bytes()[:-10])
    assert store.get("search", "abc") is None
    assert list(store.use.damaged) == ["search/ab/abc.entry"]
    assert store.use.written == 1


def test_pieces_of_another_machine_are_found_and_the_longest_counts(storage, tmp_path):
    shared = SharedCache(Url.parse("memory://bucket/cache"))
    first, second = (ResultStore(tmp_path / machine, shared) for machine in ("first", "second"))
    first.put("search", "abc", [1])
    assert second.get("search", "abc") == [1]
    for store, rows in ((first, [1, 2, 3]), (second, [1])):
        store.put("permutation", "abc", rows, grows=True)
    assert second.get("permutation", "abc", grows=True) == [1, 2, 3]
    assert ResultStore(tmp_path / "third", shared).get("permutation", "abc") == [1, 2, 3]
    assert (second.use.read, second.use.fetched, second.use.written) == (2, 2, 1)


def test_something_else_than_a_list_is_no_result(tmp_path):
    CacheFolder(tmp_path, "search").put("abc", b'{"trials": []}')
    store = ResultStore(tmp_path)
    assert store.get("search", "abc") is None
    assert store.use.damaged == {"search/ab/abc.entry": "dict, expected a list"}
