"""`instore-hub enroll`: writes what a device, the hub or the broker needs, and says what to do with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hub import private
from hub.enroll import mosquitto
from hub.enroll.authority import Pair
from hub.enroll.registry import BROKER, Registry

DEVICE_FOLDER, BROKER_FOLDER = "/etc/instore/tls", "/etc/mosquitto/instore"


def device(registry: Registry, site: str, name: str, out: Path) -> str:
    """Enrol a device; its files lie in `out`/<site>.<device>, and the text holds its settings and its rights."""
    called = mosquitto.member(site, name)
    said = _member(registry, called, registry.enroll(site, name), out)
    return f"{said}\n# what it may do at the broker, in {out / BROKER / 'acl'}:\n{mosquitto.rights(site, name)}"


def hub(registry: Registry, out: Path) -> str:
    """Enrol the hub; its files lie in `out`/instore-hub, and the text holds its settings."""
    return _member(registry, mosquitto.HUB, registry.enroll_hub(), out)


def broker(registry: Registry, hosts: Sequence[str], out: Path) -> str:
    """Enrol the broker under its names or addresses; all its files lie in `out`/broker."""
    made = registry.enroll_broker(hosts)
    conf = mosquitto.CONF.format(folder=BROKER_FOLDER).encode()
    _write(out / BROKER, {"broker.crt": made.certificate, "broker.key": made.key, "instore.conf": conf})
    return (
        f"{_broker_files(registry, out)}"
        f"# copy all of it to {BROKER_FOLDER} (readable for mosquitto only),\n"
        f"# instore.conf to /etc/mosquitto/conf.d, and restart mosquitto\n"
    )


def revoke(registry: Registry, site: str, name: str, out: Path) -> str:
    """Let a device in no more, from the broker's next restart on."""
    registry.revoke(site, name)
    return _broker_files(registry, out)


def _member(registry: Registry, name: str, made: Pair, out: Path) -> str:
    folder = out / name
    settings = mosquitto.settings(registry.broker_host or "broker.example", DEVICE_FOLDER, name)
    files = {f"{name}.crt": made.certificate, f"{name}.key": made.key, "ca.crt": registry.certificate}
    _write(folder, {**files, "broker.toml": settings.encode()})
    return f"# copy {folder} to {DEVICE_FOLDER}; then in its settings:\n{settings}{_broker_files(registry, out)}"


def _broker_files(registry: Registry, out: Path) -> str:
    _write(out / BROKER, registry.broker_files())
    return (
        f"# new in {out / BROKER}: acl, crl.pem. Copy them to {BROKER_FOLDER};\n"
        f"# SIGHUP lets mosquitto read acl, a restart also crl.pem\n"
    )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        private.write(folder / name, data)
