"""Patches in batches, for Lightning."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset


class PatchData(LightningDataModule):
    """The patches of some patients, grey or of three channels; grey ones get theirs, and all are normalised, on the device.

    So a grey patch travels as 4 bytes a pixel, nothing is computed between two batches, and the loader needs no workers.

    Parameters
    ----------
    patches : mapping of patient id to (y, x) or (3, y, x) float32, 0–255
        All of one shape.
    batch_size : int
    pin_memory : bool
        Whether batches go to a GPU.
    """

    def __init__(
        self, patches: Mapping[str, Float[np.ndarray, "*channel y x"]], batch_size: int, *, pin_memory: bool
    ) -> None:
        super().__init__()
        self.patient_ids = list(patches)
        self.batch_size, self.pin_memory = batch_size, pin_memory
        self.patches = torch.from_numpy(np.stack([np.asarray(patch, dtype=np.float32) for patch in patches.values()]))

    def predict_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        """Batches ``(index, patch)``; the index says whose patch it is, on whichever device it ends up."""
        dataset = TensorDataset(torch.arange(len(self.patches)), self.patches)
        return DataLoader(dataset, batch_size=self.batch_size, pin_memory=self.pin_memory)
