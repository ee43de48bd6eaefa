"""Finding whole identity numbers and mobile numbers in whatever a system leaves behind, by their check digits."""

from __future__ import annotations

import html
import io
import re
import subprocess
import unicodedata
import zipfile
from dataclasses import dataclass
from urllib.parse import unquote_plus

from onedoor.core.identifiers import is_valid_id_number, is_valid_mobile
from onedoor.plumbing.database.binaries import engine
from onedoor.plumbing.database.settings import Login

_ID = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
#: Digests, keys and identifiers: so many hexadecimal digits that eleven decimal ones in a row mean nothing.
_HEX = re.compile(
    r"(?<![0-9a-zA-Z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{24,})(?![0-9a-zA-Z])"
)
#: How a dump writes bytes: it is read as what it stands for.
_BYTES = re.compile(r"\\\\x((?:[0-9a-f]{2})+)")


@dataclass(frozen=True, slots=True)
class Found:
    """A whole number, and what stood around it."""

    number: str
    around: str


def find(text: str) -> list[Found]:
    """Every valid number in a text, also in full width, in an address or in HTML."""
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    if "%" in plain:
        plain = f"{plain}\n{unquote_plus(plain)}"
    plain = _HEX.sub("#", plain)
    found = [m for m in _ID.finditer(plain) if is_valid_id_number(m.group().upper())]
    found += [m for m in _MOBILE.finditer(plain) if is_valid_mobile(m.group())]
    return [Found(m.group(), plain[max(0, m.start() - 60) : m.end() + 60]) for m in found]


def find_in_workbook(data: bytes) -> list[Found]:
    """The same in every part of an .xlsx file."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return [found for name in parts.namelist() for found in find(parts.read(name).decode("utf-8"))]


def find_in_dump(dump: str) -> list[Found]:
    """The same in a plain dump; stored bytes are read as text, in which ciphertext holds no eleven digits."""
    found = [
        hit
        for stored in _BYTES.finditer(dump)
        for hit in find(bytes.fromhex(stored[1]).decode("utf-8", "replace"))
    ]
    return found + find(_BYTES.sub("#", dump))


def plain_dump(login: Login) -> str:
    """The whole database as SQL."""
    environment = {
        "PGHOST": login.host,
        "PGPORT": login.port,
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGDATABASE": login.database,
    }
    done = subprocess.run([engine().path("pg_dump")], env=environment, capture_output=True, check=True)
    return done.stdout.decode()
