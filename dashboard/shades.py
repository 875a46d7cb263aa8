"""The colours of heat: cividis, read as dark to light with any colour vision, and what stands for no value."""

CIVIDIS = (
    "#00224E",
    "#123570",
    "#3B496C",
    "#575D6D",
    "#707173",
    "#8A8678",
    "#A59C74",
    "#C3B369",
    "#E1CC55",
    "#FEE838",
)
_INK, _PAPER = "#101820", "#FFFFFF"
HATCH = "repeating-linear-gradient(45deg, #fff 0 3px, #A84300 3px 5px)"
DOTTED = "radial-gradient(circle, #51606E 1px, #fff 1.3px) 0 0 / 5px 5px"


def shade(value: float, low: float, high: float) -> str:
    """The colour of a value between low (dark) and high (light); values beyond take the end's."""
    share = 0.5 if high <= low else min(1.0, max(0.0, (value - low) / (high - low)))
    return CIVIDIS[round(share * (len(CIVIDIS) - 1))]


def ink_on(colour: str) -> str:
    """The ink that is read best on a colour: contrast of at least 4.5 to 1 on every shade of CIVIDIS."""
    dark, light = (contrast(colour, ink) for ink in (_INK, _PAPER))
    return _INK if dark >= light else _PAPER


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ramp() -> str:
    """The scale from low to high as a CSS background, wide enough to be read."""
    return f"linear-gradient(to right, {', '.join(CIVIDIS)});width:3.4rem"


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
