"""Every C of an experiment has its row, under the name of what it is."""

from radsurv.report.evidence import Evidence, Simpler
from radsurv.report.forest import ForestRow, forest_rows


def test_a_bootstrap_has_a_row_for_each_of_its_estimates(load, configured, metrics):
    """The first is Harrell's C of the pooled predictions, which is not the .632+ estimate."""
    found = {"harrell_c": 0.671, "apparent_c": 0.81, "out_of_bag_c": 0.64, "out_of_bag_c_sd": 0.05, "c_632plus": 0.69}
    evidence = Evidence.of(load(config=configured("validation=bootstrap"), metrics=metrics | found))
    assert forest_rows(evidence) == [
        ForestRow(label="This experiment, bootstrap, 200 samples", c=0.671, own=True),
        ForestRow(label="This experiment, apparent", c=0.81, own=True),
        ForestRow(label="This experiment, out of bag", c=0.64, sd=0.05, own=True),
        ForestRow(label="This experiment, .632+", c=0.69, own=True),
    ]


def test_simpler_models_come_last_with_their_limits():
    simpler = {"volume": Simpler(c=0.6, low=0.5, high=0.7, delta=0.1)}
    rows = forest_rows(Evidence(c=0.7, c_low=0.6, c_high=0.8, kfold_c=0.69, scheme="leave-one-out", simpler=simpler))
    assert [(row.label, row.low, row.high) for row in rows] == [
        ("This experiment, leave-one-out", 0.6, 0.8),
        ("This experiment, 5 × 5-fold", None, None),
        ("Volume only", 0.5, 0.7),
    ]
