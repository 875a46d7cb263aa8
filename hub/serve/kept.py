"""Answers that cost much and change little, given again for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import pyarrow as pa

MOST = 256


class Kept:
    """The newest MOST answers with the moment each was made; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[float, pa.Table]] = OrderedDict()

    def answer(self, key: Hashable, at: float, keep_s: float, make: Callable[[], pa.Table]) -> pa.Table:
        """The answer kept under this key where it is at most `keep_s` seconds old, else a new one."""
        with self._lock:
            made, found = self._answers.get(key, (0.0, None))
        if found is not None and 0 <= at - made < keep_s:
            return found
        found = make()
        with self._lock:
            self._answers[key] = at, found
            self._answers.move_to_end(key)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return found
