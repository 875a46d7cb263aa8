"""Many shops out of one: each with its own size, speed of service, liking and seed."""

import msgspec
import numpy as np

from simulators.shop import Shop


def shops(first: Shop, count: int) -> list[Shop]:
    """`count` shops, s001 on; the same first shop always gives the same fleet. ValueError above 999."""
    if not 1 <= count <= 999:
        raise ValueError("count: from 1 to 999")
    return [_shop(first, number) for number in range(1, count + 1)]


def _shop(first: Shop, number: int) -> Shop:
    rng = np.random.default_rng([first.seed, 99, number])
    return msgspec.structs.replace(
        first,
        seed=first.seed * 1000 + number,
        site=f"s{number:03}",
        visits=round(first.visits * float(rng.lognormal(0.0, 0.35))),
        service_s=round(first.service_s * float(rng.lognormal(0.0, 0.15)), 1),
        tagged=round(float(np.clip(first.tagged * rng.lognormal(0.0, 0.3), 0, 1)), 3),
        level_points=round(float(np.clip(first.level_points + first.apart_points * rng.normal(), -100, 100)), 1),
    )
