"""Files that only their owner may read, replaced as a whole or not at all."""

import os
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Put `data` into the file: on disk before the old content goes, mode 0600, in a folder made with 0700."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
