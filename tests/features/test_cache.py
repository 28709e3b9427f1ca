"""The cache gives back what was stored, under exactly the same recipe, and nothing after damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.compute.cache_folder import CacheFolder
from radsurv.features.cache import FeatureCache

VALUES = np.array([1.5, np.nan, -3.0])


def opened(folder, recipe=None, shape=(3,)):
    return FeatureCache(folder, "radiomics", recipe or {}, shape)


def entry(folder):
    (file,) = (folder / "radiomics").rglob("*.entry")
    return file


def test_gives_back_values_and_warnings_bit_for_bit(tmp_path):
    opened(tmp_path).put("abc", VALUES, ["12 of 16 grey levels"])
    found = opened(tmp_path).get("abc")
    assert found is not None
    assert found.values.tobytes() == VALUES.tobytes()
    assert found.warnings == ["12 of 16 grey levels"]


def test_keeps_shape_and_precision(tmp_path):
    effects = np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)
    opened(tmp_path, shape=(2, 3)).put("abc", effects)
    found = opened(tmp_path, shape=(2, 3)).get("abc")
    assert found.values.dtype == np.float32
    np.testing.assert_array_equal(found.values, effects)


@pytest.mark.parametrize(("recipe", "content"), [({"levels": 32}, "abc"), ({"levels": 16}, "abd")])
def test_another_recipe_or_other_pixels_are_another_key(tmp_path, recipe, content):
    opened(tmp_path, {"levels": 16}).put("abc", VALUES)
    assert opened(tmp_path, recipe).get(content) is None


def test_the_order_of_a_recipe_does_not_matter(tmp_path):
    opened(tmp_path, {"a": 1, "b": 2}).put("abc", VALUES)
    assert opened(tmp_path, {"b": 2, "a": 1}).get("abc") is not None


def truncated(content, place, _byte):
    return content[:place]


def zeroed(content, place, _byte):
    return content[:place] + bytes(len(content) - place)


def flipped(content, place, byte):
    return content[:place] + bytes([content[place] ^ byte]) + content[place + 1 :]


def prolonged(content, _place, byte):
    return content + bytes([byte])


@given(
    damage=st.sampled_from([truncated, zeroed, flipped, prolonged]),
    where=st.floats(0, 1, exclude_max=True),
    byte=st.integers(1, 255),
)
def test_no_damage_is_believed(tmp_path_factory, damage, where, byte):
    """Whatever is done to the file: nothing is found, it is said, and what is put there takes its place."""
    folder = tmp_path_factory.mktemp("cache")
    opened(folder).put("abc", VALUES, ["12 of 16 grey levels"])
    file = entry(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole, int(where * len(whole)), byte))
    if file.read_bytes() == whole:  # zeros where there were zeros
        return
    cache = opened(folder)
    assert cache.get("abc") is None
    assert len(cache.use.damaged) == 1
    cache.put("abc", VALUES, ["12 of 16 grey levels"])
    assert file.read_bytes() == whole


def archive(folder):
    """An entry as version 0.2.0 wrote it, under the name of today's."""
    with entry(folder).open("wb") as stream:
        np.savez(stream, values=np.zeros(3), warnings=np.array([], dtype=np.str_))


def array(folder):
    with entry(folder).open("wb") as stream:
        np.save(stream, np.zeros(3))


def of_another_patient(folder):
    own = entry(folder)
    opened(folder).put("abd", np.zeros(3))
    (others,) = {*(folder / "radiomics").rglob("*.entry")} - {own}
    others.replace(own)


@pytest.mark.parametrize("replace", [archive, array, of_another_patient])
def test_zeros_from_elsewhere_are_not_believed(tmp_path, replace):
    opened(tmp_path).put("abc", VALUES)
    replace(tmp_path)
    cache = opened(tmp_path)
    assert cache.get("abc") is None
    assert len(cache.use.damaged) == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.zeros(348), "values (348,) of float64, expected (3,) of float"),
        (np.zeros(3, int), "values (3,) of int64, expected (3,) of float"),
    ],
)
def test_values_of_another_kind_are_not_believed(tmp_path, values, reason):
    opened(tmp_path).put("abc", values)
    cache = opened(tmp_path)
    assert cache.get("abc") is None
    assert list(cache.use.damaged.values()) == [reason]


def test_no_pickle_is_opened(tmp_path):
    """A sealed file can be made by anybody who may write into the folder."""
    from io import BytesIO

    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    opened(tmp_path).put("abc", VALUES)
    stream = BytesIO()
    np.savez(stream, values=np.array([Trap()], dtype=object), warnings=np.array([], dtype=np.str_))
    CacheFolder(tmp_path, "radiomics").put(entry(tmp_path).stem, stream.getvalue())
    cache = opened(tmp_path)
    assert cache.get("abc") is None
    assert list(cache.use.damaged.values()) == ["its content is none (ValueError)"]
