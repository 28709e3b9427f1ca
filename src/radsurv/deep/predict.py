"""Patches through a network on whatever devices there are: Lightning's ``Trainer.predict``, quiet and resumable."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import BasePredictionWriter
from torch import Tensor, nn

from radsurv.deep.backbones import Normalization
from radsurv.deep.data import PatchData
from radsurv.deep.freed_memory import kept_for_reuse
from radsurv.deep.layers import FeatureExtractor
from radsurv.deep.one_by_one import one_by_one
from radsurv.deep.processes import OnPatient, Vector, mailbox, quiet
from radsurv.errors import ConfigError
from radsurv.formats import one_line

if TYPE_CHECKING:
    from radsurv.compute.compute_options import ComputeConfig

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
STRATEGIES = ("auto", "ddp_spawn", "ddp_fork")
GRAY_BATCH = 3  # dimensions of a batch of grey patches
OUT_OF_MEMORY = ("OutOfMemoryError", "out of memory", "can't allocate memory")


class PatchPredictor(LightningModule):
    """From patches to feature vectors.

    Every forward pass has ``batch_size`` patches, the last batch being filled up with black ones: matrix kernels differ
    with the shape of a batch, and so a patient's last digits would depend on how many others happened to be missing
    from the cache.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, extractor: FeatureExtractor, normalization: Normalization, batch_size: int, dtype: torch.dtype):
        super().__init__()
        self.extractor = extractor.to(dtype).to(memory_format=torch.channels_last)
        for module in self.extractor.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.float()  # statistics of 8 bits would be the largest error of all, and gain no time
        self.batch_size, self.input_dtype, self.divisor = batch_size, dtype, normalization.divisor
        self.register_buffer("mean", torch.tensor(normalization.mean).view(1, 3, 1, 1))
        self.register_buffer("sd", torch.tensor(normalization.sd).view(1, 3, 1, 1))

    def images(self, patches: Tensor) -> Tensor:
        """Normalised images ``(patch, 3, y, x)``, in the network's precision.

        A grey patch ``(patch, y, x)`` is shown three times; one of ``(patch, 3, y, x)`` brings its channels.
        """
        channels = patches[:, None] if patches.ndim == GRAY_BATCH else patches
        images = (channels / self.divisor - self.mean) / self.sd
        return images.to(dtype=self.input_dtype, memory_format=torch.channels_last)

    def predict_step(self, batch: Sequence[Tensor], batch_idx: int) -> tuple[Tensor, Tensor]:
        """Indices and features ``(patch, feature)`` of one batch."""
        indices, patches = batch
        missing = self.batch_size - len(patches)
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            features = self.extractor(self.images(torch.cat([patches, patches.new_zeros(missing, *patches.shape[1:])])))
        return indices, features[: len(patches)]


class PatientWriter(BasePredictionWriter):
    """Hands on each patient's vector as soon as the patient's batch is done."""

    def __init__(self, patient_ids: Sequence[str], deliver: OnPatient) -> None:
        super().__init__(write_interval="batch")
        self.patient_ids, self.deliver = patient_ids, deliver

    def write_on_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, prediction: tuple[Tensor, Tensor], *_: Any
    ) -> None:
        """Called by Lightning in the process that computed the batch."""
        indices, features = (tensor.cpu().numpy() for tensor in prediction)
        for index, vector in zip(indices, features, strict=True):
            self.deliver(self.patient_ids[index], vector.copy())


@dataclass(frozen=True)
class Predicted:
    """What came of all patches.

    Attributes
    ----------
    vectors : dict of str to (feature,) float32
        By patient, in the order of the patches.
    run_notes : list of str
        Remarks on how it went.
    faults : dict of str to str
        Why others have none.
    """

    vectors: dict[str, Vector]
    run_notes: list[str]
    faults: dict[str, str]


def predict(
    extractor: FeatureExtractor,
    normalization: Normalization,
    patches: Mapping[str, Float[np.ndarray, "*channel y x"]],
    batch_size: int,
    compute: ComputeConfig,
    on_patient: OnPatient | None = None,
) -> Predicted:
    """Feature vectors of all patches.

    When a batch does not fit the memory, its size is halved, and the patients not done yet are tried again. When it fails for
    another reason, the patients not done yet are tried in ever smaller groups, and who fails alone is left out; unless a black
    patch fails as well, since then the fault is nobody's.

    Parameters
    ----------
    on_patient : callable, optional
        Called with each patient's id and vector, always in this process, as soon as its batch is done.

    Raises
    ------
    ConfigError
        An accelerator, device or strategy that this machine does not have; a single patch that does not fit.
    Exception
        What network or device answer to any patch.
    """
    done: dict[str, Vector] = {}
    network = _Network(extractor, normalization, batch_size, compute)

    def deliver(patient_id: str, vector: Vector) -> None:
        if on_patient:
            on_patient(patient_id, vector)
        done[patient_id] = vector

    def run(patient_ids: list[str]) -> None:
        network({patient_id: patches[patient_id] for patient_id in patient_ids}, deliver)

    def works() -> bool:
        try:
            network({"black": np.zeros_like(next(iter(patches.values())))}, lambda *_: None)
        except Exception:  # of whatever kind: the caller has one to tell of
            return False
        return True

    faults = one_by_one(run, list(patches), done, works)
    return Predicted(
        {patient_id: done[patient_id] for patient_id in patches if patient_id in done}, network.notes, faults
    )


class _Network:
    """Passes patches through, in batches that fit the memory; has notes of where they did not."""

    def __init__(
        self, extractor: FeatureExtractor, normalization: Normalization, batch_size: int, compute: ComputeConfig
    ) -> None:
        self.extractor, self.normalization, self.batch_size, self.compute = (
            extractor,
            normalization,
            batch_size,
            compute,
        )
        self.notes: list[str] = []

    def __call__(self, patches: Mapping[str, Float[np.ndarray, "*channel y x"]], deliver: OnPatient) -> None:
        done: set[str] = set()

        def noted(patient_id: str, vector: Vector) -> None:
            deliver(patient_id, vector)
            done.add(patient_id)

        while missing := {patient_id: patch for patient_id, patch in patches.items() if patient_id not in done}:
            dtype = DTYPES[self.compute.precision]
            predictor = PatchPredictor(self.extractor, self.normalization, self.batch_size, dtype)
            try:
                with quiet():
                    _run(predictor, missing, self.compute, noted)
            except Exception as error:
                if not any(sign in f"{type(error).__name__}: {error}" for sign in OUT_OF_MEMORY):
                    raise
                self._halve()

    def _halve(self) -> None:
        if self.batch_size == 1:
            raise ConfigError(
                f"one patch does not fit the memory that is free for {self.extractor.name}: take a smaller backbone, "
                "or compute.accelerator=cpu"
            ) from None
        self.batch_size //= 2
        self.notes.append(f"deep: out of memory, went on with backbone.batch_size={self.batch_size}")


def _run(
    predictor: PatchPredictor,
    patches: Mapping[str, Float[np.ndarray, "*channel y x"]],
    compute: ComputeConfig,
    deliver: OnPatient,
) -> None:
    hand_over: AbstractContextManager[OnPatient] = nullcontext(deliver)
    strategy = "auto"
    if _trainer(compute, strategy).num_devices > 1:
        # Not Lightning's own "auto", which would start the whole command line again for each device.
        strategy = "ddp_spawn" if compute.strategy == "auto" else compute.strategy
        hand_over = mailbox(deliver)
    with hand_over as deliver_here:
        trainer = _trainer(compute, strategy, PatientWriter(list(patches), deliver_here))
        device = trainer.strategy.root_device.type
        data = PatchData(patches, predictor.batch_size, pin_memory=device == "cuda")
        interrupted = signal.getsignal(signal.SIGINT)
        try:
            with kept_for_reuse() if device == "cpu" else nullcontext():
                trainer.predict(predictor, datamodule=data, return_predictions=False)
        except SystemExit:  # Lightning's answer to Ctrl-C, for which it turns a deaf ear to any further one
            signal.signal(signal.SIGINT, interrupted)
            raise KeyboardInterrupt from None


def _trainer(compute: ComputeConfig, strategy: str, *callbacks: BasePredictionWriter) -> Trainer:
    if compute.strategy not in STRATEGIES:
        raise ConfigError(f"compute.strategy={compute.strategy}: expected one of {', '.join(STRATEGIES)}")
    try:
        return Trainer(
            accelerator=compute.accelerator,
            devices=compute.devices,
            strategy=strategy,
            callbacks=list(callbacks),
            plugins=[LightningEnvironment()],  # else a SLURM job would be taken for a part of a larger one
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
    except (MisconfigurationException, TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"compute.accelerator={compute.accelerator} compute.devices={compute.devices} cannot be used here: "
            f"{one_line(error)}"
        ) from None
