"""A child process that answers over a pipe: what crashes or hangs there ends there, and every wait has a limit."""

import contextlib
import fcntl
import logging
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence

LOG = logging.getLogger("instore.sight")

# How long a child may take to go on with what it has begun, or to go when it is killed.
STUCK_S, GONE_S = 5.0, 5.0
PIPE_BYTES = 1 << 20


class CameraError(Exception):
    """A source cannot be read; the text names the sensor or says that it is the recording, never an address."""


class Child:
    """A Python process of ours. What it must know goes through its stdin, never through its command line."""

    def __init__(self, arguments: Sequence[str], who: str, environment: Mapping[str, str]) -> None:
        """Starts it. `who` stands in errors; nothing of ours in the environment is handed on, nor is stderr kept:
        decoders complain with the address."""
        self._who = who
        self._process = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={k: v for k, v in os.environ.items() if not k.startswith("INSTORE_")} | dict(environment),
        )
        if not self._process.stdin or not self._process.stdout:
            raise CameraError(f"{who}: its process has no pipes")
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(self._from, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def send(self, data: bytes, limit: float | None = None) -> None:
        """Hand over all of it; CameraError where the child takes nothing for 5 s, or `limit` seconds where it has to
        start first. If it is gone, read says so."""
        left = memoryview(data)
        with contextlib.suppress(BrokenPipeError):
            while left:
                if not select.select([], [self._to], [], limit or STUCK_S)[1]:
                    raise CameraError(f"{self._who}: its process hangs")
                with contextlib.suppress(BlockingIOError):
                    left = left[os.write(self._to, left) :]

    def ready(self, timeout: float) -> bool:
        """Whether there is something to read, waiting for it for at most `timeout` seconds."""
        return bool(select.select([self._from], [], [], timeout)[0])

    def read(self, size: int) -> bytearray:
        """Exactly so many bytes; CameraError when the child is gone or stops in the middle."""
        buffer, got = bytearray(size), 0
        view = memoryview(buffer)
        while got < size:
            if not self.ready(STUCK_S):
                raise CameraError(f"{self._who}: its process hangs")
            count = os.readv(self._from, [view[got:]])
            if not count:
                raise CameraError(f"{self._who}: its process died")
            got += count
        return buffer

    def close(self) -> None:
        """End the process; it has nothing to save. One that the kernel does not let go is left behind."""
        self._process.kill()
        try:
            self._process.wait(GONE_S)
        except subprocess.TimeoutExpired:
            LOG.error("%s: its process cannot be ended", self._who)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
