"""Today's row of the question `sales` -> the tile that says how many visitors bought."""

from datetime import date
from typing import Any

from dashboard.tiles import Tile, Tone
from dashboard.trust import percent
from dashboard.words import Words

LEAST, _FEW = 10, 30


def conversion_tile(rows: list[dict[str, Any]], day: date, words: Words) -> Tile:
    """Sales per visitor of today so far, over the hours in which both are known; a ratio of two sums.

    Withheld below 10 visitors, greyed below 30. With more sales than visitors one of both counts is wrong:
    then there is no share, and that is said.
    """
    title = words("tile.conversion")
    row = next((row for row in rows if row["day"] == day), None)
    if row is None or row["transactions"] is None:
        return Tile(title, badge=("grey", words("conversion.none")))
    sold, of = row["converting"], row["converting_visitors"]
    so_far = words("conversion.so_far", n=row["transactions"])
    if sold is None or of is None:
        return Tile(title, badge=("grey", words("conversion.unseen")), lines=(so_far,))
    if of < LEAST:
        return Tile(title, badge=("grey", words("conversion.withheld", n=of)), lines=(so_far,))
    lines = (words("conversion.of", sold=sold, visitors=of), words("conversion.hours", n=row["sure_hours"]))
    if sold > of:
        return Tile(title, badge=("act", words("conversion.over")), lines=lines)
    few = of < _FEW
    badge: tuple[Tone, str] | None = ("grey", words("conversion.few")) if few else None
    return Tile(title, percent(sold / of), words("conversion.unit"), badge, lines, faded=few)
