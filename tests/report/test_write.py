"""The page is written in one go."""

import pytest

from radsurv.errors import RadsurvError
from radsurv.report import html, write
from radsurv.report.experiment import Experiment


def test_the_page_is_what_is_rendered_and_nothing_else_is_left(make_run):
    run_dir = make_run()
    before = {path.name for path in run_dir.iterdir()}
    assert write(run_dir, None) == []
    assert {path.name for path in run_dir.iterdir()} - before == {"report.html"}
    assert (run_dir / "report.html").read_text(encoding="utf-8") == html.render(Experiment.load(run_dir))


def test_an_older_page_is_replaced(make_run, metrics):
    run_dir = make_run()
    (run_dir / "report.html").write_text("old")
    write(run_dir, None)
    assert str(metrics["harrell_c"]) in (run_dir / "report.html").read_text(encoding="utf-8")


def test_an_older_page_stays_where_the_run_cannot_be_read(make_run):
    run_dir = make_run()
    (run_dir / "report.html").write_text("old")
    (run_dir / "metrics.json").write_text('{"nobody_knows": 1}')
    with pytest.raises(RadsurvError, match="nobody_knows"):
        write(run_dir, None)
    assert (run_dir / "report.html").read_text() == "old"


def test_no_run_folder(tmp_path):
    with pytest.raises(RadsurvError, match="no run to report on"):
        write(tmp_path, None)
    assert list(tmp_path.iterdir()) == []
