import pandas as pd
import pydicom
import pytest

from radsurv.cli import main


@pytest.mark.slow
def test_every_option_reaches_the_cohort(tmp_path, capsys):
    asked = (
        "--patients 2 --censored 0 --sequence GE=1 --sequence T2=1 --also FLAIR --thickness 4.5=1 --scanner A=0.5 --scanner B=0.5,2"
        " --missing sex=0.5 --dicom seg"
    )
    assert main(["simulate", str(tmp_path / "made"), *asked.split()]) == 0
    assert "2 SIMULATED patients" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "made" / "clinical.csv")
    assert sorted(table["sequence"]) == ["GE", "T2"]
    assert sorted(table["site"]) == ["A", "B"]
    assert (table["section_mm"] == 4.5).all()
    assert table["sex"].isna().sum() == 1
    assert pydicom.dcmread(tmp_path / "made" / table["mask"][0]).Modality == "SEG"
    flair = pydicom.dcmread(tmp_path / "made" / table["image_flair"][0] / "0001.dcm")
    assert (flair.SeriesDescription, flair.ScanningSequence) == ("SIMULATED FLAIR", ["SE", "IR"])
    said = (tmp_path / "made" / "README.md").read_text()
    assert "scanners A=0.5 (intensities × 1), B=0.5 (intensities × 2), without values sex=0.5" in said


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("--sequence SE", "--sequence 'SE': expected NAME=SHARE, for instance SE=0.6"),
        ("--thickness thick=1", "--thickness 'thick=1': expected NAME=SHARE, for instance 3=0.5"),
        ("--scanner A=1,loud", "--scanner 'A=1,loud': expected NAME=SHARE, for instance A=0.5,2"),
        ("--missing age=some", "--missing 'age=some': expected NAME=SHARE, for instance age=0.1"),
        ("--missing age=0.1 --missing age=0.2", "'age' was given a share already"),
        ("--also PET", "no sequence 'PET' to simulate"),
    ],
)
def test_what_is_no_option(tmp_path, capsys, asked, message):
    assert main(["simulate", str(tmp_path / "made"), *asked.split()]) == 1
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
