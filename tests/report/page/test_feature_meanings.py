"""The dictionary holds every selected hand-crafted column once, and nothing else."""

import pandas as pd
import pytest

from radsurv.report.html import render
from radsurv.report.page.feature_meanings import FeatureMeanings


def test_every_selected_column_is_explained_once(load):
    section = FeatureMeanings.of(load())
    rows = {row.feature: row for row in section.rows}
    # The fourth hand-crafted name of the fixture is not a column of this configuration.
    assert list(rows) == ["shape_Volume", "histogram_Variance", "glcm_Correlation"]
    assert section.n_selected == 3
    assert rows["shape_Volume"].configurations == ""
    assert rows["shape_Volume"].unit == "mm³"
    assert rows["glcm_Correlation"].configurations == "equal16_1mm"
    assert rows["histogram_Variance"].meaning
    assert section.n_known == 348


def test_it_names_the_command_for_all_columns_of_this_run(load, execution):
    page = render(load())
    assert "<pre>radsurv describe-features --csv features.csv</pre>" in page
    assert "docs/radiomics.md" in page

    def command(recorded):
        return FeatureMeanings.of(load(execution=execution.model_copy(update={"command": recorded}))).command

    own = command("radsurv run cohort=demo radiomics=vallieres 'quantization.levels=[16, 32]'")
    assert own == "radsurv describe-features --csv features.csv radiomics=vallieres 'quantization.levels=[16, 32]'"


@pytest.mark.parametrize("recorded", ["dvc repro", "dvc exp run", "radsurv run cohort='", None])
def test_a_run_whose_command_names_no_option_has_none_to_copy(load, execution, configured, recorded):
    """The count is that of the configuration; the command without options would give another number of columns."""
    noted = execution.model_copy(update={"command": recorded})
    experiment = load(execution=noted, config=configured("quantization.levels=[16]"))
    section = FeatureMeanings.of(experiment)
    assert section.command is None
    assert section.n_known < 348
    page = " ".join(render(experiment).replace("<code>", "").replace("</code>", "").split())
    said = f"All {section.n_known} columns, with quantisation and scale, as a table: radsurv describe-features with the options"
    assert f"{said} quantization and radiomics of config.yaml." in page
    assert "describe-features --csv" not in page


def test_no_dictionary_where_nothing_hand_crafted_was_offered_or_selected(load, configured, selections):
    assert FeatureMeanings.of(load(config=configured("radiomics=none"))) is None
    assert FeatureMeanings.of(load(config=configured("cohort.features=table.csv"))) is None
    assert FeatureMeanings.of(load(selections=selections[selections["feature"].str.contains("pool")])) is None


def test_of_several_regions_each_column_is_explained_once(load, configured, selections):
    of_regions = selections.assign(feature=["core_" + name for name in selections["feature"]])
    both = pd.concat([of_regions, of_regions.assign(feature=of_regions["feature"].str.replace("core_", "all_"))])
    config = configured("cohort.regions={core: [1], all: [1, 2]}")
    section = FeatureMeanings.of(load(config=config, selections=both))
    assert [row.feature for row in section.rows] == ["shape_Volume", "histogram_Variance", "glcm_Correlation"]
    assert (section.n_selected, section.n_known) == (6, 696)
