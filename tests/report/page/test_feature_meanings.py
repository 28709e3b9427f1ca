"""The dictionary holds every selected hand-crafted column once, and nothing else."""

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


def test_it_names_the_command_for_all_columns_of_this_run(load, provenance):
    page = render(load())
    assert "<pre>radsurv describe-features --csv features.csv</pre>" in page
    assert "docs/radiomics.md" in page

    def command(recorded):
        return FeatureMeanings.of(load(provenance=provenance.model_copy(update={"command": recorded}))).command

    own = command("radsurv run cohort=demo radiomics=vallieres 'quantization.levels=[16, 32]'")
    assert own == "radsurv describe-features --csv features.csv radiomics=vallieres 'quantization.levels=[16, 32]'"
    assert command("radsurv run cohort='") == "radsurv describe-features --csv features.csv"


def test_no_dictionary_where_nothing_hand_crafted_was_offered_or_selected(load, configured, selections):
    assert FeatureMeanings.of(load(config=configured("radiomics=none"))) is None
    assert FeatureMeanings.of(load(config=configured("cohort.features=table.csv"))) is None
    assert FeatureMeanings.of(load(selections=selections[selections["feature"].str.contains("pool")])) is None
