import pytest

import conf
from radsurv.radiomics.dictionary import by_family, describe_features
from radsurv.radiomics.vector import feature_names

DEFINITIONS = {
    "vallieres": conf.radiomics("vallieres"),
    "quantised": conf.radiomics("vallieres", histogram="quantised"),
    "ibsi": conf.radiomics("ibsi"),
}


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_one_full_row_per_column_of_the_table(paper, definition):
    table = describe_features(paper, definition)
    assert table.name.tolist() == feature_names(paper, definition)
    assert len(table) == 348
    assert table.notna().all(axis=None)
    assert (table.map(str.strip) == table).all(axis=None)
    assert (table != "").all(axis=None)


def test_rows_say_what_was_quantised(paper):
    table = describe_features(paper, DEFINITIONS["vallieres"]).set_index("name")
    energy = table.loc["glcm_Energy_uniform32_1mm"]
    assert energy[["family", "feature", "formula", "unit", "quantisation", "scale"]].tolist() == [
        "glcm",
        "Energy",
        "Σ p²",
        "1",
        "uniform, 32 levels",
        "1mm",
    ]
    assert table.loc["shape_Volume", ["unit", "quantisation", "scale"]].tolist() == ["mm³", "none", "native"]
    assert table.loc["histogram_Variance_equal16_1mm", ["unit", "quantisation"]].tolist() == ["bins²", "none"]
    quantised = describe_features(paper, DEFINITIONS["quantised"]).set_index("name")
    assert quantised.loc["histogram_Variance_equal16_1mm", ["unit", "quantisation"]].tolist() == [
        "levels²",
        "equal-probability, 16 levels",
    ]
    assert quantised.loc["histogram_Skewness_equal16_1mm", "unit"] == "1"


def test_no_features_no_rows(paper):
    assert describe_features(paper, conf.radiomics("none")).empty


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_the_terminal_shows_every_feature_and_form_within_its_width(paper, definition):
    table = describe_features(paper, definition)
    text = by_family(table, 72)
    assert max(map(len, text.splitlines())) <= 72
    words = " ".join(text.split())
    for row in table.to_dict("records"):
        assert f"{row['feature']} {row['meaning']} [{row['unit']}] = {row['formula']}" in words
        form = row["name"].removeprefix(f"{row['family']}_{row['feature']}").removeprefix("_")
        assert form in words
    assert "equal16_1mm (equal-probability, 16 levels; 1mm)" in words
