"""The programs' commands as a person types them, each in a process of its own, without loading the program anew.

A server that has loaded all four programs once forks for each command: what a command does to its process, such as
hardening it, stays there, and a test waits for the command and not for the imports.
"""

import importlib
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from subprocess import CompletedProcess

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("edge", "hub", "dashboard", "simulators")

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [*(f"{program}.__main__" for program in PROGRAMS), "hub.commands", "edge.replay", "edge.surveying"]
)


def done(
    program: str, *words: object, cwd: Path = ROOT, environ: dict[str, str] | None = None, timeout: float = 120.0
) -> CompletedProcess[str]:
    """Exit code and output of `python -m program words`; `environ` comes on top of ours.

    TimeoutError where it does not end.
    """
    command = [program, *map(str, words)]
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        streams = {1: out.name, 2: err.name}
        process = _FORKING.Process(target=_obey, args=(program, command, cwd, os.environ | (environ or {}), streams))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"{command[:2]} did not end within {timeout:g} s")
        code = process.exitcode
        process.close()
        return CompletedProcess(command, code, Path(out.name).read_text("utf-8"), Path(err.name).read_text("utf-8"))


def _obey(program: str, command: list[str], cwd: Path, environ: dict[str, str], streams: dict[int, str]) -> None:
    for number, path in streams.items():
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = command
    sys.exit(importlib.import_module(f"{program}.__main__").main())
