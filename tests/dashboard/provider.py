"""A small OpenID Connect provider on loopback: it lets one person in and signs what it says with a key of its own."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "instore", "the client's secret, of some length"


@contextmanager
def provider(claims: dict[str, Any]) -> Iterator[str]:
    """The provider's address; `claims` are what it says of the person."""
    key, nonces = RSAKey.generate_key(2048, {"kid": "k1"}), dict[str, str]()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = urlparse(self.path)
            if found.path == "/.well-known/openid-configuration":
                self._send(_described(address))
            elif found.path == "/keys":
                self._send({"keys": [key.as_dict(private=False)]})
            elif found.path == "/authorize":
                self._enter({name: values[0] for name, values in parse_qs(found.query).items()})
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            nonce = nonces.pop(body["code"][0])
            now = int(time.time())
            said = {"iss": address, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": nonce, **claims}
            token = jwt.encode({"alg": "RS256", "kid": "k1"}, said, key)
            self._send({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": token})

        def _enter(self, asked: dict[str, str]) -> None:
            code = secrets.token_urlsafe(8)
            nonces[code] = asked.get("nonce", "")
            self.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()

        def _send(self, found: dict[str, Any]) -> None:
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _described(address: str) -> dict[str, Any]:
    return {
        "issuer": address,
        "authorization_endpoint": f"{address}/authorize",
        "token_endpoint": f"{address}/token",
        "jwks_uri": f"{address}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }
