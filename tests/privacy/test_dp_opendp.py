"""The noise against an implementation of other people: OpenDP, where it is installed (pip install instore[dp-check]).

The library takes 275 MB, so it is never a dependency of a device.
"""

import secrets
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from edge.noise import discrete_laplace
from tests.privacy.chi import different

DRAWS = 100_000


@pytest.fixture(scope="module")
def opendp() -> Any:
    """The library, with what it has not proved yet switched on: the Laplace mechanism is proved."""
    found = pytest.importorskip("opendp.prelude", reason="opendp is not installed: pip install instore[dp-check]")
    found.enable_features("contrib")
    return found


def theirs(opendp: Any, scale: float) -> list[int]:
    """Draws of OpenDP's discrete Laplace, on a vector: one call for all."""
    space = opendp.vector_domain(opendp.atom_domain(T=int)), opendp.l1_distance(T=int)
    return list((space >> opendp.m.then_laplace(scale=scale))([0] * DRAWS))


def ours(scale: float) -> list[int]:
    """Draws of our own, from the chance that a device uses."""
    return [discrete_laplace(Fraction(scale), secrets.randbelow) for _ in range(DRAWS)]


@pytest.mark.parametrize("scale", [2.0, 6.0])
def test_our_noise_is_distributed_as_theirs(opendp: Any, scale: float) -> None:
    # Chance is real here: two samples in a row are beyond the 1 % limit once in 10,000 runs.
    assert not all(different(ours(scale), theirs(opendp, scale)) for _ in range(2))


def test_the_same_look_finds_noise_made_of_rounded_floats(opendp: Any) -> None:
    planted = np.rint(np.random.default_rng().laplace(0, 2.0, DRAWS)).astype(int).tolist()
    assert different(planted, theirs(opendp, 2.0))


def test_their_epsilon_for_our_scale_is_ours(opendp: Any) -> None:
    space = opendp.atom_domain(T=int), opendp.absolute_distance(T=int)
    assert (space >> opendp.m.then_laplace(scale=2.0)).map(1) == pytest.approx(0.5)
    assert (space >> opendp.m.then_laplace(scale=6.0)).map(3) == pytest.approx(0.5)
