import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.deliver.mqtt import Broker, Connection, Will
from edge.deliver.outbox import Outbox
from edge.deliver.sender import Sender
from edge.messages import Ack, Status, Window, encode, stamp
from edge.plan import Outbox as Limits
from edge.topics import topic

END = 1_800_000_000 // 300 * 300


class Device:
    """The delivering half of a device: outbox, connection, sender."""

    def __init__(self, port: int, site: str, box_dir: Path, limits: dict[str, Any]) -> None:
        self.site, self.state = site, "ok"
        self.box = Outbox(Limits(dir=str(box_dir), **limits))
        self.connection = Connection(
            Broker(port=port),
            f"instore-{site}-cam",
            subscriptions=((topic(site, "cam", "ack"), 1),),
            will=Will(topic(site, "cam", "status"), encode(self.status("offline"))),
        )
        self.sender = Sender(site, "cam", self.box, self.connection, self.status)

    def start(self) -> "Device":
        self.connection.start()
        self.sender.start()
        return self

    def stop(self) -> None:
        self.sender.stop()
        self.connection.stop()
        self.box.close()

    def vanish(self) -> None:
        """As a kill leaves it: nothing is said, nothing is saved."""
        self.sender._ended.set()
        self.sender.join()
        self.connection._client._sock_close()
        self.connection.stop()
        self.box.close()

    def put(self, count: int) -> None:
        self.box.put_many([self.window] * count, time.time())

    def window(self, epoch: str, seq: int) -> bytes:
        return encode(
            Window(
                v=1,
                site=self.site,
                device="cam",
                epoch=epoch,
                seq=seq,
                level="standard",
                plan="0" * 12,
                end=stamp(END + 300 * seq),
                clock="ntp",
                values=(),
            )
        )

    def status(self, state: Any = "online") -> Status:
        return Status(
            v=1,
            state=state,
            at=stamp(time.time()),
            epoch=self.box.epoch,
            version="1",
            plan="0" * 12,
            level="standard",
            clock="ntp",
            held=self.box.held,
            counters={},
            sensors=(),
            places=(),
        )


Start = Callable[..., Device]


@pytest.fixture
def device_at(site: str, box_dir: Path) -> Iterator[Start]:
    devices: list[Device] = []

    def start(port: int, **limits: Any) -> Device:
        devices.append(Device(port, site, box_dir, limits).start())
        return devices[-1]

    yield start
    for device in devices:
        if device.sender.is_alive():
            device.stop()


def seqs(hub: Any) -> list[int]:
    return [seq for _, _, seq in hub.rows]


def test_everything_arrives_in_order_and_leaves_the_disk(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    hub, device = hub_at(shared_broker), device_at(shared_broker)
    device.put(1000)
    wait(lambda: device.box.held == 0)
    assert seqs(hub) == list(range(1, 1001))
    assert hub.resumes[0].first == 1


def test_started_before_the_broker_and_before_the_hub(broker: Any, hub_at: Any, device_at: Start, wait: Any) -> None:
    broker.stop()
    device = device_at(broker.port)
    device.put(50)
    time.sleep(0.5)
    broker.start()
    wait(lambda: device.connection.connected)
    hub = hub_at(broker.port)
    wait(lambda: device.box.held == 0, 60)
    assert seqs(hub) == list(range(1, 51))


def test_a_killed_broker_loses_and_doubles_nothing(broker: Any, hub_at: Any, device_at: Start, wait: Any) -> None:
    hub, device = hub_at(broker.port), device_at(broker.port)
    for _ in range(3):
        device.put(400)
        wait(lambda: len(hub.rows) % 400 > 50, 60)
        broker.kill()
        time.sleep(0.2)
        broker.start()
        wait(lambda: device.box.held == 0, 60)
    assert seqs(hub) == list(range(1, 1201))


def test_a_hub_that_is_away_gets_everything_later_and_the_broker_is_not_flooded(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    hub, device = hub_at(shared_broker), device_at(shared_broker)
    device.put(10)
    wait(lambda: device.box.held == 0)
    hub.stop()
    device.put(300)
    wait(lambda: device.sender.returns >= 2, 40, "going back")
    assert device.box.held == 300
    hub.start()
    wait(lambda: device.box.held == 0, 60)
    assert seqs(hub) == list(range(1, 311))
    assert hub.repeated <= 300


def test_the_hub_lost_its_memory(shared_broker: int, hub_at: Any, device_at: Start, wait: Any) -> None:
    hub, device = hub_at(shared_broker), device_at(shared_broker)
    device.put(100)
    wait(lambda: device.box.held == 0)
    hub.cursor.clear()
    device.put(20)
    wait(lambda: device.box.held == 0, 40)
    assert seqs(hub) == list(range(1, 121))
    assert hub.gaps == [(device.box.epoch, 1, 100)]


def test_the_hub_lost_its_memory_of_an_earlier_life(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    """Nothing of that life is held any more, so no row would ever tell the hub that it lacks it."""
    hub, first = hub_at(shared_broker), device_at(shared_broker)
    first.put(30)
    wait(lambda: first.box.held == 0)
    first.stop()
    second = device_at(shared_broker)
    second.put(5)
    wait(lambda: second.box.held == 0, 40)
    assert not hub.gaps
    hub.cursor.clear()
    second.put(5)
    wait(lambda: second.box.held == 0, 40)
    assert sorted(hub.gaps) == sorted([(first.box.epoch, 1, 30), (second.box.epoch, 1, 5)])


def test_rows_of_a_killed_device_come_first_under_their_own_epoch(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    first = device_at(shared_broker)
    first.put(30)
    wait(lambda: first.connection.connected)
    first.vanish()
    # The hub listens before the second start: what was sent into the void before would only come after a return.
    hub = hub_at(shared_broker)
    wait(lambda: hub.connection.connected)
    second = device_at(shared_broker)
    second.put(30)
    wait(lambda: second.box.held == 0, 40)
    epochs = [epoch for _, epoch, _ in hub.rows]
    assert epochs == [first.box.epoch] * 30 + [second.box.epoch] * 30


def test_what_a_full_outbox_dropped_is_a_gap_and_not_a_wait(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    device = device_at(shared_broker, max_rows=100)
    device.put(250)
    dropped = device.box.dropped
    assert dropped >= 150
    hub = hub_at(shared_broker)
    wait(lambda: device.box.held == 0, 40)
    assert seqs(hub) == list(range(dropped + 1, 251))
    assert hub.gaps == [(device.box.epoch, 1, dropped)]


def test_an_ack_above_what_was_sent_deletes_nothing_and_is_counted(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    device = device_at(shared_broker)
    wait(lambda: device.connection.connected)
    device.put(500)
    liar = hub_at(shared_broker)
    liar.silent = True
    wait(lambda: liar.connection.connected)
    liar.connection.publish(topic(liar.site, "cam", "ack"), encode(Ack(epoch=device.box.epoch, upto=500)))
    liar.connection.publish(topic(liar.site, "cam", "ack"), b"no ack at all")
    wait(lambda: device.box.alarms == 1)
    assert device.box.held == 500
    liar.silent = False
    wait(lambda: device.box.held == 0, 60)


def test_an_old_epoch_that_the_hub_knows_further_does_not_block_the_new_one(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    first = device_at(shared_broker)
    first.put(150)
    first.stop()
    hub = hub_at(shared_broker)
    hub.cursor[("cam", first.box.epoch)] = 400  # the card was restored from a copy made at 150
    second = device_at(shared_broker)
    second.put(20)
    wait(lambda: len(hub.rows) == 20, 40)
    assert {epoch for _, epoch, _ in hub.rows} == {second.box.epoch}
    assert second.box.alarms > 0
    wait(lambda: second.box.held == 150)


def test_birth_on_every_connect_and_the_will_when_it_vanishes(
    broker: Any, hub_at: Any, device_at: Start, wait: Any
) -> None:
    hub, device = hub_at(broker.port), device_at(broker.port)
    wait(lambda: hub.statuses and hub.statuses[-1].state == "online")
    device.connection.restart()
    wait(lambda: any(status.state == "offline" for status in hub.statuses))
    wait(lambda: hub.statuses[-1].state == "online")
    device.stop()
    wait(lambda: hub.statuses[-1].state == "offline")
    late = hub_at(broker.port, "late")
    wait(lambda: late.statuses and late.statuses[-1].state == "offline", what="the retained goodbye")


def test_a_status_says_how_far_its_numbers_go_and_of_how_many_starts_it_holds_rows(
    shared_broker: int, hub_at: Any, device_at: Start, wait: Any
) -> None:
    first = device_at(shared_broker)
    first.put(30)
    wait(lambda: first.connection.connected)
    first.vanish()
    second = device_at(shared_broker)
    second.put(20)
    hub = hub_at(shared_broker)

    def numbers() -> list[tuple[str, int | None, int | None]]:
        return [(s.epoch, s.counters.get("newest-number"), s.counters.get("older-epochs")) for s in hub.statuses]

    wait(lambda: (second.box.epoch, 20, 1) in numbers() or (second.box.epoch, 20, 0) in numbers())
    wait(lambda: second.box.held == 0, 40)
    second.put(5)  # news by itself: whoever loses this card must not wait for the next regular status
    wait(lambda: (second.box.epoch, 25, 0) in numbers(), 10)
