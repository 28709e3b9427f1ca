"""The bill of materials (SBOM) that uv exports, with the licence of every package; CycloneDX JSON, standard input to output.

    uv export --frozen --no-dev --all-extras --format cyclonedx1.5 | python tools/sbom.py > sbom.cdx.json     (make sbom)

uv knows no licences, and stamps its export with the time and a random number. Here the number hangs on the content and there
is no time, so that the same uv.lock gives the same bytes.
"""

from __future__ import annotations

import json
import sys
import tomllib
import uuid
from collections.abc import Mapping
from typing import Any

from licences import RECORD_AGAIN, ROOT, Package, Policy, read_record

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/radsurv")


def with_licences(
    bom: Mapping[str, Any], own_licence: str, policy: Policy, record: Mapping[Package, str]
) -> dict[str, Any]:
    """A copy of a CycloneDX document in which RadSurv and every component have a licence, as an SPDX expression.

    Raises
    ------
    SystemExit
        For a component that ``record`` lacks, or whose licence ``policy`` cannot read.
    """
    metadata = {key: value for key, value in bom["metadata"].items() if key != "timestamp"}
    metadata["component"] = _licensed(metadata["component"], own_licence)
    components = [_licensed(component, _licence(component, policy, record)) for component in bom["components"]]
    content = {**bom, "metadata": metadata, "components": components}
    del content["serialNumber"]
    number = uuid.uuid5(NAMESPACE, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{number}"}


def _licensed(component: Mapping[str, Any], licence: str) -> dict[str, Any]:
    return {**component, "licenses": [{"expression": licence}]}


def _licence(component: Mapping[str, Any], policy: Policy, record: Mapping[Package, str]) -> str:
    name, version = component["name"], component["version"]
    said = record.get((name, version))
    licence = None if said is None else policy.licence(name, said)
    if licence is None:
        raise SystemExit(f"{name} {version}: no licence known of it: {RECORD_AGAIN}")
    return licence


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bom = with_licences(json.load(sys.stdin), project["license"], Policy.read(), read_record())
    json.dump(bom, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
