"""The cache gives back what was stored, under exactly the same recipe, and nothing after damage."""

from pathlib import Path

import numpy as np
import pytest

from radsurv.features.cache import FeatureCache

VALUES = np.array([1.5, np.nan, -3.0])


def test_gives_back_values_and_warnings_bit_for_bit(tmp_path):
    cache = FeatureCache(tmp_path, {"levels": 16})
    cache.put("abc", VALUES, ["12 of 16 grey levels"])
    found = cache.get("abc")
    assert found is not None
    assert found.values.tobytes() == VALUES.tobytes()
    assert found.warnings == ["12 of 16 grey levels"]


@pytest.mark.parametrize(("recipe", "content"), [({"levels": 32}, "abc"), ({"levels": 16}, "abd")])
def test_another_recipe_or_other_pixels_are_another_key(tmp_path, recipe, content):
    FeatureCache(tmp_path, {"levels": 16}).put("abc", VALUES)
    assert FeatureCache(tmp_path, recipe).get(content) is None


def test_the_order_of_a_recipe_does_not_matter(tmp_path):
    FeatureCache(tmp_path, {"a": 1, "b": 2}).put("abc", VALUES)
    assert FeatureCache(tmp_path, {"b": 2, "a": 1}).get("abc") is not None


def stored_file(folder):
    cache = FeatureCache(folder, {})
    cache.put("abc", VALUES)
    (file,) = folder.rglob("*.npz")
    return cache, file


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file", b"no archive at all"])
def test_a_damaged_file_counts_as_absent(tmp_path, damage):
    cache, file = stored_file(tmp_path)
    file.write_bytes(damage)
    assert cache.get("abc") is None
    cache.put("abc", VALUES)
    assert cache.get("abc") is not None


# Of an entry in the list of a ZIP archive: the bytes that say how it is compressed (12 is bzip2, 99 nothing), and that it is encrypted.
@pytest.mark.parametrize(("place", "value"), [(10, 99), (10, 12), (8, 1)])
def test_an_archive_that_says_it_is_of_another_kind_is_damaged(tmp_path, place, value):
    cache, file = stored_file(tmp_path)
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + place] = value
    file.write_bytes(content)
    assert cache.get("abc") is None


def test_an_array_without_its_archive_is_damaged(tmp_path):
    cache, file = stored_file(tmp_path)
    with file.open("wb") as stream:
        np.save(stream, VALUES)
    assert cache.get("abc") is None


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_cannot_be_read_now_is_reported_and_stays(tmp_path, monkeypatch, error):
    cache, file = stored_file(tmp_path)

    def refused(*_args, **_kwargs):
        raise error

    with monkeypatch.context() as now:
        now.setattr(Path, "open", refused)
        with pytest.raises(type(error)):
            cache.get("abc")
    assert file.is_file()
    assert cache.get("abc") is not None


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full_disk(*_args, **_kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="No space"):
        FeatureCache(tmp_path, {}).put("abc", VALUES)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
