"""bench/cluster.py."""

import cluster


def test_a_loop_has_its_costs(printed):
    head, row = printed(cluster.main, "--tiny").splitlines()
    assert head.split() == ["start", "s", "a", "piece", "ms", "1", "MB", "shared", "s"]
    name, *numbers = row.split()
    assert name == "threads"
    assert all(float(number) >= 0 for number in numbers)
    assert len(numbers) == 3
