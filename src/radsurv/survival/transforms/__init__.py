"""Transforms: what is learned on the members of a training set and changes the feature values of everybody, before the reduction.

One module per transform, with one concrete `radsurv.survival.transform.Transform` and its fitted form.
"""
