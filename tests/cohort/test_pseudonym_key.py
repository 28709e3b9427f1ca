"""Pseudonyms: salted, the same for the same patient, and a key file that is its owner's and is never lost."""

import hashlib
import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.cohort.pseudonym_key import PATTERN, PseudonymKey
from radsurv.errors import ConfigError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "key.json"


def test_a_pseudonym_is_the_keyed_hash_in_base32(path):
    """Written out here bit by bit: five of them are a character."""
    key = PseudonymKey(path)
    key.learn(["Muster"])
    salt = bytes.fromhex(json.loads(path.read_text())["salt"])
    bits = "".join(f"{byte:08b}" for byte in hashlib.blake2b(b"Muster", key=salt).digest())
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    assert key.of("Muster") == "S" + "".join(letters[int(bits[at : at + 5], 2)] for at in range(0, 50, 5))


def test_it_stays_over_runs_and_new_patients_get_theirs(path):
    first = PseudonymKey(path)
    first.learn(["a", "b"])
    before = path.read_bytes()
    again = PseudonymKey(path)
    again.learn(["b"])
    assert path.read_bytes() == before
    again.learn(["c"])
    assert dict(PseudonymKey(path).ids) == {again.of(patient): patient for patient in "abc"}
    assert again.of("a") == first.of("a")


def test_another_salt_gives_others(tmp_path):
    keys = [PseudonymKey(tmp_path / name) for name in ("one", "two")]
    for key in keys:
        key.learn(["a"])
    assert keys[0].of("a") != keys[1].of("a")


def test_two_runs_at_once_have_one_salt_and_know_all_patients(path):
    one, other = PseudonymKey(path), PseudonymKey(path)
    one.learn(["a"])
    other.learn(["b"])
    assert one.of("b") == other.of("b")
    assert set(PseudonymKey(path).ids.values()) == {"a", "b"}


def test_nobody_is_lost_where_two_runs_write_at_once(path, monkeypatch):
    """The second comes while the first, who has read the file, writes it anew."""
    PseudonymKey(path).learn(["a"])
    first, second = PseudonymKey(path), PseudonymKey(path)
    monkeypatch.setattr("radsurv.cohort.pseudonym_key.PATIENCE_S", 0.0)
    write = PseudonymKey._write

    def meanwhile(key, temporary):
        if key is first:
            second.learn(["a"])  # whoever is known needs no writing
            with pytest.raises(ConfigError, match=r"key\.json is being written by another radsurv"):
                second.learn(["c"])
        write(key, temporary)

    monkeypatch.setattr(PseudonymKey, "_write", meanwhile)
    first.learn(["b"])
    second.learn(["c"])
    assert set(PseudonymKey(path).ids.values()) == {"a", "b", "c"}


def test_many_at_once_draw_one_salt_and_wait_for_each_other(path):
    groups = [[f"{group}-{number}" for number in range(3)] for group in range(8)]
    with ThreadPoolExecutor(len(groups)) as pool:
        list(pool.map(lambda group: PseudonymKey(path).learn(group), groups))
    assert set(PseudonymKey(path).ids.values()) == {patient for group in groups for patient in group}
    assert [each.name for each in path.parent.iterdir()] == ["key.json"]


def test_it_is_its_owner_s_alone_and_whole(path):
    PseudonymKey(path).learn(["a"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    PseudonymKey(path).learn(["b"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key.json"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: "{}",
        lambda text: text.replace('"a"', '"b"'),
        lambda text: text.replace('"salt"', '"sold"'),
        lambda text: "\0",
    ],
)
def test_a_damaged_one_is_refused_and_stays(path, change):
    PseudonymKey(path).learn(["a"])
    path.write_text(change(path.read_text()))
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"key\.json is no key of pseudonyms, or was changed.*cohort\.pseudonym_key"):
        PseudonymKey(path)
    assert path.read_bytes() == before


def test_where_nothing_can_be_written_the_option_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"file/key\.json cannot be .*cohort\.pseudonym_key"):
        PseudonymKey(tmp_path / "file" / "key.json").learn(["a"])
    with pytest.raises(ConfigError, match=r"cannot be read .*cohort\.pseudonym_key"):
        PseudonymKey(tmp_path)


def test_without_a_file_nobody_is_named(path):
    with pytest.raises(ConfigError, match=r"key\.json is missing.*run stage cohort again"):
        PseudonymKey(path).of("a")


def test_two_patients_never_share_one(path, monkeypatch):
    monkeypatch.setattr(PseudonymKey, "of", lambda self, patient: "S")
    with pytest.raises(ConfigError, match="two patients get the same pseudonym S"):
        PseudonymKey(path).learn(["a", "b"])


@given(st.text(min_size=1).filter(str.isprintable))
def test_any_id_has_one_of_the_same_form(tmp_path_factory, patient):
    key = PseudonymKey(tmp_path_factory.getbasetemp() / "any.json")
    key.learn(["a"])
    assert re.fullmatch(PATTERN, key.of(patient))
