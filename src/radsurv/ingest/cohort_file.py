"""``cohort.yaml``: the options that run a proposed cohort, with what was decided as comments."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

NAME = "cohort"
TEMPLATE = """\
# A cohort as `radsurv ingest` proposes it. Correct what is wrong; this runs it:
#
#   {command}
#
# What was decided:
{decided}
defaults:
  - config                  # every other option, as conf/config.yaml has it
  - override cohort: table
  - _self_

cohort:
  table: {table}  # seen from the folder in which radsurv is run
  name: null                # in the title of the report; null: the name of the table's folder
  time_unit: days           # whatever the clinical table had
  mask_label: {mask_label}          # which label of the outlines; null: they have one only
  # Known at the start, and usable as they are: {proposed}
  covariates: []
"""


def cohort_file(table: Path, decided: Sequence[str], proposed: Sequence[str], mask_label: int | None) -> str:
    """The text of the file.

    Parameters
    ----------
    table : Path
        The cohort table, as the user would name it; the file lies beside it.
    decided : sequence of str
        One comment each.
    proposed : sequence of str
        Columns that could be covariates.
    mask_label : int, optional
    """
    return TEMPLATE.format(
        command=_comment(run_command(table.parent)),
        decided="\n".join(f"# - {_comment(line)}" for line in decided),
        table=scalar(table.as_posix()),
        mask_label="null" if mask_label is None else mask_label,
        proposed=_comment(f"[{', '.join(map(scalar, proposed))}]"),
    )


def run_command(folder: Path) -> str:
    """The command that runs a proposed cohort, for a shell."""
    return shlex.join(["radsurv", "run", f"--config-dir={folder}", f"--config-name={NAME}"])


def scalar(text: str) -> str:
    """A text in YAML, of which OmegaConf makes no reference to another option (``${…}``)."""
    escaped = re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + r"\${", text)
    return json.dumps(escaped, ensure_ascii=not escaped.isprintable())


def _comment(text: str) -> str:
    """A text in one line in which nothing ends the comment or the file."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
