"""The folder with the authority and the list of whom it has let in; only the hub's owner may read it."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub import private
from hub.enroll import authority, mosquitto
from hub.enroll.authority import Pair

BROKER = "broker"


class EnrollError(Exception):
    """Somebody cannot be enrolled or revoked; the text says why."""


class Registry:
    """Who may speak to the broker. Its folder holds the authority's key: whoever has that can let anybody in."""

    def __init__(self, folder: Path, at: float) -> None:
        """Open the folder at the moment `at`; the first time an authority is made in it."""
        self._folder, self._at = folder, at
        with self._alone():
            if not (folder / "ca.key").exists():
                made = authority.authority(at)
                private.write(folder / "ca.crt", made.certificate)
                private.write(folder / "ca.key", made.key)
            self._authority = Pair(self._read("ca.key"), self._read("ca.crt"))

    @property
    def certificate(self) -> bytes:
        """The authority's certificate (PEM), by which everybody knows everybody."""
        return self._authority.certificate

    def enroll(self, site: str, device: str) -> Pair:
        """A fresh key and certificate for a device; an earlier one of this name is worth nothing from then on."""
        name = mosquitto.member(site, device)
        return self._add(name, authority.member(self._authority, name, self._at), site=site, device=device)

    def enroll_hub(self) -> Pair:
        """A fresh key and certificate for the hub itself."""
        return self._add(mosquitto.HUB, authority.member(self._authority, mosquitto.HUB, self._at))

    def enroll_broker(self, hosts: Sequence[str]) -> Pair:
        """A fresh key and certificate for the broker, reached under these names or addresses."""
        return self._add(BROKER, authority.server(self._authority, hosts, self._at), hosts=list(hosts))

    @property
    def broker_host(self) -> str | None:
        """The first name under which the broker is reached; None before it is enrolled."""
        hosts = [row["hosts"][0] for row in self._rows() if row["name"] == BROKER and row["revoked_at"] is None]
        return hosts[0] if hosts else None

    def revoke(self, site: str, device: str) -> None:
        """Let the device in no more; EnrollError where it is not enrolled."""
        with self._alone():
            rows = self._rows()
            if not self._strike(rows, mosquitto.member(site, device)):
                raise EnrollError("there is no device of this name")
            self._keep(rows)

    def broker_files(self) -> dict[str, bytes]:
        """The files of the broker that change with every enrolment: `ca.crt`, `acl`, `crl.pem`."""
        rows = self._rows()
        devices = [(row["site"], row["device"]) for row in rows if row["revoked_at"] is None and "device" in row]
        revoked = {int(row["serial"], 16): row["revoked_at"] for row in rows if row["revoked_at"] is not None}
        return {
            "ca.crt": self.certificate,
            "acl": mosquitto.acl(devices).encode(),
            "crl.pem": authority.revocations(self._authority, revoked, self._at),
        }

    def _add(self, name: str, made: Pair, **said: Any) -> Pair:
        with self._alone():
            rows = self._rows()
            self._strike(rows, name)
            serial = f"{authority.serial(made.certificate):x}"
            self._keep([*rows, {"name": name, "serial": serial, "at": self._at, "revoked_at": None, **said}])
        return made

    def _strike(self, rows: list[dict[str, Any]], name: str) -> bool:
        found = [row for row in rows if row["name"] == name and row["revoked_at"] is None]
        for row in found:
            row["revoked_at"] = self._at
        return bool(found)

    def _rows(self) -> list[dict[str, Any]]:
        try:
            rows: list[dict[str, Any]] = json.loads(self._read("enrolled.json"))["enrolled"]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            raise EnrollError(f"the list of the enrolled cannot be read ({type(error).__name__})") from None
        return rows

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        private.write(self._folder / "enrolled.json", json.dumps({"enrolled": rows}, indent=1).encode())

    def _read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two who enrol at once would each lose the other's entry."""
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
