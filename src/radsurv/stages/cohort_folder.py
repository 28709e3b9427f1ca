"""``radsurv init``: a folder in which one cohort is analysed with DVC, beside as many others as one likes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from radsurv import __version__
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.formats import one_line
from radsurv.stages import conf_folder, params_file
from radsurv.stages.dvc_pipeline import DATA, RESULTS, dvc_yaml, rendered, scalar

OWN = "own"  # the file of conf/cohort
TABLE = "clinical.csv"
_DVC = ".dvc"
_CHOSEN, _CHOSEN_NOW = "- cohort: demo\n", f"- cohort: {OWN}\n"
# `dvc.yaml` comes last into its place: with it a `conf/` counts.
_FILES = ("conf", "hydra_plugins", ".gitignore", ".dvcignore", "README.md", "params.yaml", "dvc.yaml")
_OTHERS = (_DVC, "dvc.lock", "summary", RESULTS)


def init(folder: Path, table: Path | None, tell: Callable[[str], None]) -> None:
    """Write a folder that is a DVC repository of its own, within the git repository around it, or a new one.

    A repository for each cohort, since ``dvc exp run -S`` composes the ``conf/`` of the repository's root.

    Parameters
    ----------
    folder
        New, or without what is written: ``conf/``, ``hydra_plugins/``, ``dvc.yaml``, ``params.yaml``, ``.gitignore``, ``.dvcignore``,
        ``.dvc/`` and ``README.md``. ``data/`` and a git repository may be there.
    table
        The cohort table, which stays where it is; ``data/clinical.csv`` of the folder where None.
    tell
        Gets what was done, and the next commands.

    Raises
    ------
    ConfigError
        When something of that is there already, the table is not, or git or DVC will not have a repository there.
    """
    home = folder.resolve()
    _check_free(home, folder)
    place = _place_of(table, home)
    for named in (home.name, place):
        if "${" in named:
            raise ConfigError(
                f"{named} has ${{ in its name, by which conf/ refers to other options: expected another name"
            )
    commands = ["radsurv check", "dvc repro", "git add . && git commit --message 'First run'"]
    home.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=home.parent, prefix=".radsurv-init-") as scratch:
        staged = Path(scratch)
        _write(staged, home.name, place, commands)
        repository = _repositories(home)
        for name in _FILES:
            (staged / name).replace(home / name)
    (home / DATA).mkdir(exist_ok=True)
    tell(
        f"{folder}: conf/, dvc.yaml and params.yaml for one cohort; a DVC repository of its own, in the git repository {repository}"
    )
    if not _in_data(place):
        tell(
            f"DVC looks whether {place} changes, not at the images that it names: add their folder to deps of stage cohort in dvc.yaml"
        )
    elif table is None:
        tell(f"put {TABLE} and the images into {folder / DATA}, or set table in {folder / 'conf/cohort' / OWN}.yaml")
    tell("\n".join(["then", "", *(f"  {line}" for line in [f"cd {shlex.quote(str(folder))}", *commands])]))


def _check_free(home: Path, shown: Path) -> None:
    if home.exists() and not home.is_dir():
        raise ConfigError(f"{shown} is a file; expected a folder for the cohort: name another")
    if os.path.lexists(home / DATA) and not (home / DATA).is_dir():
        raise ConfigError(f"{shown / DATA} is no folder; expected one for the cohort, or nothing: move it away")
    there = [name for name in (*_FILES, *_OTHERS) if os.path.lexists(home / name)]
    if there:
        raise ConfigError(f"{shown} has {', '.join(there)} already, and nothing is written over: name another folder")


def _place_of(table: Path | None, home: Path) -> str:
    """As ``conf/`` names the table: within the folder from there, elsewhere as a whole path."""
    if table is None:
        return f"{DATA}/{TABLE}"
    if not table.is_file():
        raise ConfigError(
            f"--table {table} is no file; expected a cohort table (docs/cohort.md): give its path, or leave --table out"
        )
    whole = table.resolve()
    if not whole.is_relative_to(home):
        return str(whole)
    place = whole.relative_to(home).as_posix()
    if not _in_data(place):
        raise ConfigError(
            f"--table {table} lies in the folder but not in {DATA}/, so that git would get it and the images beside it with all else: move"
            f" them into {home / DATA}, which git ignores, or out of the folder"
        )
    return place


def _in_data(place: str) -> bool:
    return place.startswith(f"{DATA}/")


def _write(folder: Path, name: str, place: str, commands: list[str]) -> None:
    """Everything but what git and DVC make, with options that have been composed and checked."""
    conf = folder / conf_folder.NAME
    shutil.copytree(conf_folder.packaged(), conf, copy_function=shutil.copyfile)  # an installation may be read-only
    root = conf / conf_folder.ROOT_FILE
    chosen = root.read_text(encoding="utf-8")
    assert chosen.count(_CHOSEN) == 1
    root.write_text(chosen.replace(_CHOSEN, _CHOSEN_NOW), encoding="utf-8")
    watched = DATA if _in_data(place) else place
    texts = {
        f"{conf_folder.NAME}/cohort/{OWN}.yaml": rendered("own.yaml.j2", name=scalar(name), table=scalar(place)),
        "hydra_plugins/no_environment.py": rendered("no_environment.py.j2"),
        ".gitignore": rendered("gitignore.j2"),
        ".dvcignore": rendered("dvcignore.j2"),
        "README.md": rendered("README.md.j2", name=name, table=place, commands=commands, version=__version__),
        "dvc.yaml": dvc_yaml(watched),
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    with conf_folder.chosen(conf):
        params_file.write(folder / params_file.PARAMS)


def _repositories(home: Path) -> str:
    """Git's and DVC's; or no folder where there was none."""
    new = not home.exists()
    home.mkdir(exist_ok=True)
    try:
        repository = _git_repository(home)
        _dvc_repository(home)
    except ConfigError:
        if new:
            shutil.rmtree(home)
        raise
    return repository


def _git_repository(home: Path) -> str:
    """The one around the folder; a new one in it where there is none."""
    if shutil.which("git") is None:
        raise ConfigError(
            "git is not installed, and DVC keeps its experiments in it: install git (https://git-scm.com)"
        )
    around = subprocess.run(
        ["git", "rev-parse", "--show-toplevel"], cwd=home, capture_output=True, text=True, check=False
    )
    if around.returncode == 0:
        return around.stdout.strip()
    _done(["git", "init", "--quiet"], home)
    return f"{home} (new)"


def _dvc_repository(home: Path) -> None:
    _done([sys.executable, "-m", "dvc", "init", "--subdir"], home)
    with atomic(home / _DVC / "config") as temporary:
        temporary.write_text(rendered("dvc_config.j2"), encoding="utf-8")


def _done(command: list[str], home: Path) -> None:
    # DVC would tell its makers of its first command, which no configuration has forbidden yet.
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        name = " ".join(command[command.index("dvc") :] if "dvc" in command else command)
        said = one_line(done.stderr or done.stdout)
        raise ConfigError(f"`{name}` in {home} failed ({said}): mend that, or name another folder")
