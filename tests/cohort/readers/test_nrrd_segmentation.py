"""Files in the shape that 3D Slicer writes: the header by hand, the pixels raw, x fastest after the layers."""

import numpy as np
import pytest

from radsurv.cohort.choice import Choice
from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError

GRID = Volume(np.zeros((5, 8, 9)), (3.0, 0.5, 0.75), np.array([-20.0, 10.0, 4.0]), np.eye(3)[:, ::-1])
SEGMENTS = (("Tumour", 1, 0), ("Oedema", 2, 0), ("Necrosis (old)", 1, 1))


@pytest.fixture
def layers():
    """Two layers, (layer, z, y, x), with labels 0, 1, 2 and 0, 1."""
    random = np.random.default_rng(0)
    return np.stack([random.integers(0, 3, (5, 8, 9)), random.integers(0, 2, (5, 8, 9))]).astype(np.uint8)


@pytest.fixture
def write(tmp_path):
    def write(layers, segments=SEGMENTS, origin=(-20, 10, 4), extra="", leave_out=()):
        flat = layers.ndim == 3
        sizes = layers.shape[::-1] if flat else (layers.shape[0], *layers.shape[:0:-1])
        none, kind = ("", "") if flat else ("none ", "list ")
        lines = [
            "NRRD0004", "type: unsigned char", f"dimension: {layers.ndim}", "space: left-posterior-superior",
            f"sizes: {' '.join(map(str, sizes))}", f"space directions: {none}(0.75,0,0) (0,0.5,0) (0,0,3)",
            f"kinds: {kind}domain domain domain", "encoding: raw", f"space origin: ({','.join(map(str, origin))})",
        ]  # fmt: skip
        for place, (name, label, layer) in enumerate(segments):
            fields = {"Color": "1 0 0", "ID": f"Segment_{place + 1}", "LabelValue": label, "Layer": layer, "Name": name}
            lines += [f"Segment{place}_{field}:={value}" for field, value in fields.items() if field not in leave_out]
        pixels = layers if flat else np.moveaxis(layers, 0, -1)
        path = tmp_path / "P1.seg.nrrd"
        path.write_bytes(("\n".join(lines) + f"\n{extra}\n").encode() + np.ascontiguousarray(pixels).tobytes())
        return path

    return write


def read(path, **choice):
    return read_outline(path, GRID, Choice(**choice))


def refused(path, match, **choice):
    with pytest.raises(PatientError, match=match):
        read(path, **choice)


def test_segments_in_layers(write, layers):
    path = write(layers)
    refused(path, r"^P1\.seg\.nrrd holds 3 structures \(1 'Tumour', 2 'Oedema', 3 'Necrosis \(old\)'\); expected one")
    for wanted, expected in (
        ("Tumour", layers[0] == 1),
        ("oed.*", layers[0] == 2),
        ("Necrosis (old)", layers[1] == 1),
        (["Tumour", "Necrosis.*"], (layers[0] == 1) | (layers[1] == 1)),
    ):
        np.testing.assert_array_equal(read(path, structure=wanted).array, expected)
    np.testing.assert_array_equal(read(path, label=2).array, layers[0] == 2)
    refused(
        path, r"several segments with the label 1, in different layers; choose by name, with cohort\.structure", label=1
    )
    refused(path, r"no structure 'GTV', only 1 'Tumour'", structure="GTV")


def test_segments_of_one_layer_by_label(write, layers):
    path = write(layers[0], SEGMENTS[:2])
    np.testing.assert_array_equal(read(path, label=1).array, layers[0] == 1)
    np.testing.assert_array_equal(read(path, label=[1, 2]).array, layers[0] != 0)
    np.testing.assert_array_equal(read(path, structure="2").array, layers[0] == 2)
    refused(path, r"no segment 3, only 1 'Tumour', 2 'Oedema'; change cohort\.mask_label", label=3)
    np.testing.assert_array_equal(read(write(layers[1], [("Necrosis", 1, 0)])).array, layers[1] == 1)


def test_before_there_were_layers_each_segment_had_one(write, layers):
    binary = (layers > 0).astype(np.uint8)
    path = write(binary, SEGMENTS[:2], leave_out={"Layer", "LabelValue"})
    np.testing.assert_array_equal(read(path, structure="Oedema").array, binary[1] == 1)


def test_a_file_that_was_cropped_is_placed(write, layers):
    path = write(layers[:, 1:4, 2:7, 3:9], origin=(-20 + 3 * 0.75, 10 + 2 * 0.5, 4 + 3))
    expected = np.zeros((5, 8, 9), dtype=bool)
    expected[1:4, 2:7, 3:9] = layers[0, 1:4, 2:7, 3:9] == 1
    np.testing.assert_array_equal(read(path, structure="Tumour").array, expected)
    assert read(write(layers, origin=(-19.9, 10, 4)), structure="Tumour").origin[0] == -19.9


def test_without_names_it_is_a_file_of_labels(write, layers):
    np.testing.assert_array_equal(read(write(layers[0], ()), label=2).array, layers[0] == 2)
    refused(write(layers[0], ()), r"has 2 labels \(1, 2\)")
    refused(write(layers, ()), "holds 2 values per voxel")


def test_it_is_no_image_and_points_nowhere(write, layers):
    with pytest.raises(PatientError, match=r"is NRRD segmentation \(\.seg\.nrrd\), which holds no image"):
        read_image(write(layers))
    refused(write(layers, extra="data file: other.raw\n"), "keeps its pixels in another file")


def test_what_is_wrong_with_a_header(write, layers):
    refused(write(layers, [("Tumour", "one", 0)]), "no whole number")
    refused(write(layers, [("Tumour", 1, 2)]), "has 2 layers, and names another")
    path = write(layers)
    path.write_bytes(path.read_bytes()[:-9])
    refused(path, r"^P1\.seg\.nrrd is cut short", structure="Tumour")
    path.write_bytes(b"")
    refused(path, r"^P1\.seg\.nrrd is empty")
