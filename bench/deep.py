"""How fast the deep stage is: against a bare torch loop in the same process, and against what the machine can do.

    python bench/deep.py [--threads N] [--json FILE] [--tiny]

With one thread (the default) the processor's time is counted, which a neighbour's load does not distort; with more, the
clock's. A GPU is used where there is one, by the clock. Alternatives are timed in turns and the best of the turns counts.
Weights are random: speed does not depend on them. The bare loop is what one would write by hand: normalise, run, collect;
the stage adds Lightning, one callback a patient, and the padding of the last batch.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from radsurv.deep.backbones import build, input_size, normalization
from radsurv.deep.extract import extract
from radsurv.deep.layers import FeatureExtractor
from radsurv.deep.predict import DTYPES, PatchPredictor, predict
from radsurv.deep.weights import load_network


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes
    ----------
    cpu_batch, cpu_batches
        Patches in a batch and number of batches on the CPU, by backbone.
    gpu_batches, gpu_batch
        Patches in a batch on a GPU: of the network alone, and of the stage.
    matrix
        Rows and columns of the matrix product, by device.
    n_patients
        Of the whole stage on a GPU.
    turns
    """

    cpu_batch: dict[str, int]
    cpu_batches: dict[str, int]
    gpu_batches: tuple[int, ...]
    gpu_batch: int
    matrix: dict[str, int]
    n_patients: int
    turns: int


FULL = Sizes(
    cpu_batch={"vgg19": 8, "efficientnet_lite0": 16},
    cpu_batches={"vgg19": 2, "efficientnet_lite0": 8},
    gpu_batches=(1, 4, 16, 64, 128, 256),
    gpu_batch=128,
    matrix={"cpu": 4096, "cuda": 8192},
    n_patients=1000,
    turns=3,
)
TINY = Sizes({"efficientnet_lite0": 2}, {"efficientnet_lite0": 1}, (1, 2), 2, {"cpu": 64, "cuda": 64}, 4, 1)


def backbone(name: str, batch_size: int) -> Any:
    """A namespace, not a ``BackboneConfig``: a GPU host may have no pydantic."""
    return SimpleNamespace(
        name=name, layers=[], weights="random", pool="avg", preprocess="native", batch_size=batch_size
    )


def compute(device: str, precision: str) -> Any:
    return SimpleNamespace(accelerator=device, devices=1, strategy="auto", precision=precision)


def smooth_patches(n: int, size: int) -> dict[str, np.ndarray]:
    """Blurred noise, 0–255: as little contrast between neighbours as in MR."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.random((n, 1, 16, 16), dtype=np.float32))
    fine = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic").clamp(0, 1)[:, 0] * 255
    return {f"SIMULATED-{i:04d}": patch for i, patch in enumerate(fine.numpy())}


def seconds(device: str, work: Callable[[], Any]) -> float:
    clock = time.process_time if device == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def best_in_turns(device: str, works: dict[str, Callable[[], Any]], turns: int) -> dict[str, float]:
    """Least seconds of each, taking turns; a first turn warms up and does not count."""
    timed = [{name: seconds(device, work) for name, work in works.items()} for _ in range(turns + 1)][1:]
    return {name: min(turn[name] for turn in timed) for name in works}


def matmul_peak(device: str, precision: str, sizes: Sizes) -> float:
    """GFLOP/s of one large matrix product: what the machine can do at best."""
    n, dtype = sizes.matrix[device], DTYPES.get(precision, torch.float32)
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    repeats = 20 if device == "cuda" else 1
    times = best_in_turns(device, {"matmul": lambda: [a @ b for _ in range(repeats)]}, sizes.turns)
    return 2 * n**3 * repeats / times["matmul"] / 1e9


def gflop_per_patch(name: str) -> float:
    configured = backbone(name, 1)
    size = input_size(configured)
    extractor = FeatureExtractor(build(configured, size), name, [], "avg")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        extractor(torch.empty(1, 3, size, size, device="meta"))
    return counter.get_total_flops() / 1e9


def bare_loop(predictor: PatchPredictor, patches: torch.Tensor, batch: int, last: bool) -> Callable[[], Any]:
    """The loop one would write by hand; ``last`` tells the order of the channels."""
    memory_format = torch.channels_last if last else torch.contiguous_format

    def loop() -> np.ndarray:
        predictor.to(memory_format=memory_format)
        vectors = []
        with torch.inference_mode(), TensorFloat(False):
            for start in range(0, len(patches), batch):
                images = predictor.images(patches[start : start + batch].to(predictor.mean.device))
                vectors.append(predictor.extractor(images.contiguous(memory_format=memory_format)).cpu().numpy())
        return np.concatenate(vectors)

    return loop


def worst_relative_error(values: np.ndarray, reference: np.ndarray) -> float:
    """Of all patients' vectors."""
    return float((np.linalg.norm(values - reference, axis=1) / np.linalg.norm(reference, axis=1)).max())


def against_the_loop(device: str, name: str, peaks: dict[str, float], sizes: Sizes) -> Iterator[dict[str, Any]]:
    """The stage against the loop, channels last or first, fp32 and bf16.

    On a GPU the loop has its weights there and its patches in one array already; the stage has not.
    """
    batch = sizes.cpu_batch[name] if device == "cpu" else sizes.gpu_batch
    configured = backbone(name, batch)
    size, flops = input_size(configured), gflop_per_patch(name)
    patches = smooth_patches(batch * sizes.cpu_batches[name] if device == "cpu" else sizes.n_patients, size)
    stacked = torch.from_numpy(np.stack(list(patches.values())))
    network = load_network(configured, size, seed=0)
    few = dict(islice(patches.items(), sizes.cpu_batch[name]))
    extractor = FeatureExtractor(network, name, [], "avg")

    def vectors(on: str, precision: str, of: dict[str, np.ndarray]) -> np.ndarray:
        found = predict(extractor, normalization(configured), of, batch, compute(on, precision)).vectors
        return np.stack(list(found.values()))

    reference = vectors("cpu", "fp32", few)
    for precision in ("fp32", "bf16"):
        values = vectors(device, precision, patches)
        bare = FeatureExtractor(copy.deepcopy(network), name, [], "avg")
        predictor = PatchPredictor(bare, normalization(configured), batch, DTYPES[precision]).to(device)
        works = {
            "stage": partial(vectors, device, precision, patches),
            "bare": bare_loop(predictor, stacked, batch, last=True),
            "bare_channels_first": bare_loop(predictor, stacked, batch, last=False),
        }
        rates = {key: len(patches) / value for key, value in best_in_turns(device, works, sizes.turns).items()}
        yield {
            "backbone": name,
            "device": device,
            "precision": precision,
            "batch": batch,
            "stage_patches_per_s": rates["stage"],
            "stage_to_bare": rates["stage"] / rates["bare"],
            "channels_last_to_first": rates["bare"] / rates["bare_channels_first"],
            "fraction_of_matmul": rates["stage"] * flops / peaks[precision],
            "worst_difference_from_fp32_on_the_cpu": worst_relative_error(values[: len(few)], reference),
            "worst_difference_from_bare": worst_relative_error(values, works["bare"]()),
            "same_bytes_alone": bool(np.array_equal(vectors(device, precision, few), values[: len(few)])),
        }


def network_alone(name: str, peaks: dict[str, float], sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Images a second with everything on the device, for each precision and batch."""
    configured = backbone(name, 1)
    size, flops = input_size(configured), gflop_per_patch(name)
    stacked = torch.from_numpy(np.stack(list(smooth_patches(max(sizes.gpu_batches), size).values()))).cuda()
    for precision in ("fp32", "tf32", "bf16"):
        extractor = FeatureExtractor(load_network(configured, size, seed=0), name, [], "avg")
        dtype = DTYPES.get(precision, torch.float32)
        predictor = PatchPredictor(extractor, normalization(configured), 1, dtype).cuda()
        for batch in sizes.gpu_batches:
            images = predictor.images(stacked[:batch])

            def forward(images: torch.Tensor = images, predictor: PatchPredictor = predictor) -> None:
                with torch.inference_mode():
                    for _ in range(10):
                        predictor.extractor(images)

            with TensorFloat(precision == "tf32"):
                rate = 10 * batch / best_in_turns("cuda", {"forward": forward}, sizes.turns)["forward"]
            yield {
                "backbone": name,
                "device": "cuda",
                "precision": precision,
                "batch": batch,
                "patches_per_s": rate,
                "fraction_of_matmul": rate * flops / peaks[precision],
            }


def whole_stage(name: str, sizes: Sizes) -> dict[str, Any]:
    """The whole stage for many patients on a GPU, and what of it is the network's own time."""
    configured = backbone(name, sizes.gpu_batch)
    patches = smooth_patches(sizes.n_patients, input_size(configured))
    network = load_network(configured, input_size(configured), seed=0)
    extractor = FeatureExtractor(network, name, [], "avg")
    whole = seconds("cuda", lambda: extract(patches, configured, compute("cuda", "bf16"), seed=0))
    stage = partial(predict, extractor, normalization(configured), patches, sizes.gpu_batch, compute("cuda", "bf16"))
    warm = best_in_turns("cuda", {"predict": stage}, sizes.turns)["predict"]
    return {"backbone": name, "device": "cuda", "patients": len(patches), "extract_s": whole, "predict_s": warm}


class TensorFloat:
    """TF32 on or off, for convolutions and matrix products."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __enter__(self) -> None:
        self.before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high" if self.on else "highest")
        self.flags = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=self.on)
        self.flags.__enter__()

    def __exit__(self, *error: Any) -> None:
        self.flags.__exit__(*error)
        torch.set_float32_matmul_precision(self.before)


def peaks_of(device: str, sizes: Sizes) -> dict[str, float]:
    peaks = {}
    for precision in ("fp32", "bf16") if device == "cpu" else ("fp32", "tf32", "bf16"):
        with TensorFloat(precision == "tf32"):
            peaks[precision] = matmul_peak(device, precision, sizes)
    return peaks


def measurements(sizes: Sizes) -> Iterator[dict[str, Any]]:
    yield {"torch": torch.__version__, "python": platform.python_version(), "threads": torch.get_num_threads()}
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        name = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine()
        peaks = peaks_of(device, sizes)
        yield {"device": device, "name": name} | {f"matmul_gflops_{key}": peak for key, peak in peaks.items()}
        for each in sizes.cpu_batch:
            yield from against_the_loop(device, each, peaks, sizes)
            if device == "cuda":
                yield from network_alone(each, peaks, sizes)
                yield whole_stage(each, sizes)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU")
    parser.add_argument("--json", type=Path, help="keep the numbers here as well")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    results = []
    for result in measurements(TINY if asked.tiny else FULL):
        results.append(result)
        shown = (
            f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in result.items()
        )
        print("  ".join(shown), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
