"""Steps of the feature reduction, one module each: a concrete `radsurv.survival.reduction_step.FeatureFilter` or `Pruning`.

The name of a step is the option of ``conf/reduction`` that holds its threshold; ``reduction.steps`` says which take part, in
which order.
"""
