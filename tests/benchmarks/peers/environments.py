"""An environment of its own for each package, made once under a cache folder with pinned versions from PyPI."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# One thread for everybody, however the arithmetic was built.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Missing(Exception):
    """A package cannot be had or does not run here; the text is the reason."""


class Environment(NamedTuple):
    """What is installed, and the oldest Python that takes it. `bare` packages come without what they ask for."""

    packages: tuple[str, ...]
    bare: tuple[str, ...] = ()
    python: tuple[int, int] = (3, 11)


MATHS = ("numpy==2.4.6", "scipy==1.17.1")
NEEDED = {
    # 0.31 has no tracker any more.
    "supervision": Environment(("supervision==0.30.9", "opencv-python-headless==5.0.0.93", *MATHS)),
    "trackers": Environment(("trackers==2.6.1", "supervision==0.31.2", *MATHS)),
    "norfair": Environment(("norfair==2.3.0", "numpy==1.26.4", "scipy==1.17.1")),
    # It asks for a web server, a video decoder and two network runtimes; its tracker and counter need these.
    "mesopic": Environment(
        ("pydantic==2.14.3", "pyyaml==6.0.3", "ruamel-yaml==0.18.16", *MATHS),
        bare=("mesopic==0.1.2",),
        python=(3, 12),
    ),
    "trackeval": Environment(("trackeval==1.3.0", *MATHS)),
}


def built(folder: Path, name: str) -> Path:
    """The interpreter of a package's environment, which is made if it is not there as it should be."""
    wanted, home = NEEDED[name], folder / name
    interpreter, done = home / "bin/python", home / "installed.txt"
    if done.is_file() and done.read_text() == str(wanted):
        return interpreter
    done.unlink(missing_ok=True)
    print(f"making {home}", file=sys.stderr)
    _run([_python(wanted.python), "-m", "venv", "--clear", str(home)])
    pip = [str(interpreter), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    if wanted.bare:
        _run([*pip, "--no-deps", *wanted.bare])
    _run([*pip, *wanted.packages])
    done.write_text(str(wanted))
    return interpreter


def run(python: Path, script: Path, *arguments: Path) -> None:
    """Run a script in an environment, with one thread; Missing where it fails."""
    _run([str(python), str(script), *map(str, arguments)])


def _run(command: list[str]) -> None:
    alone = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    alone |= dict.fromkeys(THREADS, "1") | {"PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=alone, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")]
        raise Missing((errors or lines or [f"exit code {done.returncode}"])[-1].strip())


def _python(oldest: tuple[int, int]) -> str:
    """A Python of this age or younger: the one that runs this, or another on the path or of pyenv."""
    test = f"import sys; sys.exit(sys.version_info < {oldest})"
    for candidate in _pythons():
        if subprocess.run([candidate, "-c", test], capture_output=True, check=False).returncode == 0:
            return candidate
    raise Missing(f"needs Python {oldest[0]}.{oldest[1]}, and none was found")


def _pythons() -> Iterator[str]:
    yield sys.executable
    for minor in (12, 13, 14):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(versions.glob("3.1[2-9]*/bin/python")))
