"""Every table is declared once, by the stage that writes it."""

from collections import Counter

from radsurv.catalogue import tables
from radsurv.catalogue.stages import BY_NAME
from radsurv.catalogue.tables import TABLES, Table


def test_names_are_unique():
    assert max(Counter(table.name for table in TABLES).values()) == 1
    assert set(TABLES) == {value for value in vars(tables).values() if isinstance(value, Table)}


def test_every_table_has_a_stage_that_writes_it():
    assert {table.stage for table in TABLES} <= set(BY_NAME)
    for table in TABLES:
        assert table in BY_NAME[table.stage].writes


def test_tables_come_in_the_order_of_their_stages():
    order = [list(BY_NAME).index(table.stage) for table in TABLES]
    assert order == sorted(order)


def test_columns_are_named_once():
    for table in TABLES:
        assert len(set(table.columns)) == len(table.columns)


def test_files_are_those_of_the_run_folder():
    assert tables.PREDICTIONS.file == "predictions.parquet"
    assert tables.ROI_INDEX.file == "rois/index.parquet"
