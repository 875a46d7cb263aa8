"""What proves who somebody is: a password against its hash, and the cookie of a session.

A cookie is signed with the file's secret and bound to the password's hash: a new password, or a person who is taken
out, ends every session.
"""

import hashlib
import hmac

from itsdangerous import BadSignature, URLSafeSerializer

from dashboard.people import People, Person

SESSION_S = 30 * 86_400.0

_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024, "dklen": 32}


def hashed(password: str, salt: bytes) -> str:
    """The password as the file holds it."""
    return f"{salt.hex()}${_scrypt(password, salt)}"


def proven(people: People, name: str, password: str) -> Person | None:
    """The person whose name and password these are; as slow for a name that nobody has."""
    person = people.named(name)
    salt, _, kept = (person.password if person else "").partition("$")
    found = _scrypt(password[:1024], bytes.fromhex(salt) if kept else b"nobody's salt...")
    return person if hmac.compare_digest(found.encode(), kept.encode()) else None


def cookie(people: People, person: Person, at: float) -> str:
    """What the browser keeps after signing in at `at`, Unix seconds."""
    return str(_signer(people).dumps([person.name, int(at), _mark(person)]))


def recognised(people: People, text: str | None, at: float) -> Person | None:
    """The person that a cookie stands for; None for a forged, old or outdated one."""
    try:
        found = _signer(people).loads((text or "")[:4096])
    except BadSignature:
        return None
    name, since, mark = found if isinstance(found, list) and len(found) == 3 else ("", 0, "")
    person = people.named(str(name))
    fresh = isinstance(since, int) and 0 <= at - since + 300 <= SESSION_S + 300
    return person if person and fresh and hmac.compare_digest(str(mark), _mark(person)) else None


def _signer(people: People) -> URLSafeSerializer:
    return URLSafeSerializer(people.secret, salt="instore-dashboard")


def _mark(person: Person) -> str:
    return hashlib.sha256(f"{person.name}\n{person.password}".encode()).hexdigest()[:16]


def _scrypt(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, **_COST).hex()
