"""The command line of instore-hub."""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hub.serve.parameters import PARAMETERS


def parser() -> argparse.ArgumentParser:
    """What may be said after `instore-hub`; `config`, `verbose` and `log` may stand before or after the command."""
    top = argparse.ArgumentParser("instore-hub", description="The hub of Instore: stores windows, answers questions.")
    top.add_argument("--version", action="version", version=version("instore"))
    top.set_defaults(config=None, verbose=False, log="text")
    commands = _common(top).add_subparsers(dest="command", required=True)
    _add(commands, "run", "run until stopped")
    _add(commands, "check", "try broker, database and tokens once; exit 0 or 1")
    sample = _add(commands, "config", "print a commented sample of the settings")
    sample.add_argument("--unit", action="store_true", help="print a systemd unit that runs this program instead")
    taken = _import(commands)
    given = _add(commands, "export", "the answer to a question as CSV or Parquet")
    given.add_argument("question")
    for name, parameter in PARAMETERS.items():
        given.add_argument(f"--{name}", help=parameter.about)
    given.add_argument("--out", type=Path, help="file to write, .csv or .parquet (default CSV on stdout)")
    for asking in (taken, given):
        asking.add_argument("--token-file", help="file with a token, needed while the hub is running")
    token = _add(commands, "token", "readers' tokens").add_subparsers(dest="what", required=True)
    create = _add(token, "create", "make a token; it is printed this once")
    create.add_argument("name")
    create.add_argument("--sites", required=True, help="site ids with commas between, or *")
    create.add_argument("--import", dest="may_import", action="store_true", help="it may also import answers")
    create.add_argument("--comments", action="store_true", help="it may also read comments; each reading is logged")
    create.add_argument("--write", action="store_true", help="it may also write actions, trials, plans and the like")
    _add(token, "list", "names, sites and rights")
    _add(token, "revoke", "make a token worthless at once").add_argument("name")
    aside = _add(commands, "quarantine", "messages that could not be taken; a running hub does it")
    aside.add_argument("what", choices=("list", "retry", "drop"))
    again = _add(commands, "rebuild", "make a new database from the nightly copy (when the old one is lost)")
    again.add_argument("--lake", type=Path, help="folder with the copy (default: lake_dir of the settings)")
    forget = _add(commands, "forget", "delete data; a running hub does it")
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("--site", help="everything of one site")
    which.add_argument("--old", action="store_true", help="what is older than the settings keep")
    _enroll(_add(commands, "enroll", "mint a key and certificate for a device, the hub or the broker"))
    return top


def _import(commands: Any) -> argparse.ArgumentParser:
    words = "take a file of survey answers or sales; a running hub is handed it over HTTP"
    taken = _add(commands, "import", words)
    taken.add_argument("file", type=Path)
    taken.add_argument("--mapping", help="name of the mapping that says what the columns mean")
    taken.add_argument("--dry-run", action="store_true", help="only report what would be taken")
    taken.add_argument(
        "--preview", action="store_true", help="the same, and the first 20 rows as they would be stored"
    )
    taken.add_argument(
        "--suggest", action="store_true", help="print a mapping for such a file, to be finished by you"
    )
    taken.add_argument("--details", type=Path, help="the survey's own description, for answers of SurveyMonkey's API")
    taken.add_argument("--json", action="store_true", help="the report as JSON")
    return taken


def _enroll(enroll: argparse.ArgumentParser) -> None:
    enroll.add_argument("site", nargs="?", help="the site of the device")
    enroll.add_argument("device", nargs="?", help="the device, as in its plan")
    other = enroll.add_mutually_exclusive_group()
    other.add_argument("--hub", action="store_true", help="the hub itself instead of a device")
    other.add_argument("--broker", nargs="+", metavar="HOST", help="the broker, reached under these names")
    other.add_argument("--revoke", action="store_true", help="let the device in no more")
    enroll.add_argument(
        "--out", type=Path, default=Path("enrolled"), help="folder for the files (default ./enrolled)"
    )


def _add(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=words)
    return _common(made)


def _common(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The command with the flags that may stand before or after a command; what was not given sets nothing there."""
    absent, where = argparse.SUPPRESS, "settings file (default /etc/instore/hub.toml, then ./hub.toml)"
    command.add_argument("--config", type=Path, default=absent, help=where)
    command.add_argument("-v", "--verbose", action="store_true", default=absent, help="log more")
    command.add_argument("--log", choices=("text", "json"), default=absent, help="form of the log lines on stderr")
    return command
