"""Batches that know whose patches they hold."""

import numpy as np
import torch

from radsurv.deep.data import PatchData


def test_every_patch_once_in_order(patches):
    data = PatchData(patches, 3, pin_memory=False)
    batches = list(data.predict_dataloader())
    assert [len(indices) for indices, _ in batches] == [3, 3, 1]
    assert torch.cat([indices for indices, _ in batches]).tolist() == list(range(7))
    for indices, pixels in batches:
        for index, patch in zip(indices, pixels, strict=True):
            np.testing.assert_array_equal(patch.numpy(), patches[data.patient_ids[index]])
