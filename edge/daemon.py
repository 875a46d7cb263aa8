"""What every long-running program of the house needs from its system: logs, signals, the service manager, exit codes.

How a program uses it:

    def main() -> int:
        arguments = ...
        daemon.logs(verbose=arguments.verbose)
        return daemon.guarded(lambda: run(settings, daemon.stopping()))
"""

import _thread
import ctypes
import json
import logging
import os
import re
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any, Literal

from edge.plan import PlanError
from edge.settings import SettingsError

OK, FAILED, USAGE, BAD_CONFIG = 0, 1, 2, 78

_LOG = logging.getLogger("instore.daemon")
_ADDRESS = re.compile(
    r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"  # a device's address
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"  # a beacon's uuid
    r"|\brtsps?://"  # a camera
    r"|\b[a-z][a-z0-9+.-]*://[^\s/]*@"  # anything with a name or password in it
)
_PR_SET_DUMPABLE = 4
_TIME_ERROR = 5


class Lines(logging.Formatter):
    """Log lines as text or JSON. Of a line that holds something like an address only its place is written."""

    def __init__(self, *, as_json: bool = False, stamped: bool = True) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s: %(message)s" if stamped else "%(levelname)s %(name)s: %(message)s"
        )
        self.converter = time.gmtime
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line; the traceback, if any, belongs to what is checked and never holds local variables."""
        line = self._json(record) if self._as_json else super().format(record)
        if not safe(line):
            where = f"{record.module}:{record.lineno}"
            plain = logging.LogRecord(
                record.name, record.levelno, "", 0, f"withheld at {where}: the line held an address", None, None
            )
            line = self._json(plain) if self._as_json else super().format(plain)
        return line

    def _json(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname.lower(),
            "room": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def safe(text: str) -> bool:
    """Whether a text may be logged: no device address, no beacon uuid, no camera and no address with a password."""
    return _ADDRESS.search(text) is None


def logs(*, verbose: bool = False, as_json: bool = False) -> None:
    """Send all logs to stderr, uncaught errors too; no time of our own where the journal stamps the lines."""
    stamped = "JOURNAL_STREAM" not in os.environ
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(Lines(as_json=as_json, stamped=stamped))
    root = logging.getLogger()
    root.handlers[:] = [writer]
    root.setLevel(logging.WARNING)  # libraries may print addresses at lower levels
    logging.getLogger("instore").setLevel(logging.DEBUG if verbose else logging.INFO)
    sys.excepthook = _uncaught
    threading.excepthook = _thread_uncaught


def stopping() -> threading.Event:
    """An event that SIGTERM and SIGINT set; a second signal ends the process at once. Call it in the main thread."""
    stop = threading.Event()

    def on_signal(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        # Event.set in a signal's own frame can wait for a lock that the interrupted thread holds.
        _thread.start_new_thread(stop.set, ())

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def notify(state: str) -> bool:
    """Tell systemd READY=1, STOPPING=1, WATCHDOG=1 or STATUS=...; False where nobody listens.

    WATCHDOG=1 belongs after a turn of work that got something done, never on a timer of its own.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as pipe:
            pipe.sendto(state.encode(), address)
    except OSError as error:
        _LOG.warning("the service manager cannot be told (%s)", type(error).__name__)
        return False
    return True


def harden() -> None:
    """No core file, no reading of our memory by others of the same user, new files for the owner only."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def guarded(work: Callable[[], int], plain: tuple[type[Exception], ...] = ()) -> int:
    """The exit code of `work`: its own, 78 where the configuration is wrong, 1 where it failed otherwise.

    Errors of the kinds in `plain` say all in their text and are logged without a trace.
    """
    try:
        return work()
    except (SettingsError, PlanError) as error:
        _LOG.error("configuration: %s", error)
        return BAD_CONFIG
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        # Who read our output has gone; nothing more can be said, also not at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except plain as error:
        _LOG.error("%s", error)
        return FAILED
    except Exception:
        _LOG.exception("failed")
        return FAILED


def version() -> str:
    """The version of the installed package, or `unknown` where the program runs from a bare checkout."""
    try:
        return metadata.version("instore")
    except metadata.PackageNotFoundError:
        return "unknown"


def clock() -> Literal["ntp", "unsynced"]:
    """Whether the kernel keeps its clock in step with a time server; `unsynced` where that cannot be told."""
    if sys.platform != "linux":
        return "unsynced"
    # struct timex with modes = 0 only reads; 512 bytes are more than it has on any Linux.
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    return "ntp" if 0 <= state < _TIME_ERROR else "unsynced"


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    _LOG.critical("failed", exc_info=(kind, error, trace))


def _thread_uncaught(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        _LOG.critical("a thread failed", exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback))
