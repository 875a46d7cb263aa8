"""Fetches the person detector: one file, from one address, of one known content."""

import hashlib
import tempfile
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

# YOLOX-nano by Megvii, Apache-2.0, as published by its authors.
URL = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx"
SHA256 = "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d"
SIZE = 3_659_407
TIMEOUT_S = 30.0


class NotFetched(Exception):
    """The model is not there; the text says why and how to bring it by hand."""


def fetch(destination: Path, *, url: str = URL, sha256: str = SHA256, size: int = SIZE) -> Path:
    """The path of the model: `destination`, which afterwards holds exactly the file with this digest.

    A file that is right already is left alone. Anything else under that name is replaced only by a complete and
    verified download. NotFetched where the download fails or is not that file, OSError where the disk refuses.
    """
    if destination.is_file() and _digest(destination.read_bytes()) == sha256:
        return destination
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            content = answer.read(size + 1)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "code", None) or type(getattr(error, "reason", error)).__name__
        raise NotFetched(_by_hand(f"the download failed ({reason})", url, sha256, destination)) from None
    if len(content) != size or _digest(content) != sha256:
        raise NotFetched(_by_hand("what came is not the file that was expected", url, sha256, destination))
    _place(content, destination)
    return destination


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _place(content: bytes, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=destination.parent, prefix=".model-", delete=False) as part:
        path = Path(part.name)
        try:
            part.write(content)
            part.flush()
            path.chmod(0o644)
            path.replace(destination)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _by_hand(problem: str, url: str, sha256: str, destination: Path) -> str:
    return (
        f"{problem}. By hand: get {url} on another computer, check that sha256sum says {sha256}, "
        f"and copy it to {destination}"
    )
