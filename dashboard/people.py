"""The people of a password file: who they are, which stores they may see and what they may do.

The file holds a password as scrypt's output with its own salt, never the password.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from dashboard.viewer import Viewer

EVERY_SITE = "*"
Right = Literal["write", "comments", "import"]  # in the order of the viewer's
Name = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f]{1,120}$")]


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One who may sign in. `name` is an e-mail address where a provider signs in; `password` is empty there."""

    name: Name
    sites: tuple[str, ...]
    rights: tuple[Right, ...] = ()
    password: str = ""


class People(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; `secret` signs the cookies."""

    secret: Annotated[str, Meta(min_length=32)]
    people: tuple[Person, ...] = ()

    def named(self, name: str) -> Person | None:
        """The person of that name, large and small letters being one."""
        wanted = name.casefold()
        return next((person for person in self.people if person.name.casefold() == wanted), None)


def viewer(person: Person) -> Viewer:
    """What the person may see and do."""
    may = (right in person.rights for right in get_args(Right))
    return Viewer(person.name, _sites(person.sites), *may)


def _sites(sites: Sequence[str]) -> frozenset[str] | None:
    return None if EVERY_SITE in sites else frozenset(sites)
