"""Changes as people write them."""


def signed(value: float) -> str:
    """A change to a tenth with its sign; what rounds to nothing has none."""
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}") if round(value, 1) else "0.0"
