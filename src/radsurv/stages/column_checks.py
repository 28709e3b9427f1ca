"""What the columns of a cohort say before anything is computed: missing values, constant covariates, sites that tell survival."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sksurv.compare import compare_survival
from sksurv.util import Surv

from radsurv.catalogue.checks import Check
from radsurv.cohort.classes import is_class
from radsurv.config import Config
from radsurv.formats import p_value, percent, plural

NEARLY_UNIQUE = 0.9  # different labels per patient
SMALLEST_CLASS = 5  # patients; smaller ones do not take part in the log-rank test
CAUTION_P = 0.05
# What decides how an image looks, and should not decide who lives.
ACQUISITION = re.compile(
    r"site|sequence|scanner|vendor|manufacturer|field.?strength|protocol|hospital|cent(er|re)", re.I
)


def column_checks(config: Config, cohort: pd.DataFrame) -> list[Check]:
    """Remarks on columns.

    Parameters
    ----------
    config
    cohort
        The patients who can take part, ``time`` and ``event`` known.
    """
    asked = [name for name in dict.fromkeys(config.cohort.covariates) if name in cohort]
    return [*_missing(config, cohort), *_uninformative(cohort, asked), *_tells_survival(cohort)]


def _missing(config: Config, cohort: pd.DataFrame) -> Iterator[Check]:
    for name in cohort:
        count = int(cohort[name].isna().sum())
        if not count:
            continue
        covariate = name in config.cohort.covariates
        yield Check(
            column=str(name),
            severity="warning" if covariate and not config.transforms.fills_in else "note",
            what=f"empty for {count} of {plural(len(cohort), 'patient')} ({percent(count / len(cohort))})",
            remedy="fill it in, choose transforms=imputation, or remove it from cohort.covariates" if covariate else "",
        )


def _uninformative(cohort: pd.DataFrame, covariates: list[str]) -> Iterator[Check]:
    for name in covariates:
        known = cohort[name].dropna()
        if known.nunique() <= 1:
            yield Check(
                column=name,
                severity="warning",
                what=f"the same for everybody ({known.iloc[0]})" if len(known) else "empty for everybody",
                remedy="remove it from cohort.covariates",
            )
        elif is_class(known) and known.nunique() > max(2, NEARLY_UNIQUE * len(known)):
            yield Check(
                column=name,
                severity="warning",
                what=f"{known.nunique()} different labels for {plural(len(known), 'patient')}: nearly everybody has another",
                remedy=f"translate them into classes that patients share with cohort.values.{name}, or remove the covariate",
            )


def _tells_survival(cohort: pd.DataFrame) -> Iterator[Check]:
    """Sites, sequences and scanners whose patients live longer or shorter; the log-rank test of all their classes."""
    for name in cohort:
        if not ACQUISITION.search(str(name)) or f"{name}_hash" in cohort or not is_class(cohort[name].dropna()):
            continue
        sizes = cohort[name].value_counts()
        large = sizes[sizes >= SMALLEST_CLASS].index
        rows = cohort[cohort[name].isin(large)]
        if len(large) < 2 or not rows["event"].any():
            continue
        p = _log_rank_p(rows, rows[name].astype(str))
        if p < CAUTION_P:
            yield Check(
                column=str(name),
                severity="warning",
                what=f"survival differs between its {len(large)} classes of {SMALLEST_CLASS} or more patients (log-rank P"
                f" {p_value(p)}): a model that can tell them from the image predicts survival without looking at the tumour",
                remedy="harmonise (transforms=combat), test within sites (significance.within=site), or validate by site",
            )


def _log_rank_p(rows: pd.DataFrame, groups: pd.Series) -> float:
    outcome = Surv.from_arrays(rows["event"].astype(bool), rows["time"].astype(float))
    try:
        return float(compare_survival(outcome, groups.to_numpy())[1])
    except np.linalg.LinAlgError:  # classes that are never at risk together at an event
        return float("nan")
