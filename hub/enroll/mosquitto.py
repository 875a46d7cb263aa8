"""What a mosquitto broker is told: who may say and read what, and its settings."""

from collections.abc import Iterable

from edge.topics import ROOT, topic

HUB = "instore-hub"

CONF = """\
# Only those with a certificate of the authority get in, and each speaks only for itself (file acl).
per_listener_settings false
allow_anonymous false
listener 8883
cafile {folder}/ca.crt
certfile {folder}/broker.crt
keyfile {folder}/broker.key
crlfile {folder}/crl.pem
require_certificate true
use_identity_as_username true
# Nobody can throw another out by taking its name.
use_username_as_clientid true
tls_version tlsv1.2
acl_file {folder}/acl

# The defaults drop messages in silence: above 20 in flight they wait, above 1000 waiting they go.
max_inflight_messages 4000
max_queued_messages 100000
max_queued_bytes 268435456
# A window has at most 64 kB; who sends more is cut off.
max_packet_size 66560
persistence true
persistence_location /var/lib/mosquitto/
autosave_interval 60
persistent_client_expiration 14d
"""


def member(site: str, device: str) -> str:
    """The name in the certificate of a device, which is its user name at the broker."""
    return f"{site}.{device}"


def rights(site: str, device: str) -> str:
    """The lines of the ACL that let a device say its own and hear what is committed of it, and nothing else."""
    said = [f"topic write {topic(site, device, leaf)}" for leaf in ("w", "live", "status")]
    return "\n".join([f"user {member(site, device)}", *said, f"topic read {topic(site, device, 'ack')}"]) + "\n"


def hub_rights(name: str = HUB) -> str:
    """The lines of the ACL that let the hub hear all devices, confirm to them, and tell of alerts."""
    heard = [f"topic read {topic('+', '+', leaf)}" for leaf in ("w", "live", "status")]
    said = [f"topic write {topic('+', '+', 'ack')}", f"topic write {ROOT}/+/alert/+"]
    return "\n".join([f"user {name}", *heard, *said]) + "\n"


def acl(devices: Iterable[tuple[str, str]]) -> str:
    """The whole ACL file of these (site, device): whoever is not in it may do nothing."""
    return "\n".join([hub_rights(), *(rights(site, device) for site, device in sorted(devices))])


def settings(host: str, folder: str, name: str) -> str:
    """The table `[broker]` for the settings of the hub or the plan of a device whose files lie in `folder`."""
    return (
        f'[broker]\nhost = "{host}"\nport = 8883\ntls = true\nca_file = "{folder}/ca.crt"\n'
        f'cert_file = "{folder}/{name}.crt"\nkey_file = "{folder}/{name}.key"\n'
    )
