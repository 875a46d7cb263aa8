"""An MQTT broker on loopback for demos and tests: mosquitto where there is one, else the embedded iotcore.

It runs as a child process, so that a test can kill it as a power cut would. A shop runs its own broker.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

Kind = Literal["mosquitto", "iotcore"]

_MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 4000
max_queued_messages 100000
max_packet_size 131072
persistence true
persistence_location {dir}/
autosave_interval 60
log_dest none
"""
_IOTCORE = """id = 0
[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v5.1]
name = "loopback"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 10000
max_payload_size = 131072
max_inflight_count = 500
dynamic_filters = true
"""
# Run the broker in the child itself: the package's own starter would put a second process between us and it.
_SERVE = "import sys; from iotcore import IotCoreBroker; IotCoreBroker(config_path=sys.argv[1]).run_forever()"


def mosquitto() -> str | None:
    """The path of a local mosquitto, which Debian keeps outside an ordinary user's PATH; None where there is none."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of loopback at this moment."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Broker:
    """A broker process on 127.0.0.1; use it as a context manager, or start, kill and start it again."""

    def __init__(self, port: int | None = None, kind: Kind | None = None) -> None:
        self.port = port or free_port()
        self.kind: Kind = kind or ("mosquitto" if mosquitto() else "iotcore")
        self._dir = tempfile.TemporaryDirectory(prefix="instore-broker-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 15.0) -> None:
        """Start it and wait until it accepts connections; RuntimeError where it does not within `timeout` s."""
        command = self._command()
        # A session of its own: a Ctrl-C in the terminal must not end the broker before those who use it.
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            if self._process.poll() is not None:
                raise RuntimeError(f"the {self.kind} broker ended at once; is the port taken?")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the {self.kind} broker did not start")

    def _command(self) -> list[str]:
        file = Path(self._dir.name) / "broker.toml"
        if self.kind == "mosquitto":
            user = "user root\n" if Path("/proc/self").stat().st_uid == 0 else ""
            file.write_text(user + _MOSQUITTO.format(port=self.port, dir=self._dir.name), encoding="utf-8")
            return [mosquitto() or "mosquitto", "-c", str(file)]
        file.write_text(_IOTCORE.format(port=self.port), encoding="utf-8")
        return [sys.executable, "-c", _SERVE, str(file)]

    def kill(self) -> None:
        """End it at once, as a power cut does (SIGKILL); what it held in memory is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it in order."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._dir.cleanup()
