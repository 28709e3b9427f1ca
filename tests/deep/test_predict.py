"""The way through Lightning: independent of batches, sparing with memory, resumable, silent."""

import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning.accelerators import CUDAAccelerator

import conf
from radsurv.deep.backbones import normalization
from radsurv.deep.layers import FeatureExtractor
from radsurv.deep.predict import predict
from radsurv.deep.weights import load_network
from radsurv.errors import ConfigError


@pytest.fixture(scope="module")
def network(random_backbone) -> torch.nn.Module:
    return load_network(random_backbone, 64, seed=0)


@pytest.fixture
def predicted(network, random_backbone, patches, cpu):
    """Predict some patches with a fresh extractor of one network."""

    def predicted(ids=None, batch_size=4, compute=cpu, on_patient=None, extractor=FeatureExtractor):
        chosen = {patient_id: patches[patient_id] for patient_id in ids or patches}
        built = extractor(network, "squeezenet1_1", ["penultimate"], "avg")
        return predict(built, normalization(random_backbone), chosen, batch_size, compute, on_patient)

    return predicted


@pytest.fixture
def run(predicted):
    """The same, for a network that fails on no patch."""

    def run(*args, **options):
        found = predicted(*args, **options)
        assert found.faults == {}
        return found.vectors, found.run_notes

    return run


def test_cpu_on_a_machine_with_a_gpu_is_no_mistake(run, monkeypatch):
    """Lightning would warn that the GPU is not used."""
    monkeypatch.setattr(CUDAAccelerator, "is_available", staticmethod(lambda: True))
    run()


def test_patients_in_order_with_their_own_vectors(run, patches):
    vectors, notes = run()
    assert list(vectors) == list(patches)
    assert notes == []
    assert {vector.shape for vector in vectors.values()} == {(512,)}
    assert len({vector.tobytes() for vector in vectors.values()}) == len(patches)


def test_same_bytes_whatever_else_is_computed(run, patches):
    everyone, _ = run()
    ids = list(patches)
    for some in ([ids[5]], ids[2:5], ids[::-1]):
        for patient_id, vector in run(some)[0].items():
            assert vector.tobytes() == everyone[patient_id].tobytes()


@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_size_of_the_batch_hardly_matters(run, batch_size):
    reference, other = run()[0], run(batch_size=batch_size)[0]
    for patient_id, vector in reference.items():
        np.testing.assert_allclose(other[patient_id], vector, rtol=1e-4, atol=1e-6)


def test_bf16_is_close(run):
    exact, rounded = run()[0], run(compute=conf.compute(accelerator="cpu", precision="bf16"))[0]
    for patient_id, vector in exact.items():
        assert rounded[patient_id].dtype == np.float32
        assert 0 < np.linalg.norm(rounded[patient_id] - vector) < 0.03 * np.linalg.norm(vector)


class Crammed(FeatureExtractor):
    """A network for whose batches the memory lasts up to two patches."""

    limit = 2

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > self.limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return super().forward(images)


def test_batch_is_halved_until_it_fits_and_the_report_says_so(run, patches):
    vectors, notes = run(batch_size=8, extractor=Crammed)
    assert notes == [f"deep: out of memory, went on with backbone.batch_size={size}" for size in (4, 2)]
    expected, _ = run(batch_size=2)
    assert all(vectors[patient_id].tobytes() == expected[patient_id].tobytes() for patient_id in patches)


def test_out_of_memory_half_way_keeps_what_is_done(run, patches):
    class Filling(FeatureExtractor):
        calls = 0

        def forward(self, images):
            Filling.calls += 1
            if Filling.calls == 2:  # the wording of PyTorch's allocator on the CPU
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate")
            return super().forward(images)

    delivered = []
    vectors, notes = run(batch_size=4, extractor=Filling, on_patient=lambda patient_id, _: delivered.append(patient_id))
    assert delivered == list(vectors) == list(patches)
    assert len(notes) == 1


def test_one_patch_that_does_not_fit(run, monkeypatch):
    monkeypatch.setattr(Crammed, "limit", 0)
    with pytest.raises(ConfigError, match="one patch does not fit the memory that is free for squeezenet1_1"):
        run(batch_size=2, extractor=Crammed)


def test_another_failure_is_not_taken_for_want_of_memory(run):
    class Broken(FeatureExtractor):
        def forward(self, images):
            raise ZeroDivisionError("a fault of ours")

    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        run(extractor=Broken)


def test_a_patch_that_the_network_fails_on_is_left_out_and_the_others_keep_their_bytes(
    run, predicted, patches, monkeypatch
):
    bad = list(patches)[2]

    class Squeamish(FeatureExtractor):
        def forward(self, images):
            if any(torch.equal(image[0], marked) for image in images):
                raise RuntimeError("will not look at this")
            return super().forward(images)

    marked = torch.from_numpy(patches[bad])
    marked = (marked / 255 - 0.485) / 0.229
    found = predicted(batch_size=4, extractor=Squeamish)
    assert list(found.faults) == [bad]
    assert found.faults[bad].startswith("unexpected RuntimeError in test_predict.py, line ")
    expected = run(batch_size=4)[0]
    assert list(found.vectors) == [patient_id for patient_id in patches if patient_id != bad]
    assert all(vector.tobytes() == expected[patient_id].tobytes() for patient_id, vector in found.vectors.items())


def test_ctrl_c_is_ctrl_c(run):
    """Lightning would end the program without a word, and with its ear closed to a second one."""

    class Interrupted(FeatureExtractor):
        def forward(self, images):
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(extractor=Interrupted)
    assert signal.getsignal(signal.SIGINT) is before


class Killed(Exception):
    pass


def test_interrupted_run_has_handed_over_the_finished_patients(run, patches):
    stored = {}

    class Interrupted(FeatureExtractor):
        def forward(self, images):
            if stored:
                raise Killed
            return super().forward(images)

    with pytest.raises(Killed):
        run(batch_size=4, extractor=Interrupted, on_patient=stored.__setitem__)
    assert list(stored) == list(patches)[:4]
    missing = [patient_id for patient_id in patches if patient_id not in stored]
    resumed, whole = run(missing)[0], run()[0]
    assert {patient_id: vector.tobytes() for patient_id, vector in (stored | resumed).items()} == {
        patient_id: vector.tobytes() for patient_id, vector in whole.items()
    }


def test_silent_and_leaves_nothing_behind(run, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run()
    assert capfd.readouterr() == ("", "")
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [{"accelerator": "abacus"}, {"accelerator": "cpu", "devices": 0}, {"accelerator": "cpu", "devices": "many"}],
    ids=str,
)
def test_device_that_is_not_there(run, options):
    with pytest.raises(ConfigError, match=r"compute.accelerator=.* cannot be used here"):
        run(compute=conf.compute(**options))


def test_strategy_that_would_start_the_program_again(run):
    with pytest.raises(ConfigError, match=r"compute\.strategy=ddp: expected one of auto, ddp_spawn"):
        run(compute=conf.compute(accelerator="cpu", strategy="ddp"))


NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")


@NEEDS_GPU
def test_gpu_gives_the_cpu_s_features(run):
    on_cpu, on_gpu = run()[0], run(compute=conf.compute(accelerator="cuda"))[0]
    for patient_id, vector in on_cpu.items():
        np.testing.assert_allclose(on_gpu[patient_id], vector, rtol=1e-4, atol=1e-5)


@NEEDS_GPU
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_gpu_gives_the_same_bytes_whatever_else_is_computed(run, patches, precision):
    gpu = conf.compute(accelerator="cuda", precision=precision)
    everyone, ids = run(compute=gpu)[0], list(patches)
    for some in (ids, [ids[5]], ids[2:5], ids[::-1]):
        for patient_id, vector in run(some, compute=gpu)[0].items():
            assert vector.tobytes() == everyone[patient_id].tobytes()


@NEEDS_GPU
def test_batch_that_does_not_fit_the_gpu_is_halved_until_it_does(run, patches):
    gpu = conf.compute(accelerator="cuda")
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e9 / torch.cuda.get_device_properties(0).total_memory)
    try:
        vectors, notes = run(batch_size=65_536, compute=gpu)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()
    sizes = [65_536 >> halved for halved in range(1, len(notes) + 1)]
    assert notes == [f"deep: out of memory, went on with backbone.batch_size={size}" for size in sizes] != []
    expected, _ = run(batch_size=sizes[-1], compute=gpu)
    assert all(vectors[patient_id].tobytes() == expected[patient_id].tobytes() for patient_id in patches)
