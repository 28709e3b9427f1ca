"""What the selected hand-crafted features measure: their part of the data dictionary."""

from __future__ import annotations

import shlex

import pandas as pd

from radsurv.config import QuantizationConfig, RadiomicsConfig
from radsurv.radiomics.dictionary import describe_features
from radsurv.report.experiment import Experiment
from radsurv.report.sections.section import Section


def dictionary(experiment: Experiment) -> Section | None:
    """One row per kind of feature, with the quantisations in which it survived reduction in at least one fold."""
    if experiment.selections is None or experiment.setting("cohort.features"):
        return None
    known = _described(experiment)
    selected = known[known["name"].isin(experiment.selections["feature"])]
    if selected.empty:
        return None
    rows = [_row(kind) for _, kind in selected.groupby(["family", "feature"], sort=False)]
    return Section(
        "dictionary",
        "What the hand-crafted features mean",
        {"rows": rows, "n_selected": len(selected), "n_known": len(known), "command": _command(experiment)},
    )


def _command(experiment: Experiment) -> str:
    """How to write the dictionary of all columns of this run: with the options of its command that name them."""
    try:
        words = shlex.split(experiment.provenance.get("command") or "")
    except ValueError:  # not a shell's command
        words = []
    named = [word for word in words if word.startswith(("experiment=", "quantization", "radiomics"))]
    return shlex.join(["radsurv", "describe-features", "--csv", "features.csv", *named])


def _described(experiment: Experiment) -> pd.DataFrame:
    quantization, radiomics = experiment.setting("quantization"), experiment.setting("radiomics")
    if not quantization or not radiomics or radiomics["definition"] == "none":
        return pd.DataFrame(columns=["name"])
    return describe_features(QuantizationConfig(**quantization), RadiomicsConfig(**radiomics))


def _row(kind: pd.DataFrame) -> dict[str, str]:
    first = kind.iloc[0]
    stem = f"{first['family']}_{first['feature']}"
    return {
        "feature": stem,
        "configurations": ", ".join(name.removeprefix(stem).removeprefix("_") for name in kind["name"]),
        "formula": first["formula"],
        "unit": first["unit"],
        "meaning": first["meaning"],
    }
