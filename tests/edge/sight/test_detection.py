from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.plan import PlanError, parse
from edge.sight.camera import recorded
from edge.sight.detection import agreed, best, covered, fitted, network, no_boxes, shared, union
from edge.sight.dialects import DIALECTS


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((768, 576), (384, 288)),
        ((1920, 1080), (512, 288)),
        ((1080, 1920), (288, 512)),
        ((500, 500), (288, 288)),
        ((4000, 300), (768, 288)),
    ],
)
def test_the_input_has_the_pictures_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(*size) == expected


def test_a_box_that_a_better_one_covers_goes() -> None:
    boxes = np.array([[0, 0, 10, 20, 0.5], [1, 0, 11, 20, 0.9], [30, 0, 40, 20, 0.3]])
    assert best(boxes)[:, 4].tolist() == [0.9, 0.3]
    assert best(no_boxes()).shape == (0, 5)


def test_boxes_that_say_the_same_person_meet_by_their_weight() -> None:
    boxes = np.array([[2, 0, 12, 20, 0.3], [0, 0, 10, 20, 0.9], [30, 0, 40, 20, 0.3]])
    assert agreed(boxes) == pytest.approx(np.array([[0.5, 0, 10.5, 20, 0.9], [30, 0, 40, 20, 0.3]]))
    assert agreed(no_boxes()).shape == (0, 5)


def test_what_is_inside_is_covered() -> None:
    one = np.array([[0.0, 0.0, 10.0, 10.0]])
    others = np.array([[2, 2, 4, 4], [-10, -10, 20, 20], [5, 0, 15, 10], [10, 0, 20, 10]], dtype=float)
    assert covered(one, others)[0] == pytest.approx([1, 1, 0.5, 0])


def test_a_blob_is_a_person_only_where_the_network_sees_nobody() -> None:
    seen = np.array([[0, 0, 10, 20, 0.9]], dtype=float)
    blobs = np.array([[2, 2, 8, 30, 0.9], [40, 0, 50, 20, 0.9], [8, 0, 18, 20, 0.6]], dtype=float)
    both = union(lambda *_: seen, lambda *_: blobs)
    found = both(0.0, np.zeros((9, 9, 3), np.uint8), no_boxes())
    assert found == pytest.approx(np.array([seen[0], [40, 0, 50, 20, 0.54], [8, 0, 18, 20, 0.36]]))
    nothing = union(lambda *_: no_boxes(), lambda *_: no_boxes())
    assert nothing(0.0, np.zeros((9, 9, 3), np.uint8), no_boxes()).shape == (0, 5)


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"union": True}, r"sensors\[0\].union: only with the detector onnx"),
        ({"decoder": "ssd"}, r"sensors\[0\].decoder: not one of the values allowed"),
    ],
)
def test_the_plan_says_which_network_speaks_and_whether_blobs_help(keys: dict[str, object], error: str) -> None:
    sensor = {"id": "cam", "kind": "camera", "source": "x"}
    plan = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    well = parse(plan | {"sensors": [sensor | {"detector": "onnx", "union": True, "decoder": "nanodet"}]})
    assert (well.sensors[0].union, well.sensors[0].decoder) == (True, "nanodet")
    with pytest.raises(PlanError, match=error):
        parse(plan | {"sensors": [sensor | keys]})


def test_overlap_in_four_cases() -> None:
    one = np.array([[0.0, 0.0, 10.0, 10.0]])
    others = np.array([[0, 0, 10, 10], [10, 0, 20, 10], [5, 0, 15, 10], [0, 0, 0, 0]], dtype=float)
    assert shared(one, others)[0] == pytest.approx([1, 0, 1 / 3, 0])


@pytest.mark.parametrize("content", [b"", b"\x08\x07rubbish" * 50, bytes(5000)])
def test_a_file_that_is_no_network_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a person detector"):
        network(content)


def test_half_a_network_is_an_error(yolox: Path) -> None:
    content = yolox.read_bytes()
    with pytest.raises(ValueError, match="not a person detector"):
        network(content[: len(content) // 2])


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    low, rest = value & 127, (value & (1 << 64) - 1) >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def tensor(name: str, values: np.ndarray) -> bytes:
    kind = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}[values.dtype]
    return b"".join(field(1, n) for n in values.shape) + field(2, kind) + field(8, name) + field(9, values.tobytes())


def node(kind: str, inputs: str, output: str, **attributes: int | list[int]) -> bytes:
    made = b"".join(field(1, name) for name in inputs.split()) + field(2, output) + field(3, output) + field(4, kind)
    for name, value in attributes.items():
        many = b"".join(field(8, n) for n in value) + field(20, 7) if isinstance(value, list) else b""
        made += field(5, field(1, name) + (many or field(3, int(str(value))) + field(20, 2)))
    return made


def whole(name: str, shape: list[int]) -> bytes:
    sizes = b"".join(field(1, field(1, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))


def tiny(weight: np.ndarray, bias: np.ndarray, strides: tuple[int, ...], side: int | None) -> bytes:
    """An ONNX file: in each cell of each stride bias + weight (columns, 3) * mean colour, the weight for 32 alone."""
    nodes, tensors, columns = b"", b"", len(bias)
    for stride in strides:
        kernel = np.repeat(weight, stride**2).reshape(columns, 3, stride, stride) / stride**2 * (stride == 32)
        size = -1 if side is None else (side // stride) ** 2
        tensors += field(5, tensor(f"w{stride}", kernel.astype(np.float32)))
        tensors += field(5, tensor(f"b{stride}", (bias * (stride == 32)).astype(np.float32)))
        tensors += field(5, tensor(f"s{stride}", np.array([1, columns, size])))
        cells = {"kernel_shape": [stride] * 2, "strides": [stride] * 2, "pads": [0] * 4, "dilations": [1] * 2}
        nodes += field(1, node("Conv", f"x w{stride} b{stride}", f"c{stride}", **cells, group=1))
        nodes += field(1, node("Reshape", f"c{stride} s{stride}", f"r{stride}"))
    nodes += field(1, node("Concat", " ".join(f"r{stride}" for stride in strides), "all", axis=2))
    nodes += field(1, node("Transpose", "all", "y", perm=[0, 2, 1]))
    ends = field(11, whole("x", [1, 3, side or 288, side or 288])) + field(12, whole("y", [1, 1, columns]))
    return field(1, 7) + field(8, field(1, "") + field(2, 11)) + field(7, nodes + field(2, "g") + tensors + ends)


def tiny_yolox(side: int | None, columns: int = 6) -> bytes:
    """A person as large as a cell is at the corner of each bright cell of 32 pixels."""
    weight, bias = np.zeros((columns, 3)), np.zeros(columns)
    weight[5], bias[4] = 1 / (3 * 255), 1.0
    return tiny(weight, bias, (8, 16, 32), side)


def tiny_nanodet() -> bytes:
    """A person of two cells is around the middle of each bright cell of 32 pixels."""
    mean, deviation = np.array(DIALECTS["nanodet"].mean), np.array(DIALECTS["nanodet"].deviation)
    weight, bias = np.zeros((33, 3)), np.zeros(33)
    weight[0], bias[0] = deviation / (3 * 255), mean.sum() / (3 * 255)
    bias[[2, 10, 18, 26]] = 50.0
    return tiny(weight, bias, (8, 16, 32), None)


def lit(width: int, height: int, x: int, y: int, size: int) -> np.ndarray:
    """A black picture with a white square."""
    image = np.zeros((height, width, 3), np.uint8)
    image[y : y + size, x : x + size] = 255
    return image


@pytest.mark.parametrize("decoder", ["auto", "yolox"])
def test_a_network_of_one_class_and_one_size_is_fed_padded_squares(decoder: str) -> None:
    detect = network(tiny_yolox(side=320), decoder)  # type: ignore[arg-type]
    found = detect(0.0, lit(640, 480, 128, 64, 64), no_boxes())
    bright = found[found[:, 4] > 0.9]
    assert bright[:, :4] == pytest.approx(np.array([[96, 32, 160, 96]]), abs=0.01)
    assert detect(0.0, lit(480, 640, 128, 64, 64), no_boxes())[0, :4] == pytest.approx([96, 32, 160, 96], abs=0.01)


def test_a_network_of_any_size_is_fed_the_pictures_shape() -> None:
    found = network(tiny_yolox(side=None))(0.0, lit(1152, 864, 192, 96, 96), no_boxes())
    assert found[:, :4] == pytest.approx(np.array([[144, 48, 240, 144]]), abs=0.01)


@pytest.mark.parametrize("decoder", ["auto", "nanodet"])
def test_a_nanodet_network_is_understood(decoder: str) -> None:
    found = network(tiny_nanodet(), decoder)(0.0, lit(384, 288, 64, 32, 32), no_boxes())  # type: ignore[arg-type]
    assert found == pytest.approx(np.array([[48, 16, 112, 80, 1.0]]), abs=0.01)


@pytest.mark.parametrize(("model", "decoder"), [(tiny_yolox(None), "nanodet"), (tiny_yolox(None, 9), "auto")])
def test_a_network_that_speaks_otherwise_is_an_error(model: bytes, decoder: str) -> None:
    with pytest.raises(ValueError, match="not a person detector"):
        network(model, decoder)  # type: ignore[arg-type]
    assert network(tiny_yolox(None, 9), "yolox")


def test_a_picture_of_any_shape_and_size_is_looked_at(yolox: Path) -> None:
    detect = network(yolox.read_bytes())
    for rows, columns in ((4320, 7680), (1920, 1080), (2, 3000), (1, 1)):
        found = detect(0.0, np.full((rows, columns, 3), 90, np.uint8), no_boxes())
        assert found.shape[1] == 5


def test_average_precision_on_a_street(yolox: Path, shared_data: Path) -> None:
    cv2.setNumThreads(1)
    detect = network(yolox.read_bytes())
    truth = boxes_of(shared_data / "vision/truth/pets_a.csv")
    found = [
        (index, row)
        for index, image in recorded(str(shared_data / "vision/clips/pets_a.mp4"), 7, 7 / 15)
        for row in detect(0.0, image, no_boxes())
    ]
    looked = range(0, 450, 15)
    assert average_precision(found, {i: truth[i] for i in looked}) > 0.905


def boxes_of(path: Path) -> dict[int, np.ndarray]:
    table = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 2, 3, 4, 5))
    rows: dict[int, list[list[float]]] = defaultdict(list)
    for frame, x, y, w, h in table:
        rows[int(frame)].append([x, y, x + w, y + h])
    return {frame: np.array(boxes) for frame, boxes in rows.items()}


def average_precision(found: list[tuple[int, np.ndarray]], truth: dict[int, np.ndarray]) -> float:
    """Area under precision over recall (all points) at an overlap of 0.5; each true box is found once."""
    total, hits, taken = sum(map(len, truth.values())), [], set()
    for frame, row in sorted(found, key=lambda pair: -pair[1][4]):
        overlap = shared(row[None], truth[frame])[0]
        top = int(np.argmax(overlap))
        hits.append(overlap[top] >= 0.5 and (frame, top) not in taken)
        taken |= {(frame, top)} if hits[-1] else set()
    right = np.cumsum(hits)
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float((precision * np.array(hits)).sum() / total)
