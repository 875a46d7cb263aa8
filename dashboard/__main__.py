"""The command line of the dashboard: run it, check what it needs, print a sample of its settings."""

import argparse
import importlib
import json
import os
import socket
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from dashboard import accounts
from dashboard.looks import BLUE, GROUND, INK, LINE, PAPER, SERIES
from dashboard.settings import PREFIX, SAMPLE, Settings, connected, environment
from dashboard.signing import guarded
from edge.settings import SettingsError, load, secret, unit
from hub.client import HubAway, Refused, Unanswered

BAD_SETTINGS = 78
PLACES = (Path("/etc/instore/dashboard.toml"), Path("dashboard.toml"))
# Given when it starts, so that no settings file of Streamlit has to lie anywhere. Nothing may call home, nobody may
# see a traceback, and the page has one look.
OPTIONS: dict[str, object] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": False,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "theme.base": "light",
    "theme.primaryColor": BLUE,
    "theme.backgroundColor": GROUND,
    "theme.secondaryBackgroundColor": PAPER,
    "theme.textColor": INK,
    "theme.borderColor": LINE,
    "theme.chartCategoricalColors": list(SERIES),
}


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 where a check failed, 2 usage, 78 settings."""
    given = _parser().parse_args(arguments)
    if given.command == "config":
        print(unit("dashboard") if given.unit else SAMPLE, end="")
        return 0
    flags = {"hub": {"url": given.hub}, "http": {"host": given.host, "port": given.port}}
    path = given.config or next((place for place in PLACES if place.exists()), None)
    try:
        settings = load(Settings, path=path, prefix=PREFIX, environ=os.environ, flags=flags)
        if given.command == "run" and settings.hub.token_file is None:
            raise SettingsError("hub.token_file: missing")
        if given.command == "run":
            guarded(settings.sign_in, settings.http.host)
        if given.command == "user":
            return accounts.obey(given, settings)
        if given.command == "report":
            # Only a report needs what draws and prints it.
            return int(importlib.import_module("dashboard.report").obey(given, settings))
    except SettingsError as error:
        print(f"instore-dashboard: {error}", file=sys.stderr)
        return BAD_SETTINGS
    return check(settings) if given.command == "check" else run(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="instore-dashboard", description="The pages a store manager sees.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('instore')}")
    commands = parser.add_subparsers(dest="command", required=True)
    sample = commands.add_parser("config", help="print a commented sample of the settings")
    sample.add_argument("--unit", action="store_true", help="print a systemd unit that runs this program instead")
    for name, text in (("run", "serve the pages"), ("check", "try the token, the hub and the port once")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--config", type=Path, help=f"settings file (default {PLACES[0]}, then ./{PLACES[1]})")
        command.add_argument("--hub", help="address of the hub")
        command.add_argument("--host", help="address to serve on")
        command.add_argument("--port", type=int, help="port to serve on")
    report = commands.add_parser("report", help="write the brief of a day and its week as .html, .pdf or .eml")
    report.add_argument("--site", required=True, help="the store")
    report.add_argument("--day", type=date.fromisoformat, help="the business day, 2026-11-27; yesterday without it")
    report.add_argument("--out", required=True, help="the file; its ending says what it becomes")
    report.add_argument("--language", choices=("en", "de"), help="else as set under [page]")
    report.add_argument("--config", type=Path, help=f"settings file (default {PLACES[0]}, then ./{PLACES[1]})")
    report.set_defaults(hub=None, host=None, port=None)
    accounts.describe(commands, PLACES)
    return parser


def run(settings: Settings) -> int:
    """Become the page server; signals reach it directly. The settings travel in its environment."""
    options = OPTIONS | {"server.address": settings.http.host, "server.port": settings.http.port}
    # The checkout or installation that this very file belongs to, wherever the command was started.
    path = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    environ = os.environ | environment(settings) | {"PYTHONPATH": path}
    os.execve(sys.executable, [sys.executable, "-m", "dashboard.server", json.dumps(options)], environ)


def check(settings: Settings) -> int:
    """Try everything once and print a table; 0 if all is well, else 1."""
    found = [_token(settings), *_hub(settings), _port(settings)]
    for name, fault in found:
        print(f"{name:<12} {'ok' if fault is None else fault}")
    return int(any(fault for _, fault in found))


def _token(settings: Settings) -> tuple[str, str | None]:
    try:
        found = secret(settings.hub.token_file, "hub.token_file")
    except SettingsError as error:
        return "token file", str(error)
    return "token file", None if found else "hub.token_file: missing"


def _hub(settings: Settings) -> list[tuple[str, str | None]]:
    try:
        token = secret(settings.hub.token_file, "hub.token_file") or ""
    except SettingsError:
        token = ""
    found: list[tuple[str, str | None]] = []
    try:
        hub = connected(settings.hub, token)
    except SettingsError as error:
        return [("hub", str(error))]
    with hub:
        for name, call in (("hub", hub.health), ("stores", lambda: hub.ask("sites"))):
            try:
                answer = call()
                found.append((name, "the token names no store" if not len(answer) else None))
            except (HubAway, Refused, Unanswered) as error:
                found.append((name, str(error)))
    return found


def _port(settings: Settings) -> tuple[str, str | None]:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.http.host, settings.http.port))
        except OSError as error:
            return "port", error.strerror or "not free"
    return "port", None


if __name__ == "__main__":
    sys.exit(main())
