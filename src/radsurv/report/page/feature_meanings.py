"""What the selected hand-crafted features measure: their part of the data dictionary."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import ClassVar, Self

import pandas as pd

from radsurv.catalogue.tables import SELECTIONS
from radsurv.cohort.parts import WHOLE, part_of
from radsurv.radiomics.dictionary import describe_features
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection

RUN = "radsurv run"


@dataclass(frozen=True)
class Meaning:
    """A kind of feature, and the quantisations in which it was selected."""

    feature: str
    meaning: str
    formula: str
    unit: str
    configurations: str


@dataclass(frozen=True, kw_only=True)
class FeatureMeanings(PageSection):
    """One row per kind of feature that survived reduction in at least one fold.

    Attributes
    ----------
    rows
    n_selected, n_known
        Columns that survived, and all hand-crafted ones.
    command
        Writes the whole dictionary; None where the run's own command does not name its options.
    """

    order: ClassVar[int] = 140
    title: str = "What the hand-crafted features mean"

    rows: tuple[Meaning, ...]
    n_selected: int
    n_known: int
    command: str | None

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        config, selections = experiment.config, experiment.table(SELECTIONS)
        if selections is None or not config.computes_radiomics:
            return None
        known = describe_features(config.quantization, config.radiomics)
        parts = list(config.cohort.regions or [WHOLE])
        names = {name: part_of(name, parts)[1] for name in selections["feature"].unique()}
        own = [name for name in names.values() if name in set(known["name"])]
        selected = known[known["name"].isin(own)]
        if selected.empty:
            return None
        return cls(
            rows=tuple(_meaning(kind) for _, kind in selected.groupby(["family", "feature"], sort=False)),
            n_selected=len(own),
            n_known=len(known) * len(parts),
            command=_command(experiment),
        )


def _command(experiment: Experiment) -> str | None:
    """How to write the dictionary of all columns of this run: with the options of its command that name them.

    ``dvc repro`` names none: its options stand in a file.
    """
    command = experiment.execution.command or ""
    if not command.startswith(RUN):
        return None
    try:
        words = shlex.split(command)
    except ValueError:  # not a shell's command
        return None
    named = [word for word in words if word.startswith(("--config-dir=", "experiment=", "quantization", "radiomics"))]
    return shlex.join(["radsurv", "describe-features", "--csv", "features.csv", *named])


def _meaning(kind: pd.DataFrame) -> Meaning:
    first = kind.iloc[0]
    stem = f"{first['family']}_{first['feature']}"
    return Meaning(
        feature=stem,
        meaning=first["meaning"],
        formula=first["formula"],
        unit=first["unit"],
        configurations=", ".join(name.removeprefix(stem).removeprefix("_") for name in kind["name"]),
    )
