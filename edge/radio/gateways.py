"""Advertisements from Bluetooth gateways over an MQTT broker of this machine's own.

Gateways put the addresses of all they hear into topics. So the broker must be one that only this machine and
its gateways reach: any other host is refused, nothing retained is asked for, and no topic is ever logged.
"""

import ipaddress
import logging
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.plan import PlanError, Radio
from edge.radio.adverts import Heard, Quiet
from edge.radio.dialects import LONGEST, TOPICS, report

_LOG = logging.getLogger("instore.radio")

HELD = 10_000
TICK_S = 0.25
TOLD_S = 60.0


def adverts(radio: Radio, stop: threading.Event) -> Iterator[Heard | Quiet]:
    """What all gateways hear, as it arrives, until `stop` is set; Quiet where nothing does, with `up` false
    while the broker is away.

    PlanError where `gateway_host` is not this machine. Of more than the queue holds (10,000, about a second at the
    worst) the newest are dropped and counted in the log.
    """
    check_host(radio.gateway_host)
    feed = _Feed(radio)
    feed.start()
    try:
        while not stop.is_set():
            yield from feed.take()
    finally:
        feed.end()


def check_host(host: str) -> None:
    """PlanError unless the host is this machine: raw gateway feeds carry addresses and must not cross a network."""
    try:
        ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        ours = False
    if not ours:
        raise PlanError("radio.gateway_host: must be this machine (127.0.0.1, ::1 or localhost)")


class _Feed:
    """One read-only connection and a bounded queue behind it."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self._held: queue.Queue[Heard] = queue.Queue(HELD)
        self._dropped, self._told = 0, 0.0
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(1, 30)
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived

    def start(self) -> None:
        self._client.connect_async(self._radio.gateway_host, self._radio.gateway_port, clean_start=True)
        self._client.loop_start()

    def take(self) -> Iterator[Heard | Quiet]:
        try:
            yield self._held.get(timeout=TICK_S)
        except queue.Empty:
            yield Quiet(time.time(), self._client.is_connected())
        if self._dropped and time.monotonic() - self._told >= TOLD_S:
            dropped, self._dropped, self._told = self._dropped, 0, time.monotonic()
            _LOG.warning("gateways: %d advertisements dropped, more than can be held arrived", dropped)

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            _LOG.warning("gateways: the local broker refused the connection")
            return
        options = SubscribeOptions(qos=0, noLocal=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe([(topic, options) for topic in TOPICS])

    def _arrived(self, client: Client, _: Any, message: MQTTMessage) -> None:
        # An exception here would end paho's thread, so what cannot be read must fall through as None.
        if message.retain or len(message.payload) > LONGEST:
            return
        try:
            said = report(message.topic, bytes(message.payload))
        except UnicodeDecodeError:
            return
        if said is None:
            return
        try:
            self._held.put_nowait(Heard(time.time(), said.scanner, said.data, said.rssi, said.smoothed))
        except queue.Full:
            self._dropped += 1
