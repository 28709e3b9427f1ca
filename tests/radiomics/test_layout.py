import pytest

import conf
from radsurv.radiomics.layout import Configuration, Definition, columns, configurations


@pytest.mark.parametrize(
    ("scale", "label"),
    [("native", "equal16_native"), (1.0, "equal16_1mm"), (0.5, "equal16_0.5mm"), (2, "equal16_2mm")],
)
def test_labels(scale, label):
    assert Configuration(scale, "equal", 16).label == label


def test_order_is_the_configurations():
    quantization = conf.quantization(algorithms=["uniform", "equal"], levels=[32, 8], scales=[1.0, "native"])
    assert [one.label for one in configurations(quantization)] == [
        "uniform32_1mm",
        "uniform8_1mm",
        "equal32_1mm",
        "equal8_1mm",
        "uniform32_native",
        "uniform8_native",
        "equal32_native",
        "equal8_native",
    ]


def test_columns_go_family_by_family():
    quantization = conf.quantization(algorithms=["equal"], levels=[8, 16], scales=["native"])
    definition = Definition("outline", ("Area",), {"first": ("A", "B"), "second": ("C",)})
    assert [column.name for column in columns(definition, quantization)] == [
        "outline_Area",
        "first_A_equal8_native",
        "first_B_equal8_native",
        "second_C_equal8_native",
        "first_A_equal16_native",
        "first_B_equal16_native",
        "second_C_equal16_native",
    ]
