"""bench/radiomics_features.py: it runs, and what it compares gives the same numbers."""

import os

import radiomics_features


def test_tables_are_printed_and_the_process_keeps_its_cores(printed):
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    text = printed(radiomics_features.main, "--tiny", "--repeats", "1")
    assert "times faster, median" in text
    assert "Where the time goes" in text
    assert before is None or os.sched_getaffinity(0) == before


def test_pyradiomics_computes_the_counterparts():
    options, rival = radiomics_features.paper_options(), radiomics_features.Pyradiomics()
    assert radiomics_features.worst_difference(radiomics_features.drawn_region(150), rival, options) < 1e-9
