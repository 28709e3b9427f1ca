"""What a run may use of a machine: the one place that makes a parallel loop, and the one that keeps a cache."""
