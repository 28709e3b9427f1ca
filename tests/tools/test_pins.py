"""What is installed before uv.lock counts: uv itself, and the image that everything stands on."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


@pytest.fixture
def pin_image(tmp_path):
    """`make pin-image` in a copy of its files, with a docker that answers ``answer``."""
    (tmp_path / "docker").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "docker" / "Dockerfile", tmp_path / "docker")

    def run(answer: str) -> tuple[int, str, str]:
        docker = tmp_path / "bin" / "docker"
        docker.parent.mkdir(exist_ok=True)
        docker.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n{answer}\n', encoding="utf-8")
        docker.chmod(0o755)
        environment = os.environ | {"PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["make", "pin-image"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr, (tmp_path / "docker" / "Dockerfile").read_text(encoding="utf-8")

    return run


def base(dockerfile: str) -> str:
    (found,) = re.findall(r"^ARG BASE=(.*)$", dockerfile, re.MULTILINE)
    return found


def test_digest_of_the_image_is_written(pin_image, tmp_path):
    before = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    tag = base(before).partition("@")[0]
    code, _, after = pin_image(f"echo '\"{DIGEST}\"'")
    assert code == 0
    assert after == before.replace(f"ARG BASE={base(before)}\n", f"ARG BASE={tag}@{DIGEST}\n")
    assert f"imagetools inspect {tag} " in (tmp_path / "asked").read_text(encoding="utf-8")
    newer = f"sha256:{'fedcba9876543210' * 4}"
    assert base(pin_image(f"echo '\"{newer}\"'")[2]) == f"{tag}@{newer}"


@pytest.mark.parametrize("answer", ["echo no network >&2; exit 1", "echo MediaType: application/json", "true"])
def test_no_digest_no_change(pin_image, answer):
    code, message, after = pin_image(answer)
    assert code != 0
    assert "docker buildx g" in message
    assert after == (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")


def test_uv_comes_with_hashes_wherever_it_is_installed():
    lines = (ROOT / "requirements-uv.txt").read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"uv==[\d.]+ \\", lines[0])
    assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])
    for name in ("Makefile", "docker/Dockerfile"):
        (command,) = re.findall(r"bin/pip install (.*)", (ROOT / name).read_text(encoding="utf-8"))
        assert "--require-hashes --only-binary :all: --requirement" in command, name
    assert "!requirements-uv.txt" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
