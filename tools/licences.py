"""The licence of every package in uv.lock, held against tools/licences.toml; no network.

    python tools/licences.py            every package has a licence that is allowed, or a reason
    python tools/licences.py record     write tools/licences.csv anew (downloads packages that are not installed here)

What a package says of its licence hangs on version and platform, and extras or another system's packages are not
installed everywhere: tools/licences.csv therefore keeps what each of them says, and what is installed is held against it.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from itertools import chain
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, LicenseExpression, get_spdx_licensing

ROOT = Path(__file__).parents[1]
LOCK, POLICY, RECORD = ROOT / "uv.lock", ROOT / "tools" / "licences.toml", ROOT / "tools" / "licences.csv"
RECORD_AGAIN = "run `make licences`, and look at what changes in tools/licences.csv"
SPDX = get_spdx_licensing()

Package = tuple[str, str]  # name, version


@dataclass(frozen=True)
class Policy:
    """What tools/licences.toml says.

    Attributes
    ----------
    allowed : frozenset of str
        SPDX identifiers, exceptions included (``Apache-2.0 WITH LLVM-exception``).
    spelling : mapping
        What packages write in place of an SPDX expression → the expression.
    decided : mapping
        Name of a package → ``said`` (what it says of its licence), ``licence`` (what that is, as an SPDX expression) and ``reason``.
    """

    allowed: frozenset[str]
    spelling: Mapping[str, str]
    decided: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, path: Path = POLICY) -> Policy:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(frozenset(chain.from_iterable(given["allowed"].values())), given["spelling"], given["decided"])

    def licence(self, name: str, said: str) -> str | None:
        """SPDX expression of a package that says ``said``; ``None`` where that cannot be read."""
        entry = self.decided.get(name)
        return entry["licence"] if entry is not None else self.read_as_spdx(said)

    def read_as_spdx(self, said: str) -> str | None:
        """``None`` if one of its parts, joined by `` | ``, is neither SPDX nor one of `spelling`."""
        parts = {str(part): part for part in map(self._part, said.split(" | "))}
        if None in parts.values():
            return None
        return next(iter(parts)) if len(parts) == 1 else str(SPDX.AND(*parts.values()))

    def _part(self, part: str) -> LicenseExpression | None:
        try:
            parsed = SPDX.parse(self.spelling.get(part, part))
        except ExpressionError:
            return None
        unknown = [key for key in SPDX.unknown_license_keys(parsed) if not key.startswith("LicenseRef-")]
        return None if unknown else parsed

    def allows(self, licence: str) -> bool:
        """Whether all of what an ``AND`` joins, and one of what an ``OR`` joins, is allowed."""
        return self._allows(SPDX.parse(licence))

    def _allows(self, parsed: LicenseExpression) -> bool:
        if isinstance(parsed, SPDX.OR):
            return any(map(self._allows, parsed.args))
        if isinstance(parsed, SPDX.AND):
            return all(map(self._allows, parsed.args))
        return str(parsed) in self.allowed


def faults(
    policy: Policy, locked: Iterable[Package], record: Mapping[Package, str], here: Mapping[Package, str]
) -> list[str]:
    """A line for each thing that is not as it has to be; empty if all is well.

    Parameters
    ----------
    locked : iterable of packages
        Those of uv.lock.
    record, here : mapping
        What the packages of tools/licences.csv, and those that are installed, say of their licences.
    """
    locked = set(locked)
    return [
        *(f"{_of(p)}: in uv.lock, not in tools/licences.csv: {RECORD_AGAIN}" for p in sorted(locked - record.keys())),
        *(f"{_of(p)}: in tools/licences.csv, not in uv.lock: {RECORD_AGAIN}" for p in sorted(record.keys() - locked)),
        *(
            f"{_of(p)}: installed with the licence {here[p]!r}, {record[p]!r} in tools/licences.csv: {RECORD_AGAIN}"
            for p in sorted(record.keys() & here.keys())
            if here[p] != record[p]
        ),
        *(line for (name, version), said in sorted(record.items()) for line in _faults(policy, name, version, said)),
        *(
            f"{name}: decided on in tools/licences.toml, and no package of uv.lock: remove the entry"
            for name in sorted(policy.decided.keys() - {name for name, _ in locked})
        ),
    ]


def _faults(policy: Policy, name: str, version: str, said: str) -> Iterator[str]:
    entry = policy.decided.get(name)
    if entry is None:
        licence = policy.read_as_spdx(said)
        if licence is None or not policy.allows(licence):
            why = "is no SPDX expression" if licence is None else "is not allowed"
            yield (
                f"{name} {version}: its licence {said!r} {why}; expected one of those in tools/licences.toml: read the "
                "licence, and take another package, or decide on it there with the reason"
            )
    elif entry["said"] != said:
        yield (
            f"{name} {version}: says {said!r} of its licence, and {entry['said']!r} when tools/licences.toml decided on "
            "it: read it again"
        )
    elif (licence := policy.read_as_spdx(said)) is not None and policy.allows(licence):
        yield f"{name} {version}: its licence {said!r} is allowed without the entry in tools/licences.toml: remove the entry"


def what_it_says(package: Distribution) -> str:
    """The SPDX expression of its metadata; else a licence of one line, else the classifiers, joined by `` | ``."""
    fields = package.metadata.get_all
    if expression := fields("License-Expression"):
        return str(expression[0])
    text = "".join(fields("License") or []).strip()
    classifiers = [c.rpartition(" :: ")[2] for c in fields("Classifier") or [] if c.startswith("License :: ")]
    named = [c for c in classifiers if c != "OSI Approved"]
    if text and text != "UNKNOWN" and "\n" not in text:
        # The text is more precise (BSD-3-Clause, BSD License); what is not free is never to be overlooked.
        return " | ".join([text, *(c for c in named if "Proprietary" in c)])
    return " | ".join(named)


def installed(path: list[str] | None = None) -> dict[Package, str]:
    """What the packages in some folders, those of this Python by default, say of their licences."""
    found = distributions() if path is None else distributions(path=path)
    return {(_normalized(package.metadata["Name"]), package.version): what_it_says(package) for package in found}


def locked_packages(lock: Path = LOCK) -> set[Package]:
    """Every package that comes from a registry, for any system, Python, extra or group."""
    packages: list[dict[str, Any]] = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {(package["name"], package["version"]) for package in packages if "registry" in package["source"]}


def read_record(path: Path = RECORD) -> dict[Package, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["name"], row["version"]): row["says"] for row in csv.DictReader(file)}


def write_record(packages: Iterable[Package], known: Mapping[Package, str], uv: str, path: Path = RECORD) -> None:
    """Write what ``packages`` say; those that are not ``known`` are fetched by ``uv``, and nothing of them is run."""
    says = {package: known[package] if package in known else _fetched(package, uv) for package in sorted(packages)}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("name", "version", "says"), *((*package, text) for package, text in says.items())])


def _fetched(package: Package, uv: str) -> str:
    name, version = package
    errors = ""
    for system in ("linux", "windows"):
        with tempfile.TemporaryDirectory() as folder:
            options = ["--no-deps", "--only-binary", ":all:", "--python-platform", system, "--python-version", "3.13"]
            command = [uv, "pip", "install", "--quiet", "--target", folder, *options, f"{name}=={version}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return installed([folder])[package]
            errors = done.stderr
    raise SystemExit(f"{_of(package)}: not installed here, and uv cannot fetch it:\n{errors}")


def _of(package: Package) -> str:
    return " ".join(package)


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    parser = argparse.ArgumentParser(description="Licences of all dependencies, held against tools/licences.toml.")
    parser.add_argument("action", nargs="?", choices=["check", "record"], default="check")
    parser.add_argument("--uv", default="uv", help="the uv that fetches packages")
    given = parser.parse_args()
    locked, here, policy = locked_packages(), installed(), Policy.read()
    if given.action == "record":
        write_record(locked, here, given.uv)
    record = read_record()
    if found := faults(policy, locked, record, here):
        raise SystemExit("\n".join(found))
    print(
        f"Licences: {len(locked)} packages, {len(policy.decided)} of them decided on one by one (tools/licences.toml)"
    )


if __name__ == "__main__":
    main()
