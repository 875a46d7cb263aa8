"""The mappings that the hub knows: those shipped, the owner's, and those that a page saved."""

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from hub import private
from hub.intake import mapping, sales
from hub.intake.columns import MappingError
from hub.intake.taking import Refusal

LARGEST, MOST = 64_000, 500
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class NameTaken(Exception):
    """A mapping of this name is not the reader's to change."""


class Mappings(Mapping[str, str]):
    """TOML texts by name. What `save` was handed is kept in a folder of the hub's own and counts at once."""

    def __init__(self, fixed: Mapping[str, str], folder: Path, used: frozenset[str] = frozenset()) -> None:
        """`fixed` come from elsewhere and are never replaced; `used` are names that the settings rely on."""
        self._fixed, self._folder, self._used = dict(fixed), folder, used
        self._own, self._lock = saved(folder), threading.Lock()

    def __getitem__(self, name: str) -> str:
        return self._fixed[name] if name in self._fixed else self._own[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._fixed, *self._own}))

    def __len__(self) -> int:
        return len({*self._fixed, *self._own})

    def told(self) -> list[dict[str, object]]:
        """Name, kind (survey, sales or cards), source, and whether it may be replaced; a broken one has no source."""
        return [
            {"name": name, **_identity(self[name]), "own": name not in self._fixed and name not in self._used}
            for name in self
        ]

    def save(self, name: str, data: bytes) -> dict[str, object]:
        """Keep a mapping; what it is called, its kind and source. Refusal names the key at fault; NameTaken."""
        if not _NAME.fullmatch(name):
            raise Refusal("name: up to 64 small letters, digits, dashes and underscores")
        if name in self._fixed or name in self._used:
            raise NameTaken("name: a mapping of the hub's settings has it; choose another")
        try:
            text = data.decode("utf-8")
            checked(text)
        except UnicodeDecodeError:
            raise Refusal("mapping: not UTF-8") from None
        except MappingError as error:
            raise Refusal(f"mapping: {error}") from None
        with self._lock:
            if len(self._own) >= MOST and name not in self._own:
                raise Refusal(f"mapping: there are {MOST} of them already")
            private.write(self._folder / f"{name}.toml", data)
            self._own = {**self._own, name: text}
        return {"name": name, **_identity(text)}


def checked(text: str) -> mapping.Mapping | sales.SalesMapping:
    """The mapping of a survey or of sales in a TOML text; MappingError names the key at fault."""
    return sales.load(text) if sales.is_sales(text) else mapping.load(text)


def saved(folder: Path) -> dict[str, str]:
    """The texts of the mappings in the hub's own folder by name; OSError where it cannot be read."""
    if not folder.is_dir():
        return {}
    files = [path for path in folder.iterdir() if path.suffix == ".toml" and _NAME.fullmatch(path.stem)]
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


def _identity(text: str) -> dict[str, object]:
    try:
        found = checked(text)
    except (MappingError, msgspec.DecodeError):
        return {"kind": None, "source": None}
    return {"kind": found.kind if isinstance(found, sales.SalesMapping) else "survey", "source": found.source}
