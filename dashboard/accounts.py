"""`instore-dashboard user`: who may sign in, which stores each of them sees and what they may do."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any, get_args

from dashboard.people import Right
from dashboard.settings import Settings
from dashboard.users import KEY, people, put, remove
from edge.settings import SettingsError

SHORTEST = 10


def describe(commands: Any, places: tuple[Path, ...]) -> None:
    """Add the command to those of the program."""
    command = commands.add_parser("user", help="who may sign in: add, list, remove")
    command.add_argument("do", choices=("add", "list", "remove"))
    command.add_argument("name", nargs="?", help="a name, or the e-mail address that the provider proves")
    command.add_argument("--sites", default="*", help="stores, with commas; all where this is left out")
    command.add_argument("--rights", default="", help=f"some of {','.join(get_args(Right))}, with commas")
    command.add_argument("--provider", action="store_true", help="a provider signs this person in: no password")
    command.add_argument("--config", type=Path, help=f"settings file (default {places[0]}, then ./{places[1]})")
    command.set_defaults(hub=None, host=None, port=None)


def obey(given: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked; 0, 1 (no such person), 2 (used wrongly). SettingsError names what cannot be used."""
    path = settings.sign_in.users_file
    if path is None:
        raise SettingsError(f"{KEY}: missing")
    if given.do == "list":
        for one in people(path).people:
            print(
                "\t".join((one.name, ",".join(one.sites), ",".join(one.rights), "password" if one.password else "-"))
            )
        return 0
    if not given.name:
        return _refused("name: missing", 2)
    if given.do == "remove":
        return 0 if remove(path, given.name) else _refused("there is nobody of that name", 1)
    return _add(path, given)


def _add(path: str, given: argparse.Namespace) -> int:
    rights = [part for part in given.rights.split(",") if part]
    if unknown := set(rights) - set(get_args(Right)):
        return _refused(f"--rights: {len(unknown)} of them unknown; there are {', '.join(get_args(Right))}", 2)
    if len(given.name) > 120 or not given.name.isprintable() or " " in given.name:
        return _refused("name: up to 120 characters without blanks", 2)
    password = "" if given.provider else _asked()
    if not given.provider and len(password) < SHORTEST:
        return _refused(f"a password has at least {SHORTEST} characters", 2)
    put(path, given.name, [part for part in given.sites.split(",") if part], rights, password)
    return 0


def _asked() -> str:
    """The password from the terminal, or the first line of what is piped in."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _refused(said: str, code: int) -> int:
    print(f"instore-dashboard: {said}", file=sys.stderr)
    return code
