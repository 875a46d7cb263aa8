"""All that guesses of zones say of people: stays, whole visits, who came in, ways between zones, and where badges
are.
"""

from collections.abc import Mapping, Sequence

from edge.measure.dwell import Present, Stay, Visit
from edge.measure.facts import Fact
from edge.measure.flows import Steps
from edge.measure.heard import Stood
from edge.plan import Plan, TagRole
from edge.radio.badges import Presence
from edge.radio.floor import radio_zones
from edge.radio.journeys import Journeys
from edge.radio.position import Guess
from edge.radio.stays import KNOWN_S, Stays


class Visitors:
    """The people with a tag at one radio sensor. Badges are no visitors: they are counted apart, where asked for."""

    def __init__(self, plan: Plan, sensor: str, roles: Sequence[TagRole]) -> None:
        self._roles = roles
        own = [zone for zone in radio_zones(plan, sensor) if zone.role != "staff"]
        park = set(plan.radio.park) if plan.radio else set()
        zones = [zone.id for zone in own if not zone.whole and zone.id not in park]
        self._whole = next((zone.id for zone in own if zone.whole), None)
        self._stays, self._steps = Stays(roles, zones), Steps(KNOWN_S)
        self._journeys = Journeys(sensor, roles, zones, park, self._whole)
        covers = plan.radio.subtract.values() if plan.radio and "staff" in roles else ()
        asked = {zone for several in covers for zone in several} & {zone.id for zone in radio_zones(plan, sensor)}
        self._presence = Presence(asked) if asked else None
        self._shifts = Stays(roles, asked, staff=True)

    def step(self, at: float, guesses: Sequence[Guess], still: Mapping[int, float]) -> list[Fact]:
        """What became certain at `at`, the moment that the guesses are about; `still` are the trolleys at rest."""
        facts: list[Fact] = [*self._stays.step(at, guesses, still), *self._journeys.step(at, guesses, still)]
        if self._whole:
            facts.append(Present(at, self._whole, self._journeys.there, 0))
        ended = [(zone, Stay(tag, start, end, True, True)) for tag, zone, start, end in self._stays.ended]
        facts += self._steps.step(at, self._journeys.known, ended)
        for tag, known in self._journeys.over:
            self._steps.part(tag, known=known)
            if not known:
                self._stays.part(tag)
        # What is used up is not kept, not even until the next second.
        self._journeys.over.clear()
        self._stays.ended.clear()
        if self._presence:
            facts += self._presence.step(at, [guess for guess in guesses if self._roles[guess.tag] == "staff"])
            facts += self._stood(self._shifts.step(at, guesses))
        return facts

    def close(self, at: float) -> list[Fact]:
        """What is still open at the end, cut."""
        return [*self._stays.close(at), *self._journeys.close(at)]

    def _stood(self, found: Sequence[Visit | Present]) -> list[Fact]:
        return [Stood(fact.at, fact.zone, fact.start) for fact in found if isinstance(fact, Visit)]
