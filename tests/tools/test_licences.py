"""A package comes in only with a licence that is allowed, or that somebody has looked at."""

from email.message import Message
from importlib.metadata import Distribution, version

import pytest
from licences import POLICY, Policy, faults, installed, locked_packages, read_record, what_it_says

POLICY_OF_TESTS = Policy(
    allowed=frozenset({"MIT", "GPL-3.0-or-later", "Apache-2.0 WITH LLVM-exception", "LicenseRef-BSD"}),
    spelling={"MIT License": "MIT", "BSD License": "LicenseRef-BSD"},
    decided={"odd": {"said": "see my page", "licence": "LicenseRef-Odd", "reason": "read on the page"}},
)


class Described(Distribution):
    """A package of which there is nothing but its metadata."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        self._message = Message()
        for name, value in fields:
            self._message[name] = value

    @property
    def metadata(self):
        return self._message

    def read_text(self, filename):
        return None

    def locate_file(self, path):
        raise NotImplementedError


def found(says: str, name: str = "new", here: str | None = None) -> list[str]:
    """Faults where one package is locked besides the one that was decided on."""
    record = {(name, "1.0"): says, ("odd", "2.0"): "see my page"}
    return faults(POLICY_OF_TESTS, record, record, record | {(name, "1.0"): says if here is None else here})


def test_every_package_of_the_lock_is_in_order():
    assert faults(Policy.read(), locked_packages(), read_record(), installed()) == []


def test_each_decision_has_a_reason_and_an_expression():
    policy = Policy.read(POLICY)
    for name, entry in policy.decided.items():
        assert entry.keys() == {"said", "licence", "reason"}, name
        assert entry["reason"], name
        assert policy.read_as_spdx(entry["licence"]) is not None, name


@pytest.mark.parametrize(
    "says",
    [
        "MIT",
        "mit",
        "MIT License",
        "MIT AND GPL-3.0-or-later",
        "EPL-2.0 OR MIT",
        "(EPL-2.0 OR MIT) AND LicenseRef-BSD",
        "Apache-2.0 WITH LLVM-exception",
        "MIT License | BSD License",
    ],
)
def test_allowed(says):
    assert found(says) == []


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("AGPL-3.0-only", "is not allowed"),
        ("EPL-2.0 AND MIT", "is not allowed"),
        ("EPL-2.0 OR AGPL-3.0-only", "is not allowed"),
        ("Apache-2.0", "is not allowed"),  # Allowed with the exception alone.
        ("LicenseRef-Other", "is not allowed"),
        ("MIT License | Other/Proprietary License", "is no SPDX expression"),
        ("free for friends", "is no SPDX expression"),
        ("MIT OR", "is no SPDX expression"),
        ("", "is no SPDX expression"),
    ],
)
def test_refused(says, why):
    (line,) = found(says)
    assert line.startswith(f"new 1.0: its licence {says!r} {why}; expected one of those in tools/licences.toml")


def test_all_that_a_package_says_counts():
    assert POLICY_OF_TESTS.read_as_spdx("MIT License | EPL-2.0 OR MIT") == "MIT AND (EPL-2.0 OR MIT)"
    assert POLICY_OF_TESTS.read_as_spdx("MIT License | MIT") == "MIT"


def test_a_decision_is_void_once_the_package_says_something_else():
    record = {("odd", "2.0"): "ask me"}
    (line,) = faults(POLICY_OF_TESTS, record, record, {})
    assert line.startswith("odd 2.0: says 'ask me' of its licence, and 'see my page' when")


def test_a_decision_is_void_once_nothing_hangs_on_it():
    (line,) = faults(POLICY_OF_TESTS, [], {}, {})
    assert line.startswith("odd: decided on in tools/licences.toml, and no package of uv.lock")
    decided = {"odd": {"said": "MIT", "licence": "MIT", "reason": "was unclear once"}}
    record = {("odd", "2.0"): "MIT"}
    policy = Policy(POLICY_OF_TESTS.allowed, POLICY_OF_TESTS.spelling, decided)
    assert "is allowed without the entry" in faults(policy, record, record, {})[0]


def test_lock_record_and_installation_agree():
    odd = {("odd", "2.0"): "see my page"}
    assert (
        "new 1.0: in uv.lock, not in tools/licences.csv" in faults(POLICY_OF_TESTS, [("new", "1.0"), *odd], odd, {})[0]
    )
    assert (
        "new 1.0: in tools/licences.csv, not in uv.lock"
        in faults(POLICY_OF_TESTS, odd, odd | {("new", "1.0"): "MIT"}, {})[0]
    )
    assert "installed with the licence 'MIT License', 'MIT' in" in found("MIT", here="MIT License")[0]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([("License-Expression", "MIT"), ("License", "BSD")], "MIT"),
        ([("License", "BSD-3-Clause"), ("Classifier", "License :: OSI Approved :: BSD License")], "BSD-3-Clause"),
        ([("License", "UNKNOWN"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT License"),
        ([("License", "Copyright\nby many"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT License"),
        ([("License", "GPL V3.0"), ("Classifier", "License :: Other/Proprietary License")], "GPL V3.0 | Other/Proprietary License"),
        ([("Classifier", "License :: OSI Approved"), ("Classifier", "Topic :: Utilities")], ""),
    ],
)  # fmt: skip
def test_what_a_package_says(fields, says):
    assert what_it_says(Described(*fields)) == says


def test_names_are_those_of_the_lock():
    """``Jinja2`` and ``ruamel.yaml`` are written as uv.lock writes them."""
    here = installed()
    assert ("jinja2", version("jinja2")) in here
    assert ("scikit-survival", version("scikit-survival")) in here.keys() & locked_packages()
