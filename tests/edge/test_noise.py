"""The noise is the one it says it is: exactly, and without a float on the way."""

import ast
import inspect
import math
import random
import secrets
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
import pytest

from edge import noise
from edge.deliver import ledger
from edge.noise import Below, bernoulli_exp, discrete_laplace
from tests.privacy.chi import pmf, surprising

DRAWS = 100_000


def outcomes(run: Callable[[Below], bool], depth: int) -> Iterator[tuple[Fraction, bool]]:
    """Every way that `run` can go with at most `depth` asks for chance: its exact probability and what it gave."""
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        script = waiting.pop()
        sizes: list[int] = []

        def below(n: int, script: tuple[int, ...] = script, sizes: list[int] = sizes) -> int:
            sizes.append(n)
            return script[len(sizes) - 1]

        try:
            given = run(below)
        except IndexError:
            if len(sizes) <= depth:
                waiting += [(*script, i) for i in range(sizes[-1])]
            continue
        yield Fraction(1, math.prod(sizes)), given


@pytest.mark.parametrize(("x", "y"), [(0, 1), (1, 1), (1, 2), (2, 3)])
def test_a_coin_of_exp_has_the_probability_it_says_added_up_over_all_its_ways(x: int, y: int) -> None:
    found = list(outcomes(lambda below: bernoulli_exp(x, y, below), depth=5))
    left = 1 - sum(p for p, _ in found)
    heads = sum(p for p, given in found if given)
    assert float(heads) - 1e-12 <= math.exp(-x / y) <= float(heads + left) + 1e-12
    assert left < Fraction(1, 100)


@pytest.mark.parametrize(
    ("scale", "n"), [("2", DRAWS), ("6", DRAWS), ("7/3", DRAWS // 5), ("1/3", DRAWS // 5)]
)  # 2 and 6 are those of a device with one camera
def test_a_hundred_thousand_draws_are_discrete_laplace(scale: str, n: int) -> None:
    below = random.Random(20261122).randrange
    draws = [discrete_laplace(Fraction(scale), below) for _ in range(n)]
    assert not surprising(draws, pmf(Fraction(scale)))


def test_the_same_look_finds_noise_made_of_rounded_floats() -> None:
    planted = np.rint(np.random.default_rng(1).laplace(0, 2.0, DRAWS)).astype(int).tolist()
    assert surprising(planted, pmf(Fraction(2)))


def test_the_same_look_finds_a_zero_that_is_drawn_twice_as_often() -> None:
    source = inspect.getsource(noise.discrete_laplace).replace("not (negative and size == 0)", "True")
    planted: dict[str, Callable[..., int]] = {}
    exec(source, vars(noise) | {"discrete_laplace": None}, planted)
    below = random.Random(1).randrange
    assert surprising([planted["discrete_laplace"](Fraction(2), below) for _ in range(DRAWS // 5)], pmf(Fraction(2)))


def test_there_is_no_float_and_no_other_chance_in_it() -> None:
    tree = ast.parse(inspect.getsource(noise))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Div)]
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"collections.abc", "fractions"}


def test_what_leaves_is_drawn_from_the_system_alone() -> None:
    assert "return secrets.randbelow" in inspect.getsource(ledger.Ledger.charge)
    assert vars(ledger)["secrets"] is secrets
    assert not {"random", "numpy"} & set(vars(ledger))
