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
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any, Literal

from edge.discretion import safe, trace
from edge.hardening import harden as harden
from edge.plan import PlanError
from edge.settings import SettingsError

OK, FAILED, BAD_CONFIG = 0, 1, 78

_LOG = logging.getLogger("instore.daemon")
_TIME_ERROR = 5


class Lines(logging.Formatter):
    """Log lines as text or JSON: what was said, and of an error its class and place."""

    def __init__(self, *, as_json: bool = False, stamped: bool = True) -> None:
        head = "%(asctime)s %(levelname)s %(name)s: " if stamped else "%(levelname)s %(name)s: "
        super().__init__(head + "%(message)s")
        self.converter = time.gmtime
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line; neither a text that holds an address nor that of an error, nor local variables, are in it."""
        text, failed = said(record)
        if self._as_json:
            fields: dict[str, Any] = {
                "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": record.levelname.lower(),
                "room": record.name,
                "text": text,
            }
            return json.dumps(fields | ({"trace": failed} if failed else {}))
        bare = logging.LogRecord(record.name, record.levelno, "", 0, text, None, None)
        bare.created, bare.msecs = record.created, record.msecs
        return super().format(bare) + (f"\n{failed}" if failed else "")


def said(record: logging.LogRecord) -> tuple[str, str]:
    """The text of a log record, or only where it was said if it holds an address; and the trace of its error."""
    where = f"withheld at {record.module}:{record.lineno}"
    try:
        text = record.getMessage()
    except Exception as wrong:
        text = f"{where}: the line cannot be made ({type(wrong).__name__})"
    if not safe(text):
        text = f"{where}: the line held an address"
    error = record.exc_info[1] if record.exc_info else None
    return text, trace(error) if error else ""


def logs(*, verbose: bool = False, as_json: bool = False) -> None:
    """Send all logs to stderr, uncaught errors and warnings too; no time of our own where the journal stamps them."""
    stamped = "JOURNAL_STREAM" not in os.environ
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(Lines(as_json=as_json, stamped=stamped))
    root = logging.getLogger()
    root.handlers[:] = [writer]
    root.setLevel(logging.WARNING)  # libraries may print addresses at lower levels
    logging.getLogger("instore").setLevel(logging.DEBUG if verbose else logging.INFO)
    logging.raiseExceptions = False  # else a line that cannot be written is printed with all that it was made of
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _thread_uncaught
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _unraisable


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
        # A path can look like an address; what failed is told all the same.
        _LOG.error("%s", error if safe(str(error)) else getattr(error, "strerror", None) or type(error).__name__)
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


def _unraisable(arguments: Any) -> None:
    if arguments.exc_value is not None:
        _LOG.error("ignored", exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback))
