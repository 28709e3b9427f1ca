"""Something else where a run is to be, and finished runs that were damaged: rows of docs/reliability.md."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from reliability import EARLIER, GOES_ON, INPUTS, PLACE, SAME, Made, World

from radsurv.stages import pipeline

Make = Callable[[World], object]


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def a_file(name: str) -> Make:
    def make(world: World) -> None:
        remove(world.folder / name)
        (world.folder / name).write_text("mine")

    return make


def a_folder(name: str) -> Make:
    def make(world: World) -> None:
        remove(world.folder / name)
        (world.folder / name).mkdir()
        (world.folder / name / "thesis.docx").write_text("mine")

    return make


def a_link(name: str, target: str) -> Make:
    def make(world: World) -> None:
        remove(world.folder / name)
        (world.folder / name).symlink_to(target)

    return make


def moved_away(name: str) -> Make:
    """The mend of the three; what is the user's own must be untouched."""

    def mend(world: World) -> None:
        path = world.folder / name
        assert path.is_symlink() or (path if path.is_file() else path / "thesis.docx").read_text() == "mine"
        remove(path)

    return mend


def link_to_a_strangers(world: World) -> None:
    (world.folder / "strangers").mkdir()
    (world.folder / "strangers/thesis.docx").write_text("mine")
    (world.out / ".unfinished").symlink_to(world.folder / "strangers")


def strangers_is_whole(world: World) -> None:
    assert (world.folder / "strangers/thesis.docx").read_text() == "mine"
    (world.out / ".unfinished").unlink()


def run_folder_is_a_link(world: World) -> None:
    world.out.rename(world.folder / "elsewhere")
    world.out.symlink_to("elsewhere")


def table_is_a_link(world: World) -> None:
    table = world.out / "predictions.parquet"
    table.rename(world.folder / "kept.parquet")
    table.symlink_to(world.folder / "kept.parquet")


def cut(name: str) -> Make:
    """The first half of a file."""

    def make(world: World) -> None:
        path = world.folder / name
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    return make


def cut_in_a_line(name: str) -> Make:
    """Without the last cell of some line and all after it."""

    def make(world: World) -> None:
        lines = (world.folder / name).read_text().splitlines()
        (world.folder / name).write_text("\n".join([*lines[:12], lines[12].rpartition(",")[0]]))

    return make


def filled(name: str, content: bytes) -> Make:
    return lambda world: (world.folder / name).write_bytes(content)


def zeroed(name: str) -> Make:
    def make(world: World) -> None:
        path = world.folder / name
        path.write_bytes(bytes(path.stat().st_size))

    return make


def every_file_spoilt(world: World) -> None:
    for path in world.out.rglob("*"):
        if path.is_file():
            path.write_bytes(b"\xff\x00")


def some_files_deleted(world: World) -> None:
    for name in ("config.yaml", "cohort.parquet", "qc.csv", "provenance/cohort.json"):
        (world.out / name).unlink()


def deleted_at(stage: str, name: str) -> Make:
    """Somebody deletes a file or folder when a stage begins."""

    def make(world: World) -> None:
        run_stage = pipeline.run_stage

        def meanwhile(at, *rest):
            if at == stage:
                remove(world.folder / name)
            return run_stage(at, *rest)

        world.patch.setattr(pipeline, "run_stage", meanwhile)

    return make


def original_inputs(world: World) -> None:
    world.patch.undo()
    for name, content in world.kept.items():
        (world.folder / name).write_bytes(content)


def spoilt_input(name: str, spoil: Make) -> Make:
    def make(world: World) -> None:
        world.kept[name] = (world.folder / name).read_bytes()
        spoil(world)

    return make


def given_back(name: str) -> Make:
    def mend(world: World) -> None:
        remove(world.folder / name)
        (world.folder / name).write_bytes(world.kept[name])

    return mend


AWAY = f"move it away; then {SAME}"
NAMED = "which a run has under that name: move it away, or name another run_dir"
AGAIN = "and those after it again (dvc repro, or radsurv run)"
TABLE, FEATURES = "cohort/clinical.csv", "cohort/features.csv"

FAULTS = [
    Made(
        kind=PLACE, fault="`run_dir` is a file", status=1, said="out: File exists: name another place", then=AWAY,
        make=a_file("out"), mend=moved_away("out"),
    ),
    Made(
        kind=PLACE, fault="`run_dir` is a folder of somebody's", status=1, then=f"name a new folder, or {AWAY}",
        said="run_dir=out is no folder of a run and holds 1 files or folders, for instance 'thesis.docx': name a new folder",
        make=a_folder("out"), mend=moved_away("out"),
    ),
    Made(
        kind=PLACE, fault="`run_dir` is a link that leads nowhere", status=1, said="out: File exists: name another place", then=AWAY,
        make=a_link("out", "nowhere"), mend=moved_away("out"),
    ),
    Made(
        kind=PLACE, fault="`run_dir` is a link that leads to itself", status=1, said="out: File exists: name another place", then=AWAY,
        make=a_link("out", "out"), mend=moved_away("out"),
    ),
    Made(
        kind=PLACE, fault="`run_dir` is a link to the folder of a run", status=0, then=f"{GOES_ON}, where the link leads",
        make=run_folder_is_a_link,
    ),
    Made(
        kind=PLACE, fault="`.unfinished`, where runs are at work, is a link to a folder of somebody's", status=1,
        said=f"out/.unfinished is no folder, {NAMED}", lost="nothing, there neither", then=AWAY,
        make=link_to_a_strangers, mend=strangers_is_whole,
    ),
    Made(
        kind=PLACE, fault="`.unfinished` is a file", status=1, said=f"out/.unfinished is no folder, {NAMED}", then=AWAY,
        make=a_file("out/.unfinished"), mend=moved_away("out/.unfinished"),
    ),
    Made(
        kind=PLACE, fault="`rois` is a file", status=1, said=f"out/rois is no folder, {NAMED}", then=AWAY,
        make=a_file("out/rois"), mend=moved_away("out/rois"),
    ),
    Made(
        kind=PLACE, fault="a folder has the name of a table", status=1, said=f"out/predictions.parquet is no file, {NAMED}", then=AWAY,
        make=a_folder("out/predictions.parquet"), mend=moved_away("out/predictions.parquet"),
    ),
    Made(
        kind=PLACE, fault="a folder has the name of the file that tells of a replacement", status=1,
        said=f"out/being_replaced.json is no file, {NAMED}", then=AWAY,
        make=a_folder("out/being_replaced.json"), mend=moved_away("out/being_replaced.json"),
    ),
    Made(
        kind=PLACE, fault="a folder has the name of the lock", status=1, said=".radsurv-run.lock: Is a directory: name a file", then=AWAY,
        make=a_folder("out/.radsurv-run.lock"), mend=moved_away("out/.radsurv-run.lock"),
    ),
    Made(kind=PLACE, fault="a table of the earlier run is a link to a file elsewhere", status=0, then=GOES_ON, make=table_is_a_link),
    Made(
        kind=PLACE, fault="the run folder is deleted while a run is at work", status=1, lost="what was deleted", keeps=False,
        said="out/cohort.parquet is missing, which stage cohort writes", make=deleted_at("evaluate", "out"),
    ),
    Made(
        kind=PLACE, fault="a table of an earlier stage is deleted while a run is at work", status=1,
        said="out/cohort.parquet is missing, which stage cohort writes", make=deleted_at("evaluate", "out/.unfinished/cohort.parquet"),
    ),
    Made(
        kind=EARLIER, fault="every file of the finished run is damaged; `radsurv run`", status=0,
        lost="what was damaged", then=GOES_ON, make=every_file_spoilt,
    ),
    Made(
        kind=EARLIER, fault="some files of the finished run are deleted; `radsurv run`", status=0, lost="what was deleted",
        then=GOES_ON, make=some_files_deleted,
    ),
    Made(
        kind=EARLIER, fault="`cohort.parquet` is cut short; `radsurv stage evaluate`", status=1, command=("stage", "evaluate"),
        said="radsurv: error: out/cohort.parquet is damaged (", lost="that table", then="`radsurv run` gives the same bytes",
        make=cut("out/cohort.parquet"),
    ),
    Made(
        kind=EARLIER, fault="`features.parquet` is full of zeros; `radsurv stage evaluate`", status=1, command=("stage", "evaluate"),
        said="radsurv: error: out/features.parquet is damaged (", lost="that table", then="`radsurv run` gives the same bytes",
        make=zeroed("out/features.parquet"),
    ),
    Made(
        kind=EARLIER, fault="`params.yaml` is cut short; `radsurv stage evaluate`", status=1, command=("stage", "evaluate"),
        said="params.yaml is no YAML", then="`radsurv run` gives the same bytes", make=filled("params.yaml", b"cohort: {name: [\n"),
    ),
    Made(
        kind=INPUTS, fault="the cohort table is empty", status=1,
        said="cohort/clinical.csv: no rows; expected a line of column names and one row per patient", then=f"give it back; then {SAME}",
        make=spoilt_input(TABLE, filled(TABLE, b"")), mend=given_back(TABLE),
    ),
    Made(
        kind=INPUTS, fault="the cohort table is an image", status=1,
        said="cohort/clinical.csv is not UTF-8 text; save it as CSV in UTF-8", then=f"give it back; then {SAME}",
        make=spoilt_input(TABLE, filled(TABLE, b"\x1f\x8b\x08\x00\xff\xfe")), mend=given_back(TABLE),
    ),
    Made(
        kind=INPUTS, fault="the feature table is cut in the middle of a line", status=1,
        said="cohort/features.csv: line 13 has 3 cells, the header 4",
        then=f"give it back; then {SAME}", make=spoilt_input(FEATURES, cut_in_a_line(FEATURES)), mend=given_back(FEATURES),
    ),
    Made(
        kind=INPUTS, fault="the feature table is a folder", status=1, said="cohort/features.csv does not exist or is no file",
        then=f"give it back; then {SAME}", make=spoilt_input(FEATURES, a_folder(FEATURES)), mend=given_back(FEATURES),
    ),
    Made(
        kind=INPUTS, fault="the feature table is deleted while stage evaluate is at work", status=0, then=GOES_ON,
        make=deleted_at("evaluate", FEATURES),
    ),
]  # fmt: skip
