"""The fields of all messages in words for everybody: those around every number, and those about the device itself.

A field that the schema gets is listed at once; one without words stands there with its bare name, which a test does
not let pass.
"""

from edge.messages import Place, Resume, Sensor, Status, Window
from edge.values import Value


def _names(*kinds: type) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in kinds for name in kind.__struct_fields__))  # type: ignore[attr-defined]


ENVELOPE = _names(Window, Value, Resume)
ABOUT_ITSELF = _names(Status, Sensor, Place)
WORDS = {
    "v": "version of this contract",
    "site": "name of the shop",
    "device": "name of this device",
    "epoch": "random name of this run's messages",
    "seq": "running number of the message",
    "level": "the privacy level in force",
    "plan": "checksum of the plan",
    "end": "when the window ended",
    "clock": "whether the clock is right",
    "values": "the windows that ended then",
    "place": "name of the line, zone or queue",
    "start": "when the window began",
    "observed_s": "for how long somebody looked",
    "withheld": "why a number is withheld",
    "revision": "above 0: corrects an earlier value",
    "entries": "how many came in",
    "exits": "how many went out",
    "groups": "how many groups came in",
    "passers": "how many walked by",
    "mean": "people there on average, to 0.5",
    "max": "most people at once",
    "joined": "how many joined the queue",
    "served": "how many were served",
    "abandoned": "how many gave up",
    "tills_open": "tills open",
    "of": "what lasted: stay, wait, service, or until giving up",
    "n": "how many",
    "cut": "how many of them ended unseen",
    "sum_s": "all durations together",
    "bins": "how many durations in each of 22 fixed ranges",
    "to": "name of the next place",
    "cells": "person-seconds by square of the floor",
    "cell_m": "side of a square",
    "looked": "share of pictures looked at",
    "model": "the detector in use",
    "tag_n": "people with a tag who came in",
    "camera_n": "people whom cameras saw come in meanwhile",
    "matched": "of those with a tag, how many cameras saw",
    "at": "when this was said",
    "queue": "people waiting now",
    "occupancy": "people there now, to 5",
    "alert": "whether it is too full",
    "state": "how the device or sensor is",
    "version": "of the program",
    "held": "messages waiting to be sent",
    "counters": "what went wrong, how often",
    "sensors": "the sensors and how they are",
    "places": "the lines, zones and queues of the plan",
    "id": "name of a sensor or place",
    "kind": "camera, scanner, gateway; line, zone, queue",
    "seen": "when it last looked, to the minute",
    "role": "what a place is for",
    "sensor": "which sensor watches a place",
    "promise_s": "the waiting time that is promised",
    "area_m2": "size of a place",
    "outline_m": "its outline on the floor",
    "first": "nothing before this number comes again",
}
