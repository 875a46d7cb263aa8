"""What may stand in a log: no address of a device, no key, no camera, and of an error its class and place alone.

A pattern can only know how something looks. An address of 6 bytes in base64, or a number of ten digits, looks like
any word or time of day and is not found; so the texts of errors, which nobody of ours wrote, are never logged.
"""

import errno
import re
from collections.abc import Iterator
from traceback import walk_tb

_H = "[0-9a-f]"
_ADDRESS = re.compile(
    # Six bytes in pairs with the same thing between: aa:bb:.., AA-BB.., dev_AA_BB.., aa bb.., '\xaa\xbb..', 0xaa 0xbb
    rf"{_H}{{2}}([^0-9a-z]{{1,4}}(?:0x)?|\\x|%3a|%2d)(?:{_H}{{2}}\1){{4}}{_H}{{2}}"
    rf"|(?:{_H}{{1,2}}:){{5}}{_H}{{1,2}}"  # leading zeros left out
    rf"|{_H}{{4}}([:._-]){_H}{{4}}\2{_H}{{4}}|{_H}{{6}}[:._-]{_H}{{6}}"  # aabb.ccdd.eeff, aabbcc-ddeeff
    rf"|(?:{_H}{{4}}[ :]){{7}}{_H}{{4}}"  # a uuid in fours
    rf"|{_H}{{12,}}"  # bare: an address, a uuid, a hash of one
    r"|\d{11,}"  # the number that an address is
    r"|(?:\d{1,3}([,;:. ] ?)){5,}\d{1,3}"  # its bytes as numbers
    rf"|{_H}{{0,2}}ff:fe{_H}{{2}}:"  # inside of an IPv6 address
    r"|\\x[0-9a-f]{2}|\bb['\"]"  # bytes of whatever kind
    r"|(?<![a-z0-9+])(?=[a-z+]*\d)[a-z0-9+]{20,}"  # a uuid in base64 or base32
    r"|\b(?!https?:|mqtts?:|wss?:)[a-z][a-z0-9+.-]{0,19}://"  # a camera
    r"|://(?!(?:127(?:\.\d+){3}|localhost|\[::1?\]|0\.0\.0\.0)(?:[:/\s'\",;)]|$))"  # a place that is not this machine
    r"|\S@\S|://\S*\?",  # names and passwords in an address, and a mail address
    re.IGNORECASE | re.ASCII,
)
# A fraction of a number is none of these, however many digits it has.
_FRACTION = re.compile(r"(?<=\d)\.\d{6,}(?![0-9a-z.])", re.IGNORECASE)
_LONGEST, _DEEPEST = 4_000, 5


def safe(text: str) -> bool:
    """Whether a text may be logged: nothing in it looks like an address, a key, a camera or a person's account.

    Refuses too much rather than too little: any bytes, any number of 11 digits, any address that is not this machine.
    """
    return len(text) <= _LONGEST and _ADDRESS.search(_FRACTION.sub("", text)) is None


def trace(error: BaseException) -> str:
    """Where an error came from, in lines: files, line numbers and functions, then its class.

    Neither its text nor any local variable, which may hold what was being looked at. The error it arose from comes
    first, as Python tells it; of the system's and of SQLite's errors the name of their number is told too.
    """
    return "\n".join(line for one in _chain(error) for line in _lines(one))


def _chain(error: BaseException) -> list[BaseException]:
    found, following = [error], error
    while len(found) < _DEEPEST:
        before = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
        if before is None or before in found:
            break
        found.append(before)
        following = before
    return found[::-1]


def _lines(error: BaseException) -> Iterator[str]:
    for frame, line in walk_tb(error.__traceback__):
        code = frame.f_code
        yield f"  {'/'.join(code.co_filename.split('/')[-2:])}:{line} {code.co_name}"
    yield type(error).__name__ + _number(error)


def _number(error: BaseException) -> str:
    name = getattr(error, "sqlite_errorname", None)
    if isinstance(error, OSError) and error.errno is not None:
        name = errno.errorcode.get(error.errno)
    return f" {name}" if isinstance(name, str) else ""
