"""The options are YAML whatever is in a name, and OmegaConf reads what was meant."""

from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from radsurv.ingest.cohort_file import cohort_file, scalar


@pytest.mark.parametrize(
    "text", ["a b", "${seed}", "\\${seed}", "\\\\${x}", "q\"uo'te", "#no", "é [1]=x: {a}", "\x07bell", "???a"]
)
def test_a_text_comes_back_as_it_was(text):
    assert OmegaConf.to_container(OmegaConf.create(f"x: {scalar(text)}"), resolve=True)["x"] == text


def test_no_comment_ends_a_line_or_the_file():
    text = cohort_file(Path("d/clinical.csv"), ["a\ncohort: {table: other}", "bell \x07", "\ud800"], ["x\ny"], 2)
    read = yaml.safe_load(text)
    assert read["cohort"] == {
        "table": "d/clinical.csv",
        "name": None,
        "time_unit": "days",
        "mask_label": 2,
        "covariates": [],
    }
