"""Every metric is described once, in words."""

from collections import Counter
from typing import get_args

import pytest

from radsurv.catalogue import metrics
from radsurv.catalogue.metrics import COMPARED, METRICS, Kind, Metric, Pooling
from radsurv.options.run import Comparator


def declared():
    """Every metric of the module, before keys could hide one behind another."""
    groups = [value for name, value in vars(metrics).items() if isinstance(value, tuple) and name.startswith("_")]
    return [one for group in groups for one in group if isinstance(one, Metric)]


def test_keys_are_unique_and_nothing_is_left_out():
    keys = [metric.key for metric in declared()]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert sorted(keys) == sorted(METRICS)
    assert all(key == metric.key for key, metric in METRICS.items())


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_every_metric_has_a_label_and_a_meaning(metric):
    assert metric.key.isidentifier()
    assert metric.key == metric.key.lower()
    assert metric.label
    assert metric.label[0].upper() == metric.label[0]
    assert metric.meaning.endswith(".")
    assert metric.external_label != ""
    assert metric.external_meaning is None or metric.external_meaning.endswith(".")


def test_labels_tell_metrics_apart():
    labels = Counter(metric.label for metric in METRICS.values())
    assert [label for label, times in labels.items() if times > 1] == []


@pytest.mark.parametrize("key", [key for key in METRICS if key.endswith("_low")])
def test_limits_come_in_pairs_of_the_kind_of_what_they_bound(key):
    bounded = key.removesuffix("_low")
    assert METRICS[f"{bounded}_high"].kind is METRICS[key].kind
    if bounded in METRICS:
        assert METRICS[bounded].kind is METRICS[key].kind
    order = list(METRICS)
    assert order.index(f"{bounded}_high") == order.index(key) + 1


def test_no_upper_limit_without_a_lower_one():
    assert all(f"{key.removesuffix('_high')}_low" in METRICS for key in METRICS if key.endswith("_high"))


def test_repeats_are_pooled_by_kind():
    """A mean of ratios or P values has no meaning."""
    assert METRICS["hazard_ratio"].pooling is Pooling.GEOMETRIC_MEAN
    assert METRICS["log_rank_p"].pooling is Pooling.MEDIAN
    assert METRICS["harrell_c"].pooling is Pooling.MEAN
    assert Metric("new", Kind.NUMBER, "New", "New.").pooling is Pooling.MEAN


def test_every_comparator_has_its_words():
    assert tuple(COMPARED) == get_args(Comparator)
    assert all(f"comparator_{name}_{ending}" in METRICS for name in COMPARED for ending in ("c", "delta_c"))
