"""What is kept is given again for its time and no longer, and no more is held than there is room for."""

import pyarrow as pa

from hub.serve.kept import MOST, Kept


class Maker:
    """Counts how often it is asked."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return pa.table({"n": [self.made]})


def test_an_answer_is_given_again_for_its_time():
    kept, make = Kept(), Maker()
    said = [kept.answer("a", at, 600, make)["n"][0].as_py() for at in (1000, 1599, 1600, 2199, 900)]
    assert said == [1, 1, 2, 2, 3], "after a clock that was set back it is made anew"


def test_each_key_has_its_own():
    kept, make = Kept(), Maker()
    assert [kept.answer(key, 1.0, 600, make)["n"][0].as_py() for key in ("a", "b", "a")] == [1, 2, 1]


def test_the_oldest_goes_when_there_is_no_room():
    kept, make = Kept(), Maker()
    for key in range(MOST + 1):
        kept.answer(key, 1.0, 600, make)
    kept.answer(MOST, 2.0, 600, make)
    assert make.made == MOST + 1
    kept.answer(0, 2.0, 600, make)
    assert make.made == MOST + 2
