"""bench/ratios.py."""

import numpy as np
import pytest
import ratios


def test_a_quantity_stands_beside_what_was_recorded(printed):
    heading, said = printed(ratios.main, "--tiny").splitlines()
    assert "larger is better" in heading
    name, ratio, recorded, *_ = said.split()
    assert name == "concordance"
    assert float(ratio) > 0
    assert float(recorded) == ratios.recorded()["concordance"]


def test_every_quantity_is_recorded():
    assert list(ratios.recorded()) == list(ratios.QUANTITIES)


@pytest.mark.parametrize(("ratio", "marked"), [(6.6, True), (6.7, False), (20, False)])
def test_what_has_fallen_below_two_thirds_is_marked(ratio, marked):
    assert ("SLOWER THAN RECORDED" in ratios.line("one", ratio, 10.0)) is marked


def test_record_writes_the_table_anew(printed, monkeypatch, tmp_path):
    table = tmp_path / "ratios.csv"
    table.write_text("quantity,ratio,usual way\nfirst,5,a loop\nsecond,7,another\n", encoding="utf-8")
    quantities = {"first": lambda: 8.0, "second": lambda: 9.0}
    monkeypatch.setattr(ratios, "RECORDED", table)
    monkeypatch.setattr(ratios, "QUANTITIES", quantities)
    printed(ratios.main, "--record", "--only", "first")
    assert ratios.recorded() == {"first": 8, "second": 7}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ratios.QUANTITIES if name not in ("concordance", "protocol")])
def test_every_quantity_can_be_measured(name):
    assert 0 < ratios.QUANTITIES[name]() < np.inf
