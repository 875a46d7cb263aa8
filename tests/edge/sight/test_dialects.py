import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.sight.dialects import NO_DETECTOR, SCORE_FLOOR, STRIDES, grid, nanodet, told, yolox


def yolox_rows(columns: int) -> np.ndarray:
    """The output for 64 x 32 with one person in cell (3, 1) of stride 8: centre (3.5, 1.5) * 8, size (16, 32)."""
    rows = np.zeros((8 * 4 + 4 * 2 + 2 * 1, columns), np.float32)
    rows[1 * 8 + 3, :6] = [0.5, 0.5, np.log(2), np.log(4), 0.8, 0.9]
    return rows


@pytest.mark.parametrize("columns", [6, 85])
def test_one_cell_of_yolox_becomes_one_box(columns: int) -> None:
    assert yolox(yolox_rows(columns), 64, 32) == pytest.approx(np.array([[20, -4, 36, 28, 0.72]]), rel=1e-6)


def test_a_yolox_row_below_the_floor_is_nobody() -> None:
    rows = yolox_rows(6)
    rows[11, 5] = SCORE_FLOOR / 0.8 - 0.001
    assert len(yolox(rows, 64, 32)) == 0


def nanodet_rows(cells: int, columns: int) -> np.ndarray:
    """Nobody anywhere: no probability, all distances alike."""
    return np.zeros((cells, columns), np.float32)


@pytest.mark.parametrize(("cells", "shift"), [(8 * 4 + 4 * 2 + 2 * 1, 0.5), (8 * 4 + 4 * 2 + 2 * 1 + 1 * 1, 0.0)])
@pytest.mark.parametrize("columns", [33, 112])
def test_one_cell_of_nanodet_becomes_one_box(cells: int, shift: float, columns: int) -> None:
    """Cell (2, 1) of stride 16, reaching 1 cell to the left, 2 up, 3 to the right and 1.5 down."""
    rows = nanodet_rows(cells, columns)
    row = rows[32 + 1 * 4 + 2]
    row[0], bins = 0.8, row[-32:].reshape(4, 8)
    bins[0, 1] = bins[1, 2] = bins[2, 3] = bins[3, 1] = bins[3, 2] = 50
    left, top, right, bottom = (
        (2 + shift - 1) * 16,
        (1 + shift - 2) * 16,
        (2 + shift + 3) * 16,
        (1 + shift + 1.5) * 16,
    )
    assert nanodet(rows, 64, 32) == pytest.approx(np.array([[left, top, right, bottom, 0.8]]), rel=1e-6)


def slow_nanodet(rows: np.ndarray, width: int, height: int) -> list[list[float]]:
    """The same definition, cell by cell."""
    boxes, i = [], 0
    for stride in STRIDES:
        for y in range(height // stride):
            for x in range(width // stride):
                row, i = rows[i].astype(float), i + 1
                if row[0] < np.float32(SCORE_FLOOR):
                    continue
                away = []
                for side in range(4):
                    weights = [np.exp(v) for v in row[-32 + 8 * side : len(row) - 24 + 8 * side]]
                    away.append(stride * sum(k * w for k, w in enumerate(weights)) / sum(weights))
                middle = (x + 0.5) * stride, (y + 0.5) * stride
                boxes.append(
                    [middle[0] - away[0], middle[1] - away[1], middle[0] + away[2], middle[1] + away[3], row[0]]
                )
    return boxes


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([33, 35, 112]), st.sampled_from([(64, 32), (96, 64)]))
def test_nanodet_is_what_its_definition_says(seed: int, columns: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 3, (sum((size[0] // s) * (size[1] // s) for s in STRIDES), columns)).astype(np.float32)
    rows[:, 0] = rng.uniform(0, 1, len(rows))
    assert nanodet(rows, *size) == pytest.approx(np.array(slow_nanodet(rows, *size)).reshape(-1, 5), abs=1e-4)


def test_the_finest_grid_comes_first_and_a_part_of_a_cell_is_a_cell() -> None:
    cells, steps = grid(96, 64, (32, 64))
    assert cells.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1], [0, 0], [1, 0]]
    assert steps.ravel().tolist() == [32] * 6 + [64] * 2


def test_rows_that_fit_no_grid_are_no_detector() -> None:
    for wrong in (yolox_rows(6)[1:], np.zeros((0, 6), np.float32)):
        with pytest.raises(ValueError, match=NO_DETECTOR[:21]):
            yolox(wrong, 64, 32)
    with pytest.raises(ValueError, match=NO_DETECTOR[:21]):
        nanodet(nanodet_rows(44, 33), 64, 32)


@pytest.mark.parametrize(
    ("columns", "asked", "family"),
    [
        (6, "auto", "yolox"),
        (85, "auto", "yolox"),
        (33, "auto", "nanodet"),
        (112, "auto", "nanodet"),
        (9, "yolox", "yolox"),
        (40, "nanodet", "nanodet"),
        (112, "yolox", "yolox"),
    ],
)
def test_the_family_is_told_by_the_columns_or_named(columns: int, asked: str, family: str) -> None:
    assert told(np.zeros((1, 42, columns), np.float32), asked) == family  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "asked"),
    [
        ((1, 42, 5), "yolox"),
        ((1, 42, 9), "auto"),
        ((1, 42, 6), "nanodet"),
        ((42, 85), "auto"),
        ((2, 42, 85), "auto"),
        ((1, 85, 6, 7), "yolox"),
    ],
)
def test_another_output_is_no_detector(shape: tuple[int, ...], asked: str) -> None:
    with pytest.raises(ValueError, match="not a person detector"):
        told(np.zeros(shape, np.float32), asked)  # type: ignore[arg-type]
