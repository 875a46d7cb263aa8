"""What is said to a reader who is not answered."""


class Denied(Exception):
    """A request that is not answered: status and what the reader may know about it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said
