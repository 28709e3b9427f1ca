"""``radsurv dashboard`` on a sweep and a run of their own."""

import base64
import errno
import hashlib
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from radsurv.cli import main
from radsurv.report.reasons import FAILED, UNREAD
from radsurv.stages.dashboard import OURS

pytestmark = pytest.mark.slow  # several runs


class Links(HTMLParser):
    """Addresses that a page names."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src") and not value.startswith("#")]


@pytest.fixture(scope="module")
def site(work, tmp_path_factory):
    """Made once; the working folder is that of the runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        out = tmp_path_factory.mktemp("site") / "site"
        assert main(["dashboard", "runs", "--out", str(out)]) == 0
    return out


@pytest.fixture
def plain(monkeypatch):
    """Pages of runs without figures, which take longer than all else: of tests that look at neither."""
    monkeypatch.setattr("radsurv.stages.dashboard.render", lambda experiment: "page")


def read(path):
    return path.read_text(encoding="utf-8")


def test_every_run_is_there_with_its_numbers_and_failures_are_named(site):
    page = read(site / "index.html")
    assert page.count('<td class="picture"><a') == 3
    assert re.search(
        r"sweep/cohort.min_patients=41,model.alpha=0.1: failed: summary.csv of its sweep, or the terminal", page
    )
    assert '<option value="0.1">0.1</option>' in page
    assert ".text)" not in page  # of an option, in which a browser joins blanks
    assert len(list(site.glob("runs/*/report.html"))) == 3
    assert len(list(site.glob("compare/*.html"))) == 1  # of the sweep; the run beside it is alone in its folder


def test_runs_that_differ_by_a_patient_have_the_differences_of_compare(work, quick, tmp_path, monkeypatch):
    """One naming for all: with one of its own for each run, no pseudonym would mean the same patient in both."""
    monkeypatch.chdir(work)
    monkeypatch.setattr(
        "radsurv.report.html.render", lambda experiment: "page"
    )  # of the runs; those of the dashboard are read
    fewer = [f"SECRET-{number:02d}" for number in range(39)]
    for name, further in {"all": [], "fewer": [f"cohort.select={{patient_id: [{', '.join(fewer)}]}}"]}.items():
        assert main(["run", *quick, f"run_dir=pair/{name}", "comparison=none", *further]) == 0
    assert main(["compare", "pair/all", "pair/fewer", "--out", str(tmp_path / "compared")]) == 0
    assert main(["dashboard", "pair", "--out", str(tmp_path / "site")]) == 0
    expected = pd.read_csv(tmp_path / "compared/comparison.csv")
    (made,) = tmp_path.glob("site/compare/*.csv")
    found = pd.read_csv(made)
    numbers = ["n_common", "delta_c", "delta_c_low", "delta_c_high"]
    assert found["run"].tolist() == ["all", "fewer"]
    assert expected.loc[1, "n_common"] == len(fewer)
    pd.testing.assert_frame_equal(found[numbers], expected[numbers])
    assert expected["cohort.select.patient_id"].tolist() == ["–", "39 ids (set 1)"]
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        assert b"SECRET" not in path.read_bytes()


def test_all_links_lead_somewhere_within(site):
    for page in site.rglob("*.html"):
        for link in Links(read(page)).found:
            if not link.startswith("data:"):
                assert (page.parent / link).resolve().is_file(), link
                assert (page.parent / link).resolve().is_relative_to(site.resolve())


def test_nothing_is_loaded_from_elsewhere_and_no_script_runs_but_its_own(site):
    page = read(site / "index.html")
    assert not re.search(r"https?://", page)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy.replace("&#39;", "'")
    assert "unsafe-inline" not in policy.partition("style-src")[0]


def test_no_id_is_anywhere_but_when_asked_for(site, work, tmp_path, monkeypatch):
    everything = b"".join(path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file())
    assert b"SECRET" not in everything
    assert b"pseudonym-001" in everything
    assert str(work).encode() not in everything
    monkeypatch.chdir(work)
    assert main(["dashboard", "runs/clinical", "--out", str(tmp_path / "site"), "--patients", "ids"]) == 0
    (report,) = tmp_path.glob("site/runs/*/report.html")
    assert "SECRET-01" in read(report)


def test_why_a_run_failed_is_on_the_terminal_and_on_pages_without_what_names_somebody(
    plain, work, tmp_path, monkeypatch, capsys
):
    """A message may have ids, which nobody knows of a run that failed, and paths."""
    monkeypatch.chdir(work)
    sweep = tmp_path / "sweep"
    shutil.copytree("runs/clinical", sweep / "good")
    reason = "/home/jane/images/t2.nii of SECRET-07 is damaged"
    pd.DataFrame({"run": ["good", "bad"], "error": ["", reason]}).to_csv(sweep / "summary.csv", index=False)
    for patients, shown in {"none": FAILED, "ids": "t2.nii of SECRET-07 is damaged"}.items():
        capsys.readouterr()
        assert main(["dashboard", str(sweep), "--out", str(tmp_path / patients), "--patients", patients]) == 0
        assert f"! bad: {reason}" in capsys.readouterr().out
        assert f"<li>bad: {shown}</li>" in read(tmp_path / patients / "index.html")
    assert "/home/jane" not in read(tmp_path / "ids/index.html")


def test_what_is_somebody_elses_is_named_and_passed_over(plain, work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(work)
    runs = tmp_path / "runs"
    shutil.copytree("runs/clinical", runs / "mine")
    contents = {
        "list/config.yaml": b"- 1\n- 2\n",
        "latin/config.yaml": "name: Müller\n".encode("latin-1"),
        "empty/summary.csv": b"",
        "foreign/summary.csv": b"a,b\n1,2\n",
        "short/summary.csv": b"run,error\nmine\n",
        "outside/summary.csv": b"run,error\n../mine,failed\n",
    }
    for name, content in contents.items():
        (runs / name).parent.mkdir()
        (runs / name).write_bytes(content)
    assert main(["dashboard", str(runs), "--out", str(tmp_path / "site")]) == 0
    said = capsys.readouterr().out
    named = {line[2:].partition(": ")[0] for line in said.splitlines() if line.startswith("! ")}
    assert named == {"list", "latin", "empty/summary.csv", "foreign/summary.csv", "outside/summary.csv"}
    assert "1 run, 0 comparisons" in said
    for name, (status, fault) in {
        "list": (1, "a list, where sections"),
        "latin": (1, "is not what RadSurv"),
        "empty": (1, "is damaged"),
        "foreign": (1, "no column 'run'"),
        "outside": (1, "names a run '../mine'"),
    }.items():
        assert main(["compare", str(runs / "mine"), str(runs / name), "--out", str(tmp_path / "out")]) == status
        assert fault in capsys.readouterr().err


def test_what_cannot_be_read_and_what_is_too_much_for_a_page_is_said(plain, work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(work)
    scan = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scan(path)

    for run in ("one", "two"):
        shutil.copytree("runs/clinical", tmp_path / "runs" / run)
    (tmp_path / "runs/closed").mkdir()
    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr("radsurv.stages.dashboard.MOST_COMPARED", 1)
    assert main(["dashboard", str(tmp_path / "runs"), "--out", str(tmp_path / "site")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^! closed: .*closed: Permission denied: change its rights", said, re.M)
    assert f"<li>closed: {UNREAD}</li>" in read(tmp_path / "site/index.html"), "it is no run that failed"
    assert "! the folder itself: no comparison, as 2 runs are more than the 1 that one page has room for" in said
    assert "2 runs, 0 comparisons" in said


def test_a_folder_of_a_long_name_has_a_comparison(plain, work, tmp_path, monkeypatch):
    monkeypatch.chdir(work)
    group = tmp_path / "runs" / ("組" * 60) / ("a" * 250)
    for run in ("one", "two"):
        shutil.copytree("runs/clinical", group / run)
    assert main(["dashboard", str(tmp_path / "runs"), "--out", str(tmp_path / "site")]) == 0
    assert len(list(tmp_path.glob("site/compare/1-*.csv"))) == 1


def test_an_earlier_site_is_replaced_and_nothing_else(plain, work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(work)
    out = tmp_path / "site"
    assert main(["dashboard", "runs/clinical", "--out", str(out)]) == 0
    (out / "stale.html").write_text("of an earlier site")
    assert main(["dashboard", "runs/clinical", "--out", str(out)]) == 0
    assert not (out / "stale.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.docx").write_text("keep")
    assert main(["dashboard", "runs/clinical", "--out", str(tmp_path / "mine")]) == 1
    assert "no dashboard: name a new folder" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["thesis.docx"]
    assert not (tmp_path / "mine" / OURS).exists()


def test_a_site_is_replaced_where_one_stands_in_it_and_through_a_link(plain, site, work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(work)
    out, link = tmp_path / "site", tmp_path / "link"
    shutil.copytree(site, out)
    link.symlink_to(out)
    runs = str((work / "runs/clinical").resolve())
    for cwd, given in ((out, "."), (tmp_path, "link")):
        monkeypatch.chdir(cwd)
        (out / "stale.html").write_text("of an earlier site")
        assert main(["dashboard", runs, "--out", given]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == str(Path(given) / "index.html")
        assert not (out / "stale.html").exists()
        assert (out / OURS).is_file()
    assert link.is_symlink()


def test_no_runs(work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(work)
    assert main(["dashboard", "data", "--out", str(tmp_path / "site")]) == 1
    assert "data holds no finished run" in capsys.readouterr().err
    assert main(["dashboard", "nowhere", "--out", str(tmp_path / "site")]) == 1
    assert "nowhere is no folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
