"""Requests that this installation makes of others: bounded in time and size, redirects not followed."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

#: The most that is read of an answer, in bytes.
MOST: Final = 262_144


class OutOfReach(Exception):
    """No answer was had; `fault` is a short English code that holds nothing of the address."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `body` is cut at `MOST`."""

    status: int
    body: bytes


def is_address(url: str) -> bool:
    """Whether this is an http or https address without a user's name in it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in _CONNECTIONS and bool(parts.hostname) and not parts.username and parts.port != 0
        )
    except ValueError:
        return False


def send(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, patience: float
) -> Answered:
    """One request; `patience` in seconds. Raises OutOfReach."""
    parts = urlsplit(url)
    connection = _CONNECTIONS[parts.scheme](parts.hostname or "", parts.port, patience)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return Answered(answer.status, answer.read(MOST))
    except TimeoutError:
        raise OutOfReach("timeout") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutOfReach(_named(error)) from None
    finally:
        connection.close()


def _named(error: Exception) -> str:
    """A code for a fault of the connection; its own words may hold the address."""
    if isinstance(error, ssl.SSLError):
        return "tls_failed"
    known = {"ConnectionRefusedError": "unreachable", "gaierror": "unknown_host"}
    return known.get(type(error).__name__, "connection_failed")


def _plain(host: str, port: int | None, patience: float) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(host, port, timeout=patience)


def _tls(host: str, port: int | None, patience: float) -> http.client.HTTPConnection:
    return http.client.HTTPSConnection(host, port, timeout=patience, context=ssl.create_default_context())


_CONNECTIONS: Final[Mapping[str, Callable[[str, int | None, float], http.client.HTTPConnection]]] = {
    "http": _plain,
    "https": _tls,
}
