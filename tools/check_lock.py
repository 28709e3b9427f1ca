"""After `make demo`: whether it has left `dvc.lock` as it was, and whether what it has changed may differ from processor to processor."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# Sections and hand-crafted features have the same bytes everywhere. The network's last digits hang on the processor, and so does all
# that is learned from them.
SAME_EVERYWHERE = ("compose", "cohort", "radiomics")
LOCK = "dvc.lock"


def differing(committed: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Names of stages that are not the same in two contents of ``dvc.lock``."""
    before, after = committed.get("stages", {}), found.get("stages", {})
    return [stage for stage in {**before, **after} if before.get(stage) != after.get(stage)]


def verdict(stages: list[str]) -> tuple[int, str]:
    """Exit status, and what to say of the stages that differ."""
    wrong = [stage for stage in stages if stage in SAME_EVERYWHERE]
    if wrong:
        return 1, (
            f"{LOCK} is not what the demo gives: stage {', '.join(wrong)}. If a change of this commit moved it on purpose, commit"
            f" {LOCK}, params.yaml and summary/ as `make demo` has written them, and `dvc push`"
        )
    if stages:
        return 0, (
            f"Note: {LOCK} differs in stage {', '.join(stages)}. Another type of processor than that which made the committed one gives"
            " the network's features other last digits; on the same type it is a change to commit, or a fault"
        )
    return 0, f"{LOCK} is what the demo gives"


def main() -> int:
    committed = subprocess.run(["git", "show", f"HEAD:{LOCK}"], check=True, capture_output=True, text=True).stdout
    found = Path(LOCK).read_text(encoding="utf-8")
    status, said = verdict(differing(yaml.safe_load(committed), yaml.safe_load(found)))
    print(said, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
