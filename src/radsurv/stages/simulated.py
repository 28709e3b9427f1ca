"""Whether numbers are of patients who were made up: tables and figures then say so."""

from __future__ import annotations

import pandas as pd

from radsurv.stages.run_folder import RunFolder


def made_up(cohort: pd.DataFrame) -> bool:
    """Whether any patient of a cohort table was."""
    return bool(cohort["simulated"].any())


def of_evaluation(folder: RunFolder) -> bool:
    """Whether any patient of the evaluation was, or of those whom an applied model was trained on."""
    return bool(folder.read_metrics("evaluate")["simulated"])
