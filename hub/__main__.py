"""instore-hub: run, check, config, import, export, token, quarantine, rebuild, forget, enroll."""

import argparse
import importlib
import logging
import sys

import duckdb

from edge import daemon
from hub.arguments import parser
from hub.storage.store import StoreError

_LOG = logging.getLogger("instore.hub")


def main(argv: list[str] | None = None) -> int:
    """The exit code: 0 well, 1 failed, 2 used wrongly, 78 the configuration is wrong."""
    given = parser().parse_args(argv)
    daemon.logs(verbose=given.verbose, as_json=given.log == "json")
    return daemon.guarded(lambda: _obey(given))


def _obey(given: argparse.Namespace) -> int:
    # Loaded when asked for: with all that the other commands need, a killed hub would take twice as long to be back.
    room = importlib.import_module("hub.running" if given.command == "run" else "hub.commands")
    try:
        return int(room.obey(given))
    except StoreError as error:
        _LOG.error("%s", error)
    except OSError as error:
        _LOG.error("%s: %s", error.filename or given.command, error.strerror)
    except duckdb.Error as error:
        # Its words may quote what is stored; where it happened is for whoever asks with -v.
        _LOG.error("the database failed (%s): damaged, or its disk is", type(error).__name__)
        _LOG.debug("there", exc_info=error)
    return daemon.FAILED


if __name__ == "__main__":
    sys.exit(main())
