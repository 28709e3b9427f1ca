"""How fast the deep stage is: against a bare torch loop in the same process, and against what the machine can do.

    python bench/deep.py [--threads N] [--json FILE]

With one thread (the default) the processor's time is counted, which a neighbour's load does not distort; with more, the
clock's. A GPU is used where there is one, by the clock. Alternatives are timed in turns and the best of the turns counts.
Weights are random: speed does not depend on them. The bare loop is what one would write by hand: normalise, run, collect;
the stage adds Lightning, one callback a patient, and the padding of the last batch.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from radsurv.deep import extract, input_size
from radsurv.deep.backbones import build, normalization
from radsurv.deep.layers import FeatureExtractor
from radsurv.deep.predict import DTYPES, PatchPredictor, predict
from radsurv.deep.weights import load_network

BACKBONES = ("vgg19", "efficientnet_lite0")
CPU_BATCH = {"vgg19": 8, "efficientnet_lite0": 16}
CPU_BATCHES = {"vgg19": 2, "efficientnet_lite0": 8}
GPU_BATCHES = (1, 4, 16, 64, 128, 256)
MATRIX = {"cpu": 4096, "cuda": 8192}
TURNS = 3


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


def best_in_turns(device: str, works: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Least seconds of each, taking turns; a first turn warms up and does not count."""
    turns = [{name: seconds(device, work) for name, work in works.items()} for _ in range(TURNS + 1)][1:]
    return {name: min(turn[name] for turn in turns) for name in works}


def matmul_peak(device: str, precision: str) -> float:
    """GFLOP/s of one large matrix product: what the machine can do at best."""
    n, dtype = MATRIX[device], DTYPES.get(precision, torch.float32)
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    repeats = 20 if device == "cuda" else 1
    times = best_in_turns(device, {"matmul": lambda: [a @ b for _ in range(repeats)]})
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

    def loop() -> None:
        predictor.to(memory_format=memory_format)
        with torch.inference_mode():
            for start in range(0, len(patches), batch):
                images = predictor.images(patches[start : start + batch].to(predictor.mean.device))
                predictor.extractor(images.contiguous(memory_format=memory_format)).cpu().numpy()

    return loop


def on_cpu(name: str, peaks: dict[str, float]) -> Iterator[dict[str, Any]]:
    """The stage against the loop, channels last or first, fp32 and bf16."""
    batch = CPU_BATCH[name]
    configured = backbone(name, batch)
    size, flops = input_size(configured), gflop_per_patch(name)
    patches = smooth_patches(batch * CPU_BATCHES[name], size)
    stacked = torch.from_numpy(np.stack(list(patches.values())))
    network = load_network(configured, size, seed=0)
    reference = None
    for precision in ("fp32", "bf16"):
        extractor = FeatureExtractor(network, name, [], "avg")
        predictor = PatchPredictor(extractor, normalization(configured), batch, DTYPES[precision])

        def stage(extractor: FeatureExtractor = extractor, precision: str = precision) -> np.ndarray:
            vectors, _ = predict(extractor, normalization(configured), patches, batch, compute("cpu", precision))
            return np.stack(list(vectors.values()))

        values = stage()
        reference = values if reference is None else reference
        errors = np.linalg.norm(values - reference, axis=1) / np.linalg.norm(reference, axis=1)
        works = {
            "stage": stage,
            "bare": bare_loop(predictor, stacked, batch, last=True),
            "bare_channels_first": bare_loop(predictor, stacked, batch, last=False),
        }
        rates = {key: len(patches) / value for key, value in best_in_turns("cpu", works).items()}
        yield {
            "backbone": name,
            "device": "cpu",
            "precision": precision,
            "batch": batch,
            "stage_patches_per_s": rates["stage"],
            "stage_to_bare": rates["stage"] / rates["bare"],
            "channels_last_to_first": rates["bare"] / rates["bare_channels_first"],
            "fraction_of_matmul": rates["stage"] * flops / peaks[precision],
            "worst_relative_error": float(errors.max()),
        }


def on_gpu(name: str, peaks: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Images a second with everything on the device, for each precision and batch."""
    configured = backbone(name, 1)
    size, flops = input_size(configured), gflop_per_patch(name)
    stacked = torch.from_numpy(np.stack(list(smooth_patches(max(GPU_BATCHES), size).values()))).cuda()
    for precision in ("fp32", "tf32", "bf16"):
        extractor = FeatureExtractor(load_network(configured, size, seed=0), name, [], "avg")
        dtype = DTYPES.get(precision, torch.float32)
        predictor = PatchPredictor(extractor, normalization(configured), 1, dtype).cuda()
        for batch in GPU_BATCHES:
            images = predictor.images(stacked[:batch])

            def forward(images: torch.Tensor = images, predictor: PatchPredictor = predictor) -> None:
                with torch.inference_mode():
                    for _ in range(10):
                        predictor.extractor(images)

            with TensorFloat(precision == "tf32"):
                rate = 10 * batch / best_in_turns("cuda", {"forward": forward})["forward"]
            yield {
                "backbone": name,
                "device": "cuda",
                "precision": precision,
                "batch": batch,
                "patches_per_s": rate,
                "fraction_of_matmul": rate * flops / peaks[precision],
            }


def thousand_patients(name: str) -> dict[str, Any]:
    """The whole stage for 1,000 patients on a GPU, and what of it is the network's own time."""
    configured = backbone(name, 128)
    patches = smooth_patches(1000, input_size(configured))
    network = load_network(configured, input_size(configured), seed=0)
    extractor = FeatureExtractor(network, name, [], "avg")
    whole = seconds("cuda", lambda: extract(patches, configured, compute("cuda", "bf16"), seed=0))
    stage = lambda: predict(extractor, normalization(configured), patches, 128, compute("cuda", "bf16"))  # noqa: E731
    warm = best_in_turns("cuda", {"predict": stage})["predict"]
    return {"backbone": name, "device": "cuda", "patients": 1000, "extract_s": whole, "predict_s": warm}


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


def peaks_of(device: str) -> dict[str, float]:
    peaks = {}
    for precision in ("fp32", "bf16") if device == "cpu" else ("fp32", "tf32", "bf16"):
        with TensorFloat(precision == "tf32"):
            peaks[precision] = matmul_peak(device, precision)
    return peaks


def measurements() -> Iterator[dict[str, Any]]:
    yield {"torch": torch.__version__, "python": platform.python_version(), "threads": torch.get_num_threads()}
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        name = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine()
        peaks = peaks_of(device)
        yield {"device": device, "name": name} | {f"matmul_gflops_{key}": peak for key, peak in peaks.items()}
        for each in BACKBONES:
            yield from (on_cpu if device == "cpu" else on_gpu)(each, peaks)
            if device == "cuda":
                yield thousand_patients(each)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU")
    parser.add_argument("--json", type=Path, help="keep the numbers here as well")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results = []
    for result in measurements():
        results.append(result)
        shown = (
            f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in result.items()
        )
        print("  ".join(shown), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
