import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edge.download import NotFetched, fetch

CONTENT = b"a model" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Mirror(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT if self.path == "/model" else CONTENT[:-1] + b"!" if self.path == "/other" else b"x")


@pytest.fixture
def mirror() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Mirror) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_right_file_is_fetched_once(mirror: str, tmp_path: Path) -> None:
    path = tmp_path / "models/person.onnx"
    assert fetch(path, url=f"{mirror}/model", sha256=DIGEST, size=len(CONTENT)) == path
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["person.onnx"]
    assert fetch(path, url=f"{mirror}/gone", sha256=DIGEST, size=len(CONTENT)) == path


@pytest.mark.parametrize("name", ["gone", "other", "short"])
def test_anything_else_leaves_what_was_there_and_says_how_to_go_on(mirror: str, tmp_path: Path, name: str) -> None:
    path = tmp_path / "person.onnx"
    path.write_bytes(b"old")
    with pytest.raises(NotFetched, match="By hand") as error:
        fetch(path, url=f"{mirror}/{name}", sha256=DIGEST, size=len(CONTENT))
    assert DIGEST in str(error.value)
    assert str(path) in str(error.value)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_no_network_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFetched, match="the download failed"):
        fetch(tmp_path / "m", url="http://127.0.0.1:9/model", sha256=DIGEST, size=1)
