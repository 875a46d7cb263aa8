"""The programs of a demo as child processes: each with a log of its own, all of them ended together."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

PATIENCE_S = 8.0


class ProgramFailed(Exception):
    """A program of the demo ended with an error; the text holds its last words."""


class Processes:
    """Programs of this distribution, started by name from where this Python lives."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, stdout: Path | None = None) -> None:
        """Start a program in the background; what it says goes to <name>.log, its data to `stdout` where given."""
        with (stdout or Path("/dev/null")).open("wb") as data:
            self._open(name, command, data if stdout else None, subprocess.DEVNULL)

    def _open(
        self, name: str, command: tuple[str, ...], data: IO[bytes] | int | None, stdin: IO[bytes] | int | None
    ) -> subprocess.Popen[bytes]:
        # A session of its own: a Ctrl-C in the terminal reaches only us, and the order of ending is ours.
        program = str(Path(sys.executable).with_name(command[0]))
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [program, *command[1:]],
                stdin=stdin,
                stdout=log if data is None else data,
                stderr=log,
                start_new_session=True,
            )
        return self._running[name]

    def pipe(self, source: str, command: tuple[str, ...], sink: str, into: tuple[str, ...]) -> None:
        """Run two programs to their ends, the data of the first flowing into the second."""
        first = self._open(source, command, subprocess.PIPE, subprocess.DEVNULL)
        self._open(sink, into, None, first.stdout)
        if first.stdout:
            first.stdout.close()
        self._ended(source)
        self._ended(sink)

    def run(self, name: str, *command: str, stdout: Path | None = None) -> None:
        """Run a program to its end; ProgramFailed where it, or another one that should go on, fails."""
        self.start(name, *command, stdout=stdout)
        self._ended(name)

    def _ended(self, name: str) -> None:
        while self._running[name].poll() is None:
            self.check()
            time.sleep(0.02)
        self.check()
        del self._running[name]

    def check(self) -> None:
        """ProgramFailed naming a program that has ended with an error, with the last lines of its log."""
        for name, process in self._running.items():
            if process.poll():
                words = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
                raise ProgramFailed("\n".join([f"{name} ended with code {process.returncode}:", *words[-8:]]))

    def end(self, name: str) -> None:
        """End one program and wait until it has."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End all programs, the last started first; what has not ended after 8 s is killed."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        limit = time.monotonic() + PATIENCE_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
