"""TLS to the broker: always verified, and nothing left open where it fails."""

import ssl

from edge.plan import Broker
from edge.settings import SettingsError


class Closing(ssl.SSLSocket):
    """A socket that is closed by a handshake that fails: the MQTT library would leave it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands; any failure closes the socket."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def verified(broker: Broker) -> ssl.SSLContext:
    """A context that verifies the broker's certificate and name; there is no setting to turn that off."""
    try:
        context = ssl.create_default_context(cafile=broker.ca_file)
        if broker.cert_file:
            context.load_cert_chain(broker.cert_file, broker.key_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"broker.ca_file, cert_file, key_file: cannot be used ({type(error).__name__})") from None
    context.sslsocket_class = Closing
    return context
