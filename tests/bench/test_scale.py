"""bench/scale.py."""

import pandas as pd
import scale


def test_every_stage_has_its_time_and_memory(printed):
    lines = printed(scale.main, "--tiny").splitlines()
    patients, features, stage, wall, processor, peak = lines[1].split()
    assert (patients, features, stage, len(lines)) == ("60", "5", "cohort", 2)
    assert float(wall) > 0
    assert float(processor) > 0
    assert 50 < float(peak.replace(",", "")) < 5_000  # megabytes: Python with pandas, and no mistake of a thousand


def test_the_tables_are_of_one_cohort(tmp_path):
    scale.made_up_tables(tmp_path, 300, 4)
    clinical, features = pd.read_csv(tmp_path / "clinical.csv"), pd.read_parquet(tmp_path / "features.parquet")
    assert clinical["patient_id"].tolist() == features["patient_id"].tolist()
    assert features.shape == (300, 5)
    assert 0.6 < clinical["event"].mean() < 0.8
