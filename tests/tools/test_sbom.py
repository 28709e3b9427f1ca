"""uv's bill of materials gets licences, and the same bytes for the same packages."""

import copy

import pytest
from licences import Policy
from sbom import with_licences

POLICY = Policy(frozenset({"MIT"}), {"MIT License": "MIT"}, {})
RECORD = {("one", "1.0"): "MIT License", ("two", "2.0"): "EPL-2.0 OR MIT"}
# The shape of `uv export --format cyclonedx1.5`.
BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "serialNumber": "urn:uuid:2d524418-b9b1-4502-977a-5f0e59336185",
    "metadata": {"timestamp": "2026-11-26T18:11:43Z", "component": {"type": "library", "name": "radsurv"}},
    "components": [
        {"type": "library", "name": "one", "version": "1.0", "purl": "pkg:pypi/one@1.0"},
        {"type": "library", "name": "two", "version": "2.0", "purl": "pkg:pypi/two@2.0"},
    ],
}


def test_everything_has_a_licence():
    bom = with_licences(BOM, "GPL-3.0-or-later", POLICY, RECORD)
    assert bom["metadata"]["component"]["licenses"] == [{"expression": "GPL-3.0-or-later"}]
    assert [c["licenses"] for c in bom["components"]] == [[{"expression": "MIT"}], [{"expression": "EPL-2.0 OR MIT"}]]
    assert [c["purl"] for c in bom["components"]] == ["pkg:pypi/one@1.0", "pkg:pypi/two@2.0"]


def test_number_hangs_on_the_packages_alone():
    later = copy.deepcopy(BOM)
    later["serialNumber"], later["metadata"]["timestamp"] = (
        "urn:uuid:393e722b-dfb6-4e31-844a-3f4e2d0a6f3d",
        "2027-01-01T00:00:00Z",
    )
    first = with_licences(BOM, "MIT", POLICY, RECORD)
    assert with_licences(later, "MIT", POLICY, RECORD) == first
    later["components"].pop()
    assert with_licences(later, "MIT", POLICY, RECORD)["serialNumber"] != first["serialNumber"]


def test_package_without_a_known_licence():
    with pytest.raises(SystemExit, match=r"two 2.0: no licence known of it: run `make licences`"):
        with_licences(BOM, "MIT", POLICY, {("one", "1.0"): "MIT"})
