import queue
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.deliver import bulk, mqtt
from edge.deliver.bulk import MOST_PAYLOAD
from edge.deliver.mqtt import Broker, Connection, Down, Received, Refused, Up
from edge.deliver.secure import verified
from edge.settings import SettingsError
from simulators.broker import free_port, mosquitto
from tests.conftest import need


@pytest.fixture
def connect() -> Iterator[Callable[..., Connection]]:
    made: list[Connection] = []

    def start(broker: Broker, name: str, **options: Any) -> Connection:
        made.append(Connection(broker, name, **options))
        made[-1].start()
        return made[-1]

    yield start
    for connection in made:
        connection.stop()


def wait_for(connection: Connection, kind: type, timeout: float = 15.0) -> Any:
    limit = time.monotonic() + timeout
    while time.monotonic() < limit:
        try:
            event = connection.events.get(timeout=0.1)
        except queue.Empty:
            continue
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind.__name__} within {timeout:g} s")


def test_it_starts_without_a_broker_and_finds_it_later(broker: Any, connect: Any) -> None:
    broker.stop()
    connection = connect(Broker(port=broker.port), "early")
    assert isinstance(wait_for(connection, Down), Down)
    assert not connection.publish("t/a", b"nothing is kept for later")
    broker.start()
    assert not wait_for(connection, Up).session_present
    assert connection.connected
    assert connection.alive


def test_an_unconfirmed_message_comes_again_on_the_next_connection_only(broker: Any, connect: Any) -> None:
    taker = connect(Broker(port=broker.port), "taker", subscriptions=(("t/+", 1),), session_s=600, manual_ack=True)
    giver = connect(Broker(port=broker.port), "giver")
    wait_for(taker, Up)
    wait_for(giver, Up)
    assert giver.publish("t/a", b"1")
    first = wait_for(taker, Received)
    taker.restart()
    wait_for(taker, Down)
    assert not taker.ack(first)
    again = wait_for(taker, Received)  # of a kept session it comes before Up
    assert again.payload == first.payload
    assert not taker.ack(first)
    assert taker.ack(again)
    time.sleep(0.3)  # the confirmation goes out by the network thread
    taker.restart()
    wait_for(taker, Down)
    wait_for(taker, Up)
    assert giver.publish("t/a", b"2")
    assert wait_for(taker, Received).payload == b"2"


@pytest.mark.parametrize("known", [True, False])
def test_many_are_confirmed_at_once_and_only_those_of_this_connection(
    broker: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Also with a version of the library that is not known, whose inner places are left alone."""
    assert bulk._KNOWN
    monkeypatch.setattr(bulk, "_KNOWN", known)
    taker = connect(Broker(port=broker.port), "taker", subscriptions=(("t/+", 1),), session_s=600, manual_ack=True)
    giver = connect(Broker(port=broker.port), "giver")
    wait_for(taker, Up)
    wait_for(giver, Up)
    assert giver.publish("t/a", b"0")
    old = wait_for(taker, Received)
    taker.restart()
    wait_for(taker, Down)
    for number in range(1, 90):
        assert giver.publish("t/a", b"%d" % number)
    found = [wait_for(taker, Received) for _ in range(90)]
    assert [int(event.payload) for event in found] == list(range(90))
    assert not taker.ack(old, *found[:-1])
    time.sleep(0.3)  # the confirmations go out by the network thread
    taker.restart()
    wait_for(taker, Down)
    assert wait_for(taker, Received).payload == b"89"


def test_unconfirmed_is_zero_when_the_broker_has_everything(shared_broker: int, connect: Any) -> None:
    giver = connect(Broker(port=shared_broker), "counted")
    wait_for(giver, Up)
    for number in range(200):
        assert giver.publish("count/a", b"%d" % number, qos=number % 2, expiry_s=90)
    limit = time.monotonic() + 10
    while giver.unconfirmed and time.monotonic() < limit:
        time.sleep(0.01)
    assert giver.unconfirmed == 0
    assert not giver._early


def test_what_nobody_reads_of_qos_0_is_dropped_and_counted(
    shared_broker: int, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    taker = connect(Broker(port=shared_broker), "idle", subscriptions=(("idle/a", 0),))
    giver = connect(Broker(port=shared_broker), "talker")
    wait_for(giver, Up)
    wait_for(taker, Up)
    monkeypatch.setattr(mqtt, "MOST_UNREAD", 10)
    limit = time.monotonic() + 10
    while taker.live_dropped < 5 and time.monotonic() < limit:
        giver.publish("idle/a", b"x", qos=0)
        time.sleep(0.01)
    assert taker.live_dropped >= 5
    assert taker.events.qsize() <= 12


@pytest.mark.parametrize("known", [True, False])
def test_no_more_is_read_than_may_be_held_and_nothing_is_lost(
    broker: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """With a version of the library that is not known only the number of messages is bounded, and their size."""
    large, most = MOST_PAYLOAD + 30_000, 1_000_000
    monkeypatch.setattr(bulk, "_KNOWN", known)
    monkeypatch.setattr(bulk, "MOST_HELD", most)
    options = {"subscriptions": (("t/+", 1),), "session_s": 600, "manual_ack": True}
    taker = connect(Broker(port=broker.port), "taker", **options)
    giver = connect(Broker(port=broker.port), "giver")
    wait_for(taker, Up)
    wait_for(giver, Up)
    for number in range(60):
        assert giver.publish("t/a", b"%03d" % number + b"x" * large)
    first = [wait_for(taker, Received)]
    time.sleep(1.0)
    if known:
        assert taker.connected
        assert taker.events.qsize() * MOST_PAYLOAD <= most + bulk._READ_BYTES
    while len(first) < 60:
        taker.ack(first[-1])
        first.append(wait_for(taker, Received))
    assert [int(event.payload[:3]) for event in first] == list(range(60))
    assert {len(event.payload) for event in first} == {MOST_PAYLOAD}


@pytest.mark.parametrize("topic", ["", "t/+", "t/#", "t/\0"])
def test_a_topic_with_a_wildcard_is_our_fault(topic: str) -> None:
    with pytest.raises(ValueError, match="wildcards"):
        Connection(Broker(), "x").publish(topic, b"")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A mosquitto with TLS, a password and an access list under which only `open/` may be written."""
    need(mosquitto(), "mosquitto")
    run = lambda *command: subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)  # noqa: E731
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        "k.pem",
        "-out",
        "c.pem",
        *subject,
    )
    run("mosquitto_passwd", "-b", "-c", "passwords", "cam", "right")
    (tmp_path / "acl").write_text("user cam\ntopic readwrite open/#\n")
    (tmp_path / "secret").write_text("right\n")
    port = free_port()
    (tmp_path / "m.conf").write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous false\npassword_file {tmp_path}/passwords\n"
        f"acl_file {tmp_path}/acl\ncertfile {tmp_path}/c.pem\nkeyfile {tmp_path}/k.pem\nlog_dest none\n"
    )
    command = [mosquitto() or "", "-c", str(tmp_path / "m.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, tmp_path
        process.kill()


def test_tls_password_and_refusals(guarded: tuple[int, Path], connect: Any) -> None:
    port, files = guarded
    broker = Broker(
        host="localhost", port=port, ca_file=str(files / "c.pem"), username="cam", password_file=str(files / "secret")
    )
    connection = connect(broker, "cam", subscriptions=(("open/#", 1),))
    wait_for(connection, Up)
    assert connection.publish("open/a", b"1")
    assert wait_for(connection, Received).payload == b"1"
    # The library counts a refused publish as done; only its reason code tells.
    assert connection.publish("closed/a", b"2")
    assert isinstance(wait_for(connection, Refused), Refused)


def test_a_wrong_password_and_a_stranger_s_certificate_are_no_connection(
    guarded: tuple[int, Path], connect: Any
) -> None:
    port, files = guarded
    (files / "wrong").write_text("wrong")
    known = Broker(
        host="localhost", port=port, ca_file=str(files / "c.pem"), username="cam", password_file=str(files / "wrong")
    )
    assert "authori" in wait_for(connect(known, "wrong"), Down).reason.lower()
    stranger = connect(Broker(host="localhost", port=port, tls=True), "stranger")
    assert wait_for(stranger, Down).reason == "cannot be reached"
    assert not stranger.connected


def test_a_handshake_that_fails_leaves_no_socket_open() -> None:
    here, there = socket.socketpair()
    with there:
        wrapped = verified(Broker()).wrap_socket(here, server_hostname="localhost", do_handshake_on_connect=False)
        there.sendall(b"this is not TLS\n")
        with pytest.raises(ssl.SSLError):
            wrapped.do_handshake()
        assert wrapped.fileno() == -1


def test_certificates_that_cannot_be_used_are_wrong_settings(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"broker\.ca_file"):
        Connection(Broker(ca_file=str(tmp_path / "no.pem")), "x")
    with pytest.raises(SettingsError, match=r"broker\.password_file: the file cannot be read"):
        Connection(Broker(username="cam", password_file=str(tmp_path / "none")), "x")
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED
