"""TOML text of a table, for the plans that programs write."""

import json
from typing import Any


def text(table: dict[str, Any]) -> str:
    """The table as TOML: plain keys first, then tables, then lists of tables; ValueError for what TOML has not."""
    return "".join(_lines(table, "")).lstrip("\n")


def _lines(table: dict[str, Any], above: str) -> list[str]:
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in table.items() if not _is_table(value)]
    for key, value in table.items():
        name = f"{above}{_key(key)}"
        if isinstance(value, dict):
            lines += [f"\n[{name}]\n", *_lines(value, f"{name}.")]
        elif _is_table(value):
            for one in value:
                lines += [f"\n[[{name}]]\n", *_lines(one, f"{name}.")]
    return lines


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict))


def _key(key: str) -> str:
    bare = key.replace("-", "").replace("_", "")
    return key if bare.isalnum() and bare.isascii() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes of a string are TOML's, but for the delete character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    raise ValueError(f"TOML has no {type(value).__name__}")
