"""The encodings that a mapping may name."""

from typing import Literal

Encoding = Literal[
    "utf-8",
    "utf-16",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "mac_roman",
    "cp932",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
]
