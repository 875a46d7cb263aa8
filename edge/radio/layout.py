"""Whether zones can be told apart by the scanners and the survey there are, before anybody relies on it."""

from collections.abc import Sequence

import numpy as np

from edge.measure.geometry import area
from edge.plan import Zone
from edge.radio.floor import Scanners
from edge.radio.survey import Survey

# Measured in an open room with one scanner for 30 m2: nothing tried told zones of 30 m2 apart in more than 60 % of
# seconds. A zone must be this many times what one scanner has to cover.
_LEAST_SHARE = 1.2
_FEWEST_SCANNERS = 3


def flaws(scanners: Scanners, zones: Sequence[Zone]) -> list[str]:
    """What cannot work about drawn zones and scanners, in words; nothing where no zone is drawn in metres."""
    drawn = [zone for zone in zones if len(zone.polygon) > 2]
    if not drawn:
        return []
    total = float(sum(area(zone.polygon) for zone in drawn))
    share = total / len(scanners.names)
    found = [
        f"zone {zone.id}: {area(zone.polygon):.0f} m2 with one scanner for {share:.0f} m2 cannot be told from its"
        f" neighbours in the open; make it {_LEAST_SHARE * share:.0f} m2 or add scanners"
        for zone in drawn
        if len(drawn) > 1 and area(zone.polygon) < _LEAST_SHARE * share
    ]
    corners = np.vstack([np.array(zone.polygon) for zone in drawn])
    far = (scanners.xyz[:, :2] < corners.min(axis=0) - 10) | (scanners.xyz[:, :2] > corners.max(axis=0) + 10)
    if far.any():
        found.append(f"{int(far.any(axis=1).sum())} scanners stand more than 10 m from all zones: is all in metres?")
    if len(scanners.names) < _FEWEST_SCANNERS and not scanners.named:
        found.append("fewer than three scanners place nobody on a floor; name their zones and let them vote")
    return found


def lacks(scanners: Scanners, survey: Survey | None) -> list[str]:
    """The scanners that a survey heard nowhere, in words: at them the tag is expected as path loss says."""
    if survey is None:
        return []
    heard = survey.heard.sum(axis=0) + survey.n.sum(axis=0)
    return [
        f"the survey did not hear the scanner on line {number} of radio.scanners"
        for number, n in zip(scanners.lines, heard, strict=True)
        if not n
    ]
