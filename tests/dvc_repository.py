"""A repository in which tests run DVC."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from radsurv.catalogue.stages import STAGE_NAMES

STAGES = ["compose", *STAGE_NAMES, "summary"]
DOCS = Path(__file__).parents[1] / "docs"


class Repository:
    """A folder, and commands in it.

    Parameters
    ----------
    path
    commands
        Where `radsurv` and `dvc` are.
    """

    def __init__(self, path: Path, commands: Path) -> None:
        self.path = path
        self.commands = commands
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "GIT_"))},
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "1",
            "HYDRA_FULL_ERROR": "0",
        }

    def __call__(self, *command: str) -> str:
        # For a lock of DVC that is never given back; nothing here takes nearly as long.
        done = subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False, timeout=3600
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def typed(self, block: str) -> str:
        """Several commands, as they stand in docs/."""
        return self("sh", "-euc", block)

    def named_to_git(self) -> None:
        self("git", "config", "user.email", "test@example.org")
        self("git", "config", "user.name", "Test")

    def commit_all(self, message: str) -> None:
        self("git", "add", "--all")
        self("git", "commit", "--quiet", "--message", message)

    def edit(self, name: str, before: str, after: str) -> None:
        path = self.path / name
        content = path.read_text("utf-8")
        assert before in content
        path.write_text(content.replace(before, after), "utf-8")

    def committed(self) -> None:
        """As the last commit has it, whatever another test has left."""
        self("git", "checkout", "--quiet", ".")
        self("dvc", "checkout", "--quiet", "--force")

    def entries(self, kind: str) -> int:
        """How many of a kind are in RadSurv's cache."""
        return len(list((self.path / ".cache/radsurv" / kind).rglob("*.entry")))


def stages_run(output: str) -> list[str]:
    return [stage for stage in STAGES if f"Running stage '{stage}'" in output]


def shell_blocks(page: str, section: str) -> list[str]:
    """What a section of a page of docs/ has the reader type, block by block."""
    text = (DOCS / page).read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
